"""Through the whole door into a mailbox: answers that are lost, workers that are killed or sleep, one mail in Sent each."""

from __future__ import annotations

import copy
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import crash, offering, review, sweep
from app import deliver as door
from app.clearing import Clearing
from app.host import Fate, Outgoing, Purpose, Ticket, TicketRef
from app.store import outbox, proposals, staff
from app.store.engine import connect, readers
from integrations.gmail.client import decoded
from tests.gmail.conftest import BOX, Playground
from tests.hosts.gmail_world import TEAM, GmailWorld
from tests.hosts.worlds import DEPLOYMENT
from tests.house import POLICY, House

FORKS = multiprocessing.get_context("fork")
PLACES = ("claim-uncommitted", "claimed", "answer-written", "record-uncommitted", "read-back")
MOST_ROUNDS = 12


@pytest.fixture
def world(gmail: Playground) -> GmailWorld:
    return GmailWorld(gmail)


@pytest.fixture
def house(world: GmailWorld, sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[House]:
    policy = POLICY.replace("zendesk:group:Support", f"gmail:{BOX}")
    plain = House(connect(sqlite_database), clock, tmp_path, policy)
    made = copy.copy(plain)
    made.host = world.host  # type: ignore[assignment]
    settings = replace(plain.deps.settings, deployment=DEPLOYMENT, undo_seconds=0.0)
    made.deps = replace(plain.deps, settings=settings, hosts={world.host.name: world.host})
    with made.deps.engine.begin() as tx:
        tx.execute(staff.staff.delete())
        made.rosa = review.Actor(staff.meet(tx, "zendesk", TEAM[0], clock.now()), "sidebar")
    yield made
    made.deps.engine.dispose()
    made.deps.readers.dispose()


def approved(house: House, world: GmailWorld) -> tuple[str, int, TicketRef]:
    """Without the draft that people are offered, so that only the answer travels."""
    ref = world.new_ticket("When does it come?")
    item = house.prepare(ref)
    with house.deps.engine.begin() as tx:
        for row in outbox.due(tx, house.clock.now()):
            outbox.give_back(tx, row, "a test", house.clock.now())
    house.approve(item)
    with house.deps.engine.begin() as tx:
        (row,) = outbox.due(tx, house.clock.now())
    return item, row, ref


def deliver(house: House, row: int, trap: str) -> None:
    """In a process of its own, with its own connections."""
    crash.arm(trap)
    engine = connect(str(house.deps.engine.url.render_as_string(hide_password=False)))
    door.deliver(replace(house.deps, engine=engine, readers=readers(engine)), row)
    os._exit(0)


def child(house: House, row: int, trap: str = "") -> Any:
    started = FORKS.Process(target=deliver, args=(house, row, trap), daemon=True)
    started.start()
    return started


def ended(house: House, item: str) -> str:
    """What becomes of it when nothing breaks any more."""
    for _ in range(MOST_ROUNDS):
        house.clock.tick(60)
        sweep.settle_stuck(house.deps)
        house.deliver_due()
        if house.state(item) in {proposals.SENT, proposals.HUMAN, proposals.UNCLEAR}:
            break
    return house.state(item)


def test_an_approved_reply_reaches_the_customer_once_in_the_name_of_who_approved_it(
    house: House, world: GmailWorld
) -> None:
    item, _, ref = approved(house, world)
    assert house.deliver_due() == [Fate.SENT]
    assert (house.state(item), len(world.reached(ref)), world.drafts(ref)) == (proposals.SENT, 1, [])
    assert world.host.fetch(ref).comments[-1].author.name == "Rosa Romano"


def test_an_offer_is_a_draft_that_goes_when_the_answer_went(house: House, world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    item = house.prepare(ref)
    assert house.deliver_due() == [Fate.SENT]
    assert (len(world.drafts(ref)), world.reached(ref)) == (1, [])
    house.approve(item)
    assert house.deliver_due() == [Fate.SENT]
    assert (len(world.drafts(ref)), len(world.reached(ref))) == (0, 1)


def test_an_edited_reply_takes_the_place_of_the_draft_that_lay_in_the_thread(house: House, world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    item = house.prepare(ref)
    house.deliver_due()
    before = world.drafts(ref)
    review.edit(house.deps, item, "Hello,\n\nTomorrow.\n\nKind regards", house.seen(item), house.rosa)
    assert offering.renew(house.deps, item, house.rosa)
    assert house.deliver_due() == [Fate.SENT]
    (now,) = world.drafts(ref)
    assert now not in before
    assert b"Tomorrow." in decoded(world.client.draft(now)["message"]["raw"])


class Late:
    """The mailbox of a worker that comes to its claim after another one has done the work."""

    def __init__(self, world: GmailWorld, meanwhile: Callable[[], object]) -> None:
        self._host, self._meanwhile = world.host, meanwhile

    def prepare(self, message: Outgoing) -> Ticket:
        ticket = self._host.prepare(message)
        self._meanwhile()
        return ticket

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)


def test_whoever_comes_late_with_the_same_offer_leaves_the_draft_where_it_is(house: House, world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    house.prepare(ref)
    late = replace(house.deps, hosts={world.host.name: Late(world, house.deliver_due)})  # type: ignore[dict-item]
    with house.deps.engine.begin() as tx:
        (row,) = outbox.due(tx, house.clock.now())
    assert isinstance(door.deliver(late, row), outbox.Refusal)
    assert len(world.drafts(ref)) == 1


def test_a_customer_who_writes_again_is_not_answered_and_no_draft_is_left(house: House, world: GmailWorld) -> None:
    item, _, ref = approved(house, world)
    world.customer_says(ref, "It has come!")
    house.deliver_due()
    assert (house.state(item), world.reached(ref), world.drafts(ref)) == (proposals.SUPERSEDED, [], [])


def test_after_off_no_draft_is_left_that_a_person_could_send(house: House, world: GmailWorld) -> None:
    item, row, ref = approved(house, world)
    with house.deps.readers.begin() as tx:
        order = outbox.order(tx, row)
    review.roll_back(house.deps, "*", "rosa")
    assert order is not None
    assert order.purpose is Purpose.ANSWER
    assert door.deliver(house.deps, row) is None
    assert (house.state(item), world.reached(ref), world.drafts(ref)) == (proposals.HUMAN, [], [])


def test_whoever_sleeps_between_claim_and_send_sends_nothing_when_it_wakes(house: House, world: GmailWorld) -> None:
    """The sweeper killed that attempt, and the next one answered."""
    item, row, ref = approved(house, world)
    sleeper = child(house, row, "claimed:1:STOP")
    _until_stopped(sleeper)
    assert ended(house, item) == proposals.SENT
    assert len(world.reached(ref)) == 1
    os.kill(sleeper.pid, signal.SIGCONT)
    sleeper.join()
    assert (len(world.reached(ref)), house.state(item), world.drafts(ref)) == (1, proposals.SENT, [])


def test_confirmed_holds_for_whoever_sleeps_between_claim_and_send(house: House, world: GmailWorld) -> None:
    item, row, ref = approved(house, world)
    sleeper = child(house, row, "claimed:1:STOP")
    _until_stopped(sleeper)
    review.roll_back(house.deps, "*", "rosa")
    house.clock.tick(60)
    sweep.drain(house.deps)
    assert (house.state(item), world.drafts(ref)) == (proposals.HUMAN, [])
    os.kill(sleeper.pid, signal.SIGCONT)
    sleeper.join()
    assert world.reached(ref) == []


def _until_stopped(process: Any) -> None:
    while "T" not in Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][:1]:
        time.sleep(0.01)


@pytest.mark.parametrize("tries", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_lost_answers_and_killed_workers_leave_one_mail_in_sent_each(
    house: House, world: GmailWorld, gmail: Playground, tries: int
) -> None:
    """Half of the workers die at a named place, half at any moment; two of three answers of `drafts.send` are lost."""
    chance, dangerous = random.Random(7), 0
    for number in range(tries):
        item, row, ref = approved(house, world)
        if number % 3:
            gmail.play("POST", "faults", {"kind": "drop_connection", "on": "drafts.send", "times": 1})
        worker = child(house, row, chance.choice(PLACES) if number % 2 else "")
        if number % 2 == 0:
            worker.join(chance.uniform(0.0, 0.25))
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        dangerous += house.state(item) == proposals.SENDING
        state = ended(house, item)
        assert (state, len(world.reached(ref)), world.drafts(ref)) == (proposals.SENT, 1, []), number
        gmail.play("DELETE", "faults")
    house.clock.tick(timedelta(hours=1).total_seconds())
    assert house.deliver_due() == []
    assert dangerous >= tries // 5, "too few died between claim and record: that is where it matters"
    print(f"{tries} tries, {dangerous} workers died between claim and record")  # noqa: T201


def test_a_worker_that_died_before_its_claim_leaves_no_draft_once_people_took_over(
    house: House, world: GmailWorld
) -> None:
    item, row, ref = approved(house, world)
    child(house, row, "claim-uncommitted").join()
    assert len(world.drafts(ref)) == 1
    review.roll_back(house.deps, "*", "rosa")
    Clearing(world.host.name)(house.deps)
    assert (house.state(item), world.drafts(ref)) == (proposals.HUMAN, [])


def test_a_stop_takes_back_offers_that_nobody_touched(house: House, world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    house.prepare(ref)
    house.deliver_due()
    assert len(world.drafts(ref)) == 1
    review.roll_back(house.deps, "*", "rosa")
    Clearing(world.host.name)(house.deps)
    assert world.drafts(ref) == []

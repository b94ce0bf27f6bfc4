"""What is with people leaves their list when they answered, when the ticket is over, or when somebody says that it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import desk, escalating, handled, history, polling
from app.governance.proposal import Abstention, Tier, Trigger
from app.host import Marker, Receipt, TicketRef
from app.review import Changed, Refused
from app.store import corrections, escalations, lineup, outbox, proposals
from app.store.handling import Ending
from app.store.tables import audit as log
from tests.fakes import BOT, CASEY, ROSA
from tests.gmail.test_mailbox import NAME, Post
from tests.house import House, claimed
from tests.test_ingest import event

FRIDGES = "Do you sell fridges?"
UNKNOWN = {"draft": None, "category": None, "passages": (), "tier": Tier.JUDGEMENT, "abstained": Abstention("no-source", "nothing says it")}  # fmt: skip


@pytest.fixture
def post(tmp_path: Path, database_url: str, clock: Any) -> Iterator[Post]:
    made = Post(tmp_path, database_url, clock)
    yield made
    made.close()


def states(post: Post) -> dict[str, str]:
    return {row.host: row.state for row in post.proposals()}


def ends(deps: Any) -> list[tuple[str, str]]:
    """Who took something off the list, and why."""
    with deps.readers.begin() as tx:
        rows = tx.execute(sa.select(log.c.actor, log.c.stored).where(log.c.action == "proposal.handled")).all()
    return [(row.actor, json.loads(row.stored)["header"]["why"]) for row in rows]


def test_at_either_host_a_persons_answer_takes_it_off_the_list_as_soon_as_the_host_tells_us(post: Post) -> None:
    polling.poll(post.deps, NAME)
    ticket, thread = post.host.new_ticket(FRIDGES), post.mailbox.asks(text=FRIDGES)
    post.post(event(ticket, 1, "comment_added", post.host.fetch(ticket).comments[0]))
    assert post.push(post.mailbox.pushed()) == 202
    post.settle()
    assert states(post) == {"zendesk": proposals.HUMAN, NAME: proposals.HUMAN}
    post.post(event(ticket, 2, "comment_added", post.host.says(ticket, ROSA, "No, we do not.", by_hand=True)))
    post.mailbox.answers_by_hand(thread)
    assert post.push(post.mailbox.pushed()) == 202
    post.settle()
    assert states(post) == {"zendesk": proposals.HANDLED, NAME: proposals.HANDLED}
    assert ends(post.deps) == [("countersign", "a person answered")] * 2
    assert sum(desk.by_category(post.deps, desk.WITH_PEOPLE, 1_000).values()) == 0
    assert {item.state for item in desk.queue(post.deps, desk.DONE)} == {proposals.HANDLED}


def read(house: House, ref: TicketRef) -> None:
    """As the pipeline does whenever the host says that something happened there."""
    house.clock.tick(1)
    ticket = house.host.fetch(ref)
    history.note(house.deps, ticket)
    handled.look(house.deps, ticket)


def human(house: House) -> tuple[str, TicketRef]:
    house.clock.tick(1)
    item = house.propose(FRIDGES, **UNKNOWN)
    assert house.state(item) == proposals.HUMAN
    return item, house.ref(item)


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_a_ticket_that_is_over_waits_for_nobody(house: House, status: str) -> None:
    item, ref = human(house)
    read(house, ref)
    house.host.change(ref, status="pending")
    read(house, ref)
    assert house.state(item) == proposals.HUMAN
    house.host.change(ref, status=status)
    read(house, ref)
    assert (house.state(item), ends(house.deps)) == (
        proposals.HANDLED,
        [("countersign", "the ticket was solved or closed")],
    )


def test_what_no_customer_read_is_no_answer(house: House) -> None:
    """Nor is what a trigger, another bot or another deployment wrote."""
    item, ref = human(house)
    house.host.says(ref, ROSA, "Who knows this?", public=False, by_hand=True)
    house.host.says(ref, BOT, "We got your message.")
    house.host.says(ref, ROSA, "Hello", marker=Marker("another", "x"))
    read(house, ref)
    assert (house.state(item), ends(house.deps)) == (proposals.HUMAN, [])


def test_what_was_solved_once_and_is_open_again_is_not_over(house: House) -> None:
    item, ref = human(house)
    for status in ("solved", "open"):
        house.host.change(ref, status=status)
        history.note(house.deps, house.host.fetch(ref))
        house.clock.tick(1)
    assert handled.tidy(house.deps) is False
    assert house.state(item) == proposals.HUMAN


def test_an_answer_from_before_their_message_is_none_to_it(house: House) -> None:
    first, ref = human(house)
    house.host.says(ref, ROSA, "No.", by_hand=True)
    house.host.says(ref, CASEY, "Not even small ones?")
    second = house.prepare(ref, **UNKNOWN)
    read(house, ref)
    assert (house.state(first), house.state(second)) == (proposals.HANDLED, proposals.HUMAN)


def test_an_approved_reply_answers_what_was_asked_there_before(house: House) -> None:
    first, ref = human(house)
    house.host.says(ref, CASEY, "And when will my parcel come?")
    second = house.prepare(ref)
    read(house, ref)
    assert house.state(first) == proposals.HUMAN
    house.approve(second)
    house.after_undo()
    read(house, ref)
    assert (house.state(first), house.state(second)) == (proposals.HANDLED, proposals.SENT)


def test_the_reply_to_an_older_message_that_arrives_later_is_none_to_a_newer_one(house: House) -> None:
    house.clock.tick(1)
    first = house.propose("When will my parcel come?")
    ref = house.ref(first)
    read(house, ref)
    house.deliver_due()
    house.approve(first)
    house.clock.tick(6)
    permit, _ = claimed(house)
    house.host.says(ref, CASEY, FRIDGES)
    second = house.prepare(ref, **UNKNOWN)
    read(house, ref)
    with house.deps.engine.begin() as tx:
        assert outbox.record(tx, house.deps.keys, permit, Receipt("9", "audit-9"), house.clock.now())
    read(house, ref)
    handled.tidy(house.deps)
    assert (house.state(first), house.state(second)) == (proposals.SENT, proposals.HUMAN)


def test_who_writes_to_a_solved_ticket_waits_also_if_the_host_leaves_it_solved(house: House) -> None:
    _, ref = human(house)
    house.host.change(ref, status="solved")
    read(house, ref)
    house.host.says(ref, CASEY, "And small ones?")
    second = house.prepare(ref, **UNKNOWN)
    house.host.change(ref, status="solved")
    read(house, ref)
    assert house.state(second) == proposals.HUMAN


def test_what_ended_beside_a_reading_is_found_by_the_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also all that ended before there was such a rule."""
    monkeypatch.setattr(handled, "_AT_ONCE", 2)
    items = [human(house) for _ in range(3)]
    for _, ref in items:
        house.host.says(ref, ROSA, "No.", by_hand=True)
        history.note(house.deps, house.host.fetch(ref))
    left, _ = human(house)
    assert [handled.tidy(house.deps), handled.tidy(house.deps)] == [True, False]
    assert {house.state(item) for item, _ in items} == {proposals.HANDLED}
    assert house.state(left) == proposals.HUMAN


def test_a_person_marks_it_as_done_once(house: House) -> None:
    item, _ = human(house)
    handled.mark(house.deps, item, house.rosa)
    assert (house.state(item), ends(house.deps)) == (
        proposals.HANDLED,
        [(house.rosa.member.id, "a person marked it as done")],
    )
    with pytest.raises(Changed):
        handled.mark(house.deps, item, house.rosa)


def test_what_waits_for_an_approval_is_not_done_by_saying_so(house: House) -> None:
    item = house.propose()
    with pytest.raises(Changed):
        handled.mark(house.deps, item, house.rosa)
    house.host.says(house.ref(item), ROSA, "Tomorrow.", by_hand=True)
    read(house, house.ref(item))
    assert house.state(item) == proposals.OFFERED  # the pipeline takes it back: it is not with people yet


def test_an_escalation_ends_with_its_own_decision_and_stays_open_until_then(house: House) -> None:
    threat = {"triggers": (Trigger("legal", "my lawyer"),)}
    item, other = house.propose("My lawyer will write", **threat), house.propose("My lawyer will write", **threat)
    with pytest.raises(Refused, match="close that"):
        handled.mark(house.deps, item, house.rosa)
    ref = house.ref(other)
    house.host.says(ref, ROSA, "I have it.", by_hand=True)
    read(house, ref)
    with house.deps.readers.begin() as tx:
        place, stopped = escalations.place_of(tx, item), escalations.stops(tx, ref.host, ref.ticket)
        kept = corrections.is_for_people(tx, ref, house.stored(other).proposal.comment)
    assert (house.state(other), stopped, kept) == (proposals.HANDLED, True, True)
    assert place is not None
    escalating.close(house.deps, place.id, Ending(None, "it was a joke"), house.ana)
    assert house.state(item) == proposals.HANDLED


def test_done_can_still_be_escalated(house: House) -> None:
    item, _ = human(house)
    handled.mark(house.deps, item, house.rosa)
    escalating.escalate(house.deps, item, "ana@acme.example", house.clock.now() + timedelta(hours=4), house.rosa)
    assert house.state(item) == proposals.ESCALATED


def test_the_list_keeps_its_order_and_its_count(house: House) -> None:
    items = [human(house)[0] for _ in range(4)]
    handled.mark(house.deps, items[1], house.rosa)
    with house.deps.readers.begin() as tx:
        assert lineup.counted(tx, desk.WITH_PEOPLE) == 3
    assert [item.id for item in desk.queue(house.deps, desk.WITH_PEOPLE)] == [items[0], items[2], items[3]]

"""Ingest: whatever Zendesk sends, however often and in whatever order, each customer comment gets one proposal."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app import sweep, troubles
from app.ai import clean
from app.doorbell import Doorbell
from app.host import Comment, TicketRef
from app.store import engine as store_engine
from app.store import inbox, proposals, turns
from app.store.tables import audit, outbox
from integrations.zendesk.webhook import PUBLIC_TEST_SECRET
from tests.door import RECORDED, SECRETS, Door, ToldByZendesk, event
from tests.fakes import CASEY, ROSA
from tests.house import Bell

TICKETS, ROUNDS, DELIVERIES = 40, 3, 1000
ASKED = "How many days does shipping take, and do you deliver on Saturdays?"
FOLLOW_UP = "What is the fastest delivery option and what does it cost?"


@pytest.fixture
def door(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Door]:
    made = Door(tmp_path, sqlite_database, clock)
    yield made
    made.close()


@pytest.fixture
def either_door(tmp_path: Path, database_url: str, clock: Any) -> Iterator[Door]:
    """Over each database in turn."""
    made = Door(tmp_path, database_url, clock)
    yield made
    made.close()


# --- one proposal for each customer comment ----------------------------------------------------------------------------
class Traffic:
    """Customers and agents who write, and a network that repeats, delays and reorders what is told of it."""

    def __init__(self, door: Door, chance: random.Random) -> None:
        self.door, self.chance = door, chance
        self.tickets: list[TicketRef] = []
        self.sent: list[bytes] = []
        self.late: list[bytes] = []
        self.asked: dict[tuple[str, str], Comment] = {}

    def round(self, number: int) -> list[bytes]:
        """Everybody writes once; returns the announcements of it."""
        if number == 0:
            self.tickets = [self.door.host.new_ticket(ASKED) for _ in range(TICKETS)]
        told: list[bytes] = []
        for ref in self.tickets:
            if number:
                self.door.host.says(ref, CASEY, FOLLOW_UP)
            told += self._announced(ref, self._asked(ref), first=number == 0)
        return told

    def _asked(self, ref: TicketRef) -> Comment:
        comment = self.door.host.fetch(ref).newest_customer_comment()
        assert comment is not None
        self.asked[(ref.ticket, comment.id)] = comment
        return comment

    def _announced(self, ref: TicketRef, comment: Comment, *, first: bool) -> Iterator[bytes]:
        yield event(ref, self._number(), "comment_added", comment)
        yield event(ref, self._number(), "status_changed")
        if first:
            yield event(ref, self._number(), "created")

    def _number(self) -> int:
        return self.chance.getrandbits(60)

    def disturbed(self, told: list[bytes], size: int) -> list[bytes]:
        """All of it at least once by the end; one event of each comment now, the rest perhaps a round later."""
        now, later = told[::2], told[1::2]
        held = [body for body in later if self.chance.random() < 0.5]
        out = now + [body for body in later if body not in held] + self.late
        self.sent, self.late = self.sent + out, held
        out += self.chance.choices(self.sent, k=max(0, size - len(out)))
        self.chance.shuffle(out)
        return out


@pytest.mark.threat("webhook-forged")
def test_a_thousand_deliveries_make_one_proposal_for_each_customer_comment(either_door: Door) -> None:
    door, traffic = either_door, Traffic(either_door, random.Random(7))
    delivered: Counter[int] = Counter()
    for number in range(ROUNDS):
        bodies = traffic.disturbed(traffic.round(number), DELIVERIES // ROUNDS + 1)
        for position, body in enumerate(bodies):
            delivered[door.post(body).status_code] += 1
            if position % 100 == 50:
                door.poll()  # the other road to the same comments
                door.work()
        door.work()
        door.clock.tick(60)
    assert set(delivered) == {202}
    assert delivered.total() >= DELIVERIES
    made = door.proposals()
    assert Counter((row.ticket, row.comment) for row in made) == dict.fromkeys(traffic.asked, 1)
    states = Counter(row.state for row in made)
    assert states == {proposals.OFFERED: TICKETS, proposals.SUPERSEDED: TICKETS * (ROUNDS - 1)}
    assert {row.state for row in door.rows()} == {inbox.DONE}
    assert decided(door) == {row.id: 1 for row in made}
    assert max(notes(door).values()) == 1


def decided(door: Door) -> Counter[str]:
    """How often each proposal was concluded."""
    with door.deps.readers.begin() as tx:
        return Counter(tx.execute(sa.select(audit.c.object).where(audit.c.action == "proposal.decided")).scalars())


def notes(door: Door) -> Counter[tuple[str, str]]:
    """What would be written to each ticket, by proposal and purpose."""
    with door.deps.readers.begin() as tx:
        found = tx.execute(sa.select(outbox.c.proposal_id, outbox.c.purpose)).all()
    return Counter((row.proposal_id, row.purpose) for row in found)


def test_what_people_and_we_write_makes_no_proposal(door: Door) -> None:
    ref = door.host.new_ticket("Hello?", author=ROSA)
    note = door.host.says(ref, ROSA, "a note", public=False)
    for number, comment in enumerate((None, note)):
        door.post(event(ref, number, "comment_added", comment))
    door.work()
    assert door.proposals() == []
    assert {row.state for row in door.rows()} == {inbox.DONE}


def test_a_comment_that_was_answered_before_we_looked_makes_no_proposal(door: Door) -> None:
    ref = door.host.new_ticket(ASKED)
    door.host.says(ref, ROSA, "Three days.", by_hand=True)
    door.post(event(ref, 1, "created"))
    door.work()
    assert door.proposals() == []


def test_a_threat_is_seen_though_its_sender_wrote_again_before_anybody_looked(door: Door) -> None:
    ref = door.host.new_ticket("My lawyer will sue you.")
    door.host.says(ref, CASEY, FOLLOW_UP)
    door.post(event(ref, 1, "comment_added"))
    door.work()
    (made,) = door.proposals()
    assert made.state == proposals.ESCALATED


# --- the signature -------------------------------------------------------------------------------------------------------
def test_a_recorded_delivery_is_accepted_byte_for_byte_and_no_other_way(door: Door) -> None:
    door.use(hosts={"zendesk": ToldByZendesk((RECORDED["secret"],))})
    stamp = RECORDED["headers"]["X-Zendesk-Webhook-Signature-Timestamp"]
    door.clock.moment = datetime.fromisoformat(stamp)
    raw = RECORDED["raw_body"].encode()
    assert door.post(raw, RECORDED["headers"]).status_code == 202
    assert [row.ticket for row in door.rows()] == ["5158"]
    assert door.post(raw.replace(b"\n   ", b"\n  "), RECORDED["headers"]).status_code == 401


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("late", [-299, 0, 299])
def test_either_live_secret_within_five_minutes_is_good(door: Door, secret: str, late: float) -> None:
    body = event(door.host.new_ticket("hello"), 1, "created")
    assert door.post(body, door.headers(body, secret=secret, late=late)).status_code == 202


BODY = event(TicketRef("zendesk", "5158"), 1, "created")
BAD: dict[str, tuple[dict[str, Any], bytes]] = {
    "a flipped byte": ({}, BODY.replace(b"5158", b"5159")),
    "stale": ({"late": 301}, BODY),
    "from the future": ({"late": -301}, BODY),
    "another secret": ({"secret": "guessed"}, BODY),
    "the public test secret": ({"secret": PUBLIC_TEST_SECRET}, BODY),
    "an empty secret": ({"secret": ""}, BODY),
    "a byte more": ({}, BODY + b" "),
    "nothing at all": ({}, b""),
}


@pytest.mark.parametrize(("how", "sent"), BAD.values(), ids=list(BAD))
@pytest.mark.threat("webhook-forged")
def test_a_bad_delivery_gets_401_and_leaves_no_trace_but_a_count(door: Door, how: dict[str, Any], sent: bytes) -> None:
    before = entries(door)
    answer = door.post(sent, door.headers(BODY, **how))
    assert (answer.status_code, answer.data) == (401, b"")
    assert (door.rows(), door.stage.rung, entries(door)) == ([], [], before)
    assert (door.counted("rejected"), door.counted("accepted")) == (1, 0)


def entries(door: Door) -> int:
    with door.deps.readers.begin() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one())


# --- what is not an event of a ticket --------------------------------------------------------------------------------------
@pytest.mark.parametrize("body", [b'{"half": ', b"\xff\xfe\x00", b"[]", b"null", b"", b"[" * 5000, b'{"type": 7}'])
def test_what_cannot_be_read_under_a_good_signature_is_kept_and_shown(door: Door, body: bytes) -> None:
    assert door.post(body).status_code == 202
    assert door.post(body).status_code == 202
    (row,) = door.rows()
    assert row.state == inbox.UNUSABLE
    with door.deps.readers.begin() as tx:
        assert inbox.unusable_body(tx, door.deps.keys, row.id) == body
    door.work()
    assert any("could not be read" in trouble for trouble in troubles.told(door.deps))


def test_an_event_of_a_kind_we_never_heard_of_makes_us_look_at_its_ticket(door: Door) -> None:
    ref = door.host.new_ticket(ASKED)
    assert door.post(event(ref, 1, "sent_to_the_moon")).status_code == 202
    door.work()
    assert [row.ticket for row in door.proposals()] == [ref.ticket]


# --- bodies too large, stores too small ------------------------------------------------------------------------------------
def test_ten_megabytes_are_refused(door: Door) -> None:
    body = b"x" * 10_000_000
    assert door.post(body).status_code == 413
    assert door.rows() == []
    assert door.counted("too-large") == 1


def refused_for_now(door: Door) -> None:
    answer = door.post(BODY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert door.stage.rung == []


def test_a_database_that_nobody_reaches_asks_zendesk_to_come_again(door: Door, free_port: Callable[[], int]) -> None:
    away = store_engine.connect(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing")
    door.use(engine=away)
    refused_for_now(door)


def test_a_database_that_is_locked_asks_zendesk_to_come_again(
    door: Door, sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.1)
    other: Engine = store_engine.connect(sqlite_database)
    with other.begin():
        refused_for_now(door)
    other.dispose()
    assert door.post(BODY).status_code == 202


def test_a_full_database_asks_zendesk_to_come_again_and_loses_nothing(door: Door) -> None:
    full = store_engine.connect(str(door.deps.engine.url))
    sa.event.listen(full, "begin", lambda tx: tx.exec_driver_sql("PRAGMA max_page_count=1"))
    enough = door.deps.engine
    door.use(engine=full)
    accepted = 0
    while (answer := door.post(event(TicketRef("zendesk", "5158"), accepted, "created"))).status_code == 202:
        accepted += 1
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    door.use(engine=enough)
    full.dispose()
    assert len(door.rows()) == accepted
    assert door.post(BODY).status_code == 202


# --- Redis is only a doorbell ------------------------------------------------------------------------------------------------
def test_without_redis_a_delivery_is_kept_and_the_sweeper_carries_on(door: Door, free_port: Callable[[], int]) -> None:
    doorbell = Doorbell(f"redis://127.0.0.1:{free_port()}/0")
    door.use(ring=doorbell)
    ref = door.host.new_ticket(ASKED)
    assert door.post(event(ref, 1, "created")).status_code == 202
    assert (doorbell.lost, doorbell.answers()) == (1, False)
    bell = Bell()
    door.use(ring=bell)  # Redis is back
    door.clock.tick(10)
    sweep.Ringer().ring(door.deps)
    assert bell.rung == [("handle", door.rows()[0].id)]
    door.work()
    assert [row.ticket for row in door.proposals()] == [ref.ticket]


def test_what_was_rung_and_forgotten_is_rung_again(door: Door) -> None:
    door.post(event(door.host.new_ticket("hello"), 1, "created"))
    bell, ringer = Bell(), sweep.Ringer()
    door.use(ring=bell)
    door.clock.tick(10)  # the delivery itself has just rung
    for _ in range(3):
        ringer.ring(door.deps)
        door.clock.tick(2)
    ringer.ring(door.deps)
    assert bell.rung == [("handle", 1), ("handle", 1)]


def test_workers_that_lag_behind_are_not_buried_under_bells(door: Door, redis_url: str) -> None:
    """For each row one job waits, however long; what Redis lost is rung for anew."""
    bell = Doorbell(redis_url)
    queue = bell.queues["handle"]
    queue.empty()
    door.use(ring=bell)
    for number in range(3):
        door.post(event(door.host.new_ticket("hello"), number, "created"))
    ringer = sweep.Ringer(held=bell.held)
    for _ in range(10):
        door.clock.tick(6)
        ringer.ring(door.deps)
    assert (queue.count, bell.held("handle"), bell.held("replay")) == (3, {1, 2, 3}, set())
    queue.empty()
    door.clock.tick(6)
    ringer.ring(door.deps)
    assert queue.count == 3
    queue.empty()


@pytest.mark.parametrize(("said", "state"), [("Thank you. ", "human"), ("My lawyer will write to you. ", "escalated")])
def test_of_35_megabytes_the_beginning_is_judged_and_a_person_answers(
    door: Door, monkeypatch: pytest.MonkeyPatch, said: str, state: str
) -> None:
    """Read whole, they would keep the next customer waiting for many minutes. Nothing is drafted for what nobody read."""
    monkeypatch.setattr(clean, "LONGEST", 2_000)
    door.post(event(door.host.new_ticket(f"{ASKED} {said}" + "and so on, " * 3_200_000), 1, "created"))
    door.work()
    (row,) = door.proposals()
    proposal = door.only().proposal
    assert (row.state, proposal.draft, len(row.sealed) < 100_000) == (state, None, True)
    if state == "human":
        assert "only its beginning was judged" in proposal.abstained.text


def test_a_locked_database_is_no_fault_of_the_message(door: Door) -> None:
    """Counted as attempts, three locked moments would give a message to people, the second one after five minutes."""
    door.post(event(door.host.new_ticket(ASKED), 1, "created"))
    door.host.faults.down = OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
    for _ in range(4):
        with pytest.raises(OperationalError):
            door.work()
        door.clock.tick(6)
    (row,) = door.rows()
    assert (row.state, row.tries, row.trouble) == ("received", 0, "the database was locked or away")
    door.host.faults.down = None
    door.work()
    assert [one.state for one in door.proposals()] == ["offered"]


def test_what_no_delivery_announced_is_found_by_the_poll(door: Door) -> None:
    ref = door.host.new_ticket(ASKED)
    door.poll()
    door.work()
    assert [row.ticket for row in door.proposals()] == [ref.ticket]
    door.poll()
    door.work()
    assert len(door.proposals()) == 1

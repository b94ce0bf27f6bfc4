"""Proposals: one for each customer comment, one worker at a time, the newest comment counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.governance.decision import Action, Decision, Reason
from app.governance.policy import Mode
from app.governance.proposal import Draft
from app.host import Ticket, TicketRef
from app.store import lineup, proposals
from app.store.keys import Keys
from app.store.record import Stored
from app.store.tables import proposal as table
from tests.fakes import CASEY, FakeHost

KEYS = Keys(bytes(32))
STOOD_DOWN = Decision(Action.STAND_DOWN, Mode.DRAFT, (Reason("unanswerable", "no source answers"),))


class Desk:
    """Workers that begin and conclude, over a fake host."""

    def __init__(self, engine: Engine, clock: Any) -> None:
        self.engine, self.clock, self.host = engine, clock, FakeHost()
        self.ref = self.host.new_ticket("When will my parcel come?")

    def begin(self, ref: TicketRef | None = None) -> proposals.Begun:
        return self.begin_with(self.host.fetch(ref or self.ref), self.clock.now())

    def begin_with(self, ticket: Ticket, read_at: datetime) -> proposals.Begun:
        comment = ticket.newest_customer_comment()
        assert comment is not None
        with self.engine.begin() as tx:
            return proposals.begin(tx, KEYS, ticket, comment, "support", read_at, self.clock.now())

    def begun(self) -> Stored:
        stored = self.begin().stored
        assert stored is not None
        return stored

    def conclude(self, stored: Stored, text: str = "mine") -> bool:
        proposal = replace(stored.proposal, text=text)
        concluded = replace(stored, record=replace(stored.record, proposal=proposal))
        with self.engine.begin() as tx:
            return proposals.conclude(tx, KEYS, concluded, STOOD_DOWN, 1, proposals.HUMAN, self.clock.now())

    def offer(self, stored: Stored, text: str) -> datetime | None:
        """Conclude it with a draft that people see; when the first one was offered."""
        proposal = replace(stored.proposal, draft=Draft(text, ()))
        concluded = replace(stored, record=replace(stored.record, proposal=proposal))
        offered = replace(STOOD_DOWN, action=Action.OFFER_DRAFT)
        with self.engine.begin() as tx:
            assert proposals.conclude(tx, KEYS, concluded, offered, 1, proposals.OFFERED, self.clock.now())
            return tx.execute(sa.select(table.c.offered_at).where(table.c.id == stored.id)).scalar()

    def load(self, stored: Stored) -> Stored:
        with self.engine.begin() as tx:
            found = proposals.load(tx, KEYS, stored.id)
        assert found is not None
        return found


@pytest.fixture
def desk(engine: Engine, clock: Any) -> Desk:
    return Desk(engine, clock)


def test_a_comment_has_one_proposal_however_often_it_is_announced(desk: Desk) -> None:
    first = desk.begun()
    assert desk.begin() == proposals.Begun(None, busy=True)
    desk.conclude(first)
    assert desk.begin() == proposals.Begun(None, busy=False)


def test_workers_that_begin_at_once_make_one_proposal(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = [result.stored for result in pool.map(lambda _: desk.begin(), range(8))]
    assert len([stored for stored in begun if stored]) == 1
    with desk.engine.begin() as tx:
        assert lineup.counted(tx, (proposals.WORKING,)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # on PostgreSQL one of them tries again
def test_two_tickets_of_one_new_customer_begin_at_once(desk: Desk) -> None:
    tickets = [desk.host.new_ticket(f"Question {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        begun = [result.stored for result in pool.map(desk.begin, tickets)]
    assert len({stored.id for stored in begun if stored}) == 8
    assert len({stored.subject_key for stored in begun if stored}) == 1


def test_what_was_stored_reads_back_alike(desk: Desk) -> None:
    stored = desk.begun()
    assert desk.load(stored) == stored
    assert (stored.proposal.requester, stored.proposal.queue) == (CASEY.id, "support")


def test_another_worker_takes_over_when_the_first_is_gone(desk: Desk) -> None:
    first = desk.begun()
    desk.clock.tick(59)
    assert desk.begin().busy
    desk.clock.tick(1)
    with desk.engine.begin() as tx:
        assert proposals.abandoned(tx, desk.clock.now()) == [("zendesk", desk.ref.ticket)]
    second = desk.begun()
    assert (second.id, second.attempt) == (first.id, first.attempt + 1)


def test_a_worker_that_comes_back_late_changes_nothing(desk: Desk) -> None:
    first = desk.begun()
    desk.clock.tick(61)
    second = desk.begun()
    assert not desk.conclude(first, "late")
    assert desk.conclude(second, "mine")
    assert not desk.conclude(first, "later still")
    assert desk.load(first).proposal.text == "mine"


def test_the_time_of_the_first_draft_is_kept_when_it_is_judged_anew(desk: Desk) -> None:
    stored, began = desk.begun(), desk.clock.now()
    assert desk.offer(stored, "Three days.") == began
    desk.clock.tick(60)
    with desk.engine.begin() as tx:
        proposals.move(tx, stored.id, proposals.WORKING, desk.clock.now())
    assert desk.offer(desk.load(stored), "Four days.") == began


def test_a_draft_from_before_its_time_was_written_down_is_not_known(desk: Desk) -> None:
    stored = desk.begun()
    desk.offer(stored, "Three days.")
    with desk.engine.begin() as tx:
        proposals.move(tx, stored.id, proposals.WORKING, desk.clock.now())
        tx.execute(table.update().values(offered_at=None))
    assert desk.offer(desk.load(stored), "Four days.") is None


def test_a_newer_comment_supersedes_the_older_proposal(desk: Desk) -> None:
    first = desk.begun()
    desk.clock.tick(1)
    desk.host.says(desk.ref, CASEY, "And what does it cost?")
    second = desk.begun()
    assert second.id != first.id
    assert not desk.conclude(first)
    assert desk.load(first).state == proposals.SUPERSEDED
    with desk.engine.begin() as tx:
        newest = proposals.newest_of(tx, KEYS, "zendesk", desk.ref.ticket)
    assert newest is not None
    assert newest.id == second.id


def test_who_read_the_ticket_before_the_newer_comment_takes_nothing(desk: Desk) -> None:
    stale, read_at = desk.host.fetch(desk.ref), desk.clock.now()
    desk.host.says(desk.ref, CASEY, "And what does it cost?")
    desk.clock.tick(1)
    newer = desk.begun()
    desk.clock.tick(1)
    assert desk.begin_with(stale, read_at) == proposals.Begun(None)
    assert desk.load(newer).state == proposals.WORKING


def test_another_ticket_is_left_alone(desk: Desk) -> None:
    first = desk.begun()
    desk.begin(desk.host.new_ticket("Where are you?"))
    assert desk.load(first).state == proposals.WORKING


def test_giving_up_leaves_the_ticket_to_a_person_and_says_why(desk: Desk) -> None:
    stored = desk.begun()
    with desk.engine.begin() as tx:
        proposals.give_up(tx, KEYS, "zendesk", desk.ref.ticket, desk.clock.now())
    given_up = desk.load(stored)
    assert given_up.state == proposals.HUMAN
    assert [reason.rule for reason in given_up.record.reasons] == ["unclassified"]
    assert not desk.conclude(stored)


def test_a_state_changes_only_from_where_it_was_expected(desk: Desk) -> None:
    stored = desk.begun()
    with desk.engine.begin() as tx:
        assert not proposals.move(tx, stored.id, proposals.SENT, desk.clock.now(), since=(proposals.OFFERED,))
        assert proposals.move(tx, stored.id, proposals.HUMAN, desk.clock.now(), since=(proposals.WORKING,))
    assert desk.load(stored).state == proposals.HUMAN

"""The inbox: an event is filed once, tried three times, and never lost from sight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.host import Arrival, TicketRef
from app.store import inbox
from app.store.keys import Keys

KEYS = Keys(bytes(32))
REF = TicketRef("zendesk", "5158")


class Shelf:
    """The inbox with a clock: each step its own transaction, as in life."""

    def __init__(self, engine: Engine, clock: Any) -> None:
        self.engine, self.clock = engine, clock

    def add(self, *arrivals: Arrival, host: str = "zendesk") -> list[int]:
        with self.engine.begin() as tx:
            return inbox.add(tx, KEYS, host, arrivals, self.clock.now())

    def due(self) -> list[int]:
        with self.engine.begin() as tx:
            return inbox.due(tx, self.clock.now())

    def fail(self, row_id: int, why: str = "KeyError") -> bool:
        with self.engine.begin() as tx:
            row = inbox.waiting(tx, row_id)
            assert row is not None
            return inbox.failed(tx, row, self.clock.now(), why)

    def troubled(self) -> list[tuple[str, str | None]]:
        with self.engine.begin() as tx:
            return [(row.state, row.trouble) for row in inbox.troubled(tx, datetime.min.replace(tzinfo=UTC))]


@pytest.fixture
def shelf(engine: Engine, clock: Any) -> Shelf:
    return Shelf(engine, clock)


def told(key: str = "event:1", ref: TicketRef = REF) -> Arrival:
    return Arrival(key, "zen:event-type:ticket.comment_added", ref)


def test_a_redelivery_adds_nothing(shelf: Shelf) -> None:
    assert len(shelf.add(told())) == 1
    assert shelf.add(told()) == []
    assert len(shelf.due()) == 1


def test_the_same_event_twice_in_one_delivery_is_one(shelf: Shelf) -> None:
    assert len(shelf.add(told(), told(), told("event:2"))) == 2


def test_two_hosts_may_use_the_same_key(shelf: Shelf) -> None:
    shelf.add(told())
    assert len(shelf.add(told(ref=TicketRef("gmail", "x")), host="gmail")) == 1


def test_a_redelivery_after_the_work_is_done_starts_nothing(shelf: Shelf) -> None:
    (row_id,) = shelf.add(told())
    with shelf.engine.begin() as tx:
        inbox.done(tx, row_id)
    shelf.add(told())
    assert shelf.due() == []


def test_three_attempts_with_two_gaps_then_a_person(shelf: Shelf) -> None:
    (row_id,) = shelf.add(told())
    assert not shelf.fail(row_id)
    shelf.clock.tick(29)
    assert shelf.due() == []
    shelf.clock.tick(1)
    assert shelf.due() == [row_id]
    assert not shelf.fail(row_id)
    shelf.clock.tick(299)
    assert shelf.due() == []
    shelf.clock.tick(1)
    assert shelf.due() == [row_id]
    assert shelf.fail(row_id)
    shelf.clock.tick(86400)
    assert shelf.due() == []
    assert shelf.troubled() == [("failed", "KeyError")]


def test_waiting_for_a_host_costs_no_attempt(shelf: Shelf) -> None:
    (row_id,) = shelf.add(told())
    for _ in range(20):
        with shelf.engine.begin() as tx:
            inbox.later(tx, row_id, shelf.clock.now(), "Zendesk does not answer", timedelta(seconds=10))
        assert shelf.due() == []
        shelf.clock.tick(10)
        assert shelf.due() == [row_id]
    assert shelf.troubled() == [("received", "Zendesk does not answer")]


def test_the_oldest_comes_first(shelf: Shelf) -> None:
    ids = shelf.add(*(told(f"event:{number}") for number in range(5)))
    assert shelf.due() == ids == sorted(ids)


def test_what_cannot_be_used_is_kept_and_shown_and_not_worked_on(shelf: Shelf) -> None:
    assert shelf.add(Arrival("k", "unusable", raw=b"\xff{")) == []
    assert shelf.due() == []
    assert shelf.troubled() == [("unusable", None)]


def test_what_is_gone_for_good_is_shown_and_not_tried_again(shelf: Shelf) -> None:
    (row_id,) = shelf.add(told())
    with shelf.engine.begin() as tx:
        inbox.gone(tx, row_id, "no such ticket")
    shelf.clock.tick(86400)
    assert shelf.due() == []
    assert shelf.troubled() == [("gone", "no such ticket")]


def test_a_ticket_is_busy_while_something_about_it_waits(shelf: Shelf) -> None:
    (row_id,) = shelf.add(told())
    with shelf.engine.begin() as tx:
        assert inbox.busy_with(tx, "zendesk", "5158")
        assert not inbox.busy_with(tx, "gmail", "5158")
        inbox.done(tx, row_id)
        assert not inbox.busy_with(tx, "zendesk", "5158")

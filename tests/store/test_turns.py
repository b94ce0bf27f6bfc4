"""Turns: a stop goes first, never waits in a ring with others, and outlives whoever froze."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app import deliver, forgetting, review
from app.governance.decision import Switch
from app.host import HostError
from app.store import engine, heartbeats, outbox, proposals, switch, turns
from tests import locks
from tests.fakes import CASEY
from tests.house import House, claimed, scope

SOON = 10.0


@pytest.fixture
def postgres(postgres_database: str) -> Iterator[Engine]:
    made = engine.connect(postgres_database)
    yield made
    made.dispose()


# --- SQLite: writers stand back ----------------------------------------------------------------------------------------
def test_writers_stand_back_while_somebody_else_wants_to_stop(sqlite_database: str, clock: Any) -> None:
    stopping, writing = engine.connect(sqlite_database), engine.connect(sqlite_database)
    wrote = threading.Event()

    def write() -> None:
        with writing.begin() as tx:
            heartbeats.beat(tx, "writer", clock.now())
        wrote.set()

    with ThreadPoolExecutor(1) as pool:
        with turns.ahead_of_all(stopping):
            done = pool.submit(write)
            assert not wrote.wait(0.2)
            with stopping.begin() as tx:  # who wants to stop does not wait for itself
                heartbeats.beat(tx, "stop", clock.now())
        done.result(SOON)
    stopping.dispose()
    writing.dispose()


def test_a_stop_that_froze_keeps_writers_waiting_for_a_moment_only(
    sqlite_database: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "STAND_BACK", 0.05)
    frozen, writing = engine.connect(sqlite_database), engine.connect(sqlite_database)
    with turns.ahead_of_all(frozen), ThreadPoolExecutor(1) as pool:
        pool.submit(_beat, writing, clock).result(SOON)
    frozen.dispose()
    writing.dispose()


def _beat(writing: Engine, clock: Any) -> None:
    with writing.begin() as tx:
        heartbeats.beat(tx, "writer", clock.now())


def test_a_second_stop_does_not_wait_for_a_first_one_that_froze(house: House) -> None:
    began = threading.Event()

    def freeze() -> None:
        with turns.ahead_of_all(house.deps.engine):
            began.set()
            over.wait(SOON)

    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        frozen = pool.submit(freeze)
        assert began.wait(SOON)
        assert review.roll_back(house.deps, "*", "rosa")
        over.set()
        frozen.result(SOON)
    assert scope(house, "*").state is Switch.OFF


def test_a_memory_database_has_no_turnstile() -> None:
    alone = engine.connect("sqlite://")
    with turns.ahead_of_all(alone), alone.begin() as tx:
        assert tx.exec_driver_sql("SELECT 1").scalar() == 1
    alone.dispose()


# --- PostgreSQL: fair, and in one order --------------------------------------------------------------------------------
def test_whoever_comes_after_a_waiting_stop_waits_too(postgres: Engine, clock: Any, tmp_path: Path) -> None:
    house = House(postgres, clock, tmp_path)
    with ThreadPoolExecutor(2) as pool:
        with postgres.begin() as first:
            switch.read_locked(first, "support")
            stop = pool.submit(review.roll_back, house.deps, "*", "rosa")
            _until(lambda: _waiting(postgres) == 1)
            late = pool.submit(_read_locked, postgres)
            _until(lambda: _waiting(postgres) == 2)  # FOR SHARE alone would let it in beside the first
        assert stop.result(SOON)
        assert late.result(SOON) is Switch.OFF


def test_a_stop_and_a_page_wait_in_no_lane(postgres: Engine, clock: Any, tmp_path: Path) -> None:
    house = House(postgres, clock, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        with house.deps.readers.begin() as full:
            for lane in range(turns._ABREAST):
                full.execute(sa.text("SELECT pg_advisory_xact_lock(:key, :lane)"), {"key": turns._LANES, "lane": lane})
            writer = pool.submit(_read_locked, postgres)
            _until(lambda: _waiting(postgres) == 1)
            assert review.roll_back(house.deps, "*", "rosa")
        assert writer.result(SOON) is Switch.OFF


def test_who_is_forgotten_while_they_write_loses_nothing_that_nobody_finds(
    postgres: Engine, clock: Any, tmp_path: Path
) -> None:
    """Sealed under the key that goes, it could not be opened: it was tried without end, and reached nobody."""
    house = House(postgres, clock, tmp_path)
    house.propose()
    ticket = house.host.fetch(house.host.new_ticket("And my parcel?"))
    with ThreadPoolExecutor(1) as pool:
        with turns.ahead_of_all(postgres), postgres.begin() as tx:  # or both might want the same lane
            comment = ticket.comments[0]
            begun = proposals.begin(tx, house.deps.keys, ticket, comment, "support", clock.now(), clock.now())
            erasing = pool.submit(forgetting.erase, house.deps, CASEY.email, "other", "ana")
            _until(lambda: erasing.done() or _waiting(postgres) == 1)
        assert erasing.result(SOON).messages == 2
    with postgres.begin() as tx:
        assert begun.stored
        assert proposals.load(tx, house.deps.keys, begun.stored.id) is None


def _read_locked(database: Engine) -> Switch:
    with database.begin() as tx:
        return switch.read_locked(tx, "support").state


def _waiting(database: Engine) -> int:
    with engine.readers(database).connect() as tx:
        return int(tx.execute(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_a_frozen_process_loses_its_locks(postgres: Engine) -> None:
    with postgres.begin() as tx:
        assert tx.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "1min"


def test_a_stop_and_a_refusal_lock_in_the_same_order(postgres: Engine, clock: Any, tmp_path: Path) -> None:
    house = House(postgres, clock, tmp_path)
    with locks.watched(postgres) as late:
        for end in (_refused_by_host, _refused_by_claim, _broken, _settled, _stopped):
            item = house.propose()
            house.deliver_due()
            house.approve(item)
            house.clock.tick(6)
            end(house, item)
    assert late == []


def _refused_by_host(house: House, item: str) -> None:
    house.host.faults.down = HostError("no such ticket", permanent=True)
    house.deliver_due()
    house.host.faults.down = None
    assert house.state(item) == proposals.HUMAN


def _refused_by_claim(house: House, item: str) -> None:
    house.host.change(house.ref(item), status="closed")
    house.deliver_due()
    assert house.state(item) != proposals.SENT


def _broken(house: House, item: str) -> None:
    with house.deps.engine.begin() as tx:
        (row_id,) = outbox.due(tx, house.clock.now())
    for _ in range(outbox.MAX_TRIES):
        with house.deps.engine.begin() as tx:
            outbox.failed(tx, row_id, "Broken", house.clock.now())
    assert house.state(item) == proposals.HUMAN


def _settled(house: House, item: str) -> None:
    permit, message = claimed(house)
    deliver.settle(house.deps, permit, message)
    house.deliver_due()
    assert house.state(item) == proposals.SENT


def _stopped(house: House, item: str) -> None:
    review.roll_back(house.deps, "*", "rosa")
    assert house.state(item) == proposals.HUMAN


def test_the_watch_sees_what_is_locked_too_late(postgres: Engine) -> None:
    with locks.watched(postgres) as late, postgres.begin() as tx:
        tx.exec_driver_sql("UPDATE outbox SET reason = 'first'")
        tx.exec_driver_sql("SELECT gen \nFROM switch ORDER BY scope FOR UPDATE")
    assert [line.partition(":")[0] for line in late] == ["switch after outbox"]

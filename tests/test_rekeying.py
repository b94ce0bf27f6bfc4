"""The key: another one takes its place and the old one opens nothing; a lost one is said at start, and nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import LargeBinary

from app import deliver, escalating
from app.commands import main
from app.host import Arrival
from app.store import audit, escalations, heartbeats, inbox, keyring, outbox
from app.store.engine import connect, readers
from app.store.keys import KeyLost, Keys
from app.store.tables import metadata
from tests.house import House, answers
from tests.test_forgetting import CANARY, sent

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture
def lived(house: House) -> House:
    """A house with everything in it that is sealed."""
    sent(house)
    due = house.clock.now() + timedelta(hours=1)
    escalating.escalate(house.deps, house.propose(), "legal@acme.example", due, house.rosa, CANARY)
    with house.deps.engine.begin() as tx:
        inbox.add(tx, house.deps.keys, "zendesk", [Arrival("k", "unusable", raw=CANARY.encode())], house.clock.now())
    return house


def rotated(house: House) -> None:
    with house.deps.engine.begin() as tx:
        assert keyring.rotate(tx, OLD, NEW, "ana", house.clock.now()) == 3  # a customer's key, a note, a body


def keys(house: House, kek: bytes) -> Keys:
    return Keys(kek, keyring.finder(house.deps.readers, kek))


def test_everything_opens_with_the_new_key_and_has_the_names_it_had(lived: House) -> None:
    before = lived.deps.keys.subject("zendesk", "1")
    rotated(lived)
    new = keys(lived, NEW)
    assert new.subject("zendesk", "1") == before
    with lived.deps.engine.begin() as tx:
        assert [one.note for one in escalations.still_open(tx, new)] == [CANARY]
        row_id = tx.exec_driver_sql("SELECT id FROM inbox WHERE raw IS NOT NULL").scalar_one()
        assert inbox.unusable_body(tx, new, row_id) == CANARY.encode()
        assert new.of(tx, before)
        assert audit.verify(tx).broken_at is None


@pytest.mark.threat("key-lost")
def test_the_old_key_opens_nothing_any_more(lived: House) -> None:
    rotated(lived)
    old = keys(lived, OLD)
    with pytest.raises(KeyLost, match="does not open this database"):
        old.check()
    with pytest.raises(KeyLost):
        old.derived("checkpoint")
    with lived.deps.engine.begin() as tx, pytest.raises(KeyLost):
        old.of(tx, lived.deps.keys.subject("zendesk", "1"))
    with lived.deps.engine.begin() as tx, pytest.raises(KeyLost):
        keyring.rotate(tx, OLD, bytes(32), "ana", lived.clock.now())


@pytest.mark.threat("key-lost")
def test_a_process_that_still_has_the_old_key_sends_nothing(house: House) -> None:
    house.approve(house.propose())
    house.clock.tick(6)
    rotated_to = 1
    with house.deps.engine.begin() as tx:
        assert keyring.rotate(tx, OLD, NEW, "ana", house.clock.now()) == rotated_to
        due = outbox.due(tx, house.clock.now())
    with pytest.raises(KeyLost):
        deliver.deliver(house.deps, due[-1])
    assert answers(house) == []


# --- nothing sealed is overlooked ----------------------------------------------------------------------------------------
UNDER_THE_KEY = {
    "subject_key.wrapped", "inbox.raw", "escalation.note", "escalation.next_action", "escalation.closed_for",
    "host_token.sealed",
}  # fmt: skip
UNDER_A_CUSTOMERS = {
    "proposal.sealed", "outbox.body_sealed", "audit_text.sealed", "golden.sealed", "golden_difference.sealed",
}  # fmt: skip
OPEN_OR_HASHES = {
    "root_key.wrapped", "audit.stored", "audit.leaf", "audit.chain", "audit_tail.chain", "audit_node.root",
    "checkpoint.root", "checkpoint.chain", "vector.numbers", "practice.record",  # made of the policy's own examples
    "figures.board",  # numbers
}  # fmt: skip


def test_each_column_of_bytes_is_known_to_whoever_replaces_the_key() -> None:
    bytes_ = {
        str(column) for table in metadata.tables.values() for column in table.c if isinstance(column.type, LargeBinary)
    }
    assert bytes_ == UNDER_THE_KEY | UNDER_A_CUSTOMERS | OPEN_OR_HASHES
    assert {str(column) for _, column, _ in keyring._SEALED} == UNDER_THE_KEY


# --- as an operator meets it -------------------------------------------------------------------------------------------
@pytest.fixture
def run(sqlite_database: str, clock: Any, tmp_path: Path) -> Callable[..., Result]:
    house = House(connect(sqlite_database), clock, tmp_path)
    sent(house)
    (tmp_path / "key").write_text(OLD.hex())
    env = {
        "COUNTERSIGN_HOME": str(tmp_path), "COUNTERSIGN_DEPLOYMENT": "test", "COUNTERSIGN_SANDBOX": "1",
        "DATABASE_URL": sqlite_database, "REDIS_URL": "unix:///nowhere",
    }  # fmt: skip
    return lambda *words, **more: CliRunner().invoke(main, list(words), env={**env, **more})


def test_the_command_makes_a_key_and_puts_it_in_its_place(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("keys", "rotate", "--by", "ana@acme.example", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["in_place"] is True
    assert (tmp_path / "key").read_text() != OLD.hex()
    assert not (tmp_path / "key.new").exists()
    assert (
        "Standard delivery takes" in run("audit", "person", "casey@customer.example", "--by", "ana@acme.example").stdout
    )


@pytest.mark.threat("key-lost")
def test_a_lost_key_is_said_at_start_and_by_the_doctor_and_stops_nobody_from_stopping(
    run: Callable[..., Result],
) -> None:
    lost = {"COUNTERSIGN_KEY": NEW.hex()}
    for process in ("clock", "web", "worker"):
        started = run("serve", process, **lost)
        assert started.exit_code == 1
        assert "does not open this database: nothing is prepared, shown or sent" in started.output
    parts = {part["part"]: part for part in json.loads(run("doctor", "--json", **lost).stdout)}
    assert not parts["key"]["ok"]
    assert run("rollback", **lost).exit_code == 0


def test_a_wrong_file_or_a_running_clock_changes_nothing(
    run: Callable[..., Result], sqlite_database: str, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("hello")
    bad = run("keys", "rotate", "--to", str(tmp_path / "other"), "--by", "ana@acme.example")
    assert (bad.exit_code, "64 hexadecimal" in bad.output) == (2, True)
    engine = connect(sqlite_database)
    from app.wiring import SystemClock

    with engine.begin() as tx:
        heartbeats.beat(tx, "sweeper", SystemClock().now())
    busy = run("keys", "rotate", "--by", "ana@acme.example")
    assert (busy.exit_code, "stop Countersign first" in busy.output) == (1, True)
    reading = readers(engine)
    Keys(OLD, keyring.finder(reading, OLD)).check()
    reading.dispose()
    engine.dispose()

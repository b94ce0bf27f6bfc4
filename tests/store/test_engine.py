"""The engine: writers take turns and none is turned away; the schema goes up and down on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from app.store import cursors, engine
from app.store.tables import metadata
from tests.store import beside

MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COUNT = """
import sys
import sqlalchemy as sa
from datetime import UTC, datetime
from app.store import cursors, engine
deployment = engine.connect(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with deployment.begin() as tx:
        before = int(cursors.read(tx, "zendesk") or 0)
        cursors.move(tx, "zendesk", str(before + 1), datetime.now(UTC))
"""
HOLD = """
import sys, time
from app.store import engine
with engine.connect(sys.argv[1]).begin():
    print("held", flush=True)
    time.sleep(0.5)
"""
UPGRADE = "import sys; from app.store import engine; engine.upgrade(engine.connect(sys.argv[1]))"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database that nobody has migrated."""
    create: Callable[..., str] | None = None
    if request.param == "postgresql":
        create = request.getfixturevalue("postgres_create")
    made = engine.connect(create() if create else f"sqlite:///{tmp_path / 'empty.db'}")
    yield made
    made.dispose()


@pytest.fixture
def connected(sqlite_database: str) -> Iterator[Engine]:
    made = engine.connect(sqlite_database)
    yield made
    made.dispose()


@pytest.fixture
def postgres_connected(postgres_database: str) -> Iterator[Engine]:
    made = engine.connect(postgres_database)
    yield made
    made.dispose()


@pytest.fixture
def reading(connected: Engine) -> Iterator[Engine]:
    made = engine.readers(connected)
    yield made
    made.dispose()


def tables(database: Engine) -> set[str]:
    return set(sa.inspect(database).get_table_names())


# --- turns -------------------------------------------------------------------------------------------------------------
def test_two_processes_that_write_at_once_lose_nothing(connected: Engine, sqlite_database: str) -> None:
    beside.outputs([beside.start(COUNT, sqlite_database, 60) for _ in range(2)])
    with connected.begin() as tx:
        assert cursors.read(tx, "zendesk") == "120"


def test_a_writer_waits_for_its_turn(connected: Engine, sqlite_database: str, tmp_path: Path) -> None:
    other = beside.start(HOLD, sqlite_database)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        take_the_lock(tmp_path / "countersign.db")  # it is really taken
    with connected.begin() as tx:
        assert cursors.read(tx, "zendesk") is None
    beside.outputs([other])


def take_the_lock(file: Path) -> None:
    connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.close()


def test_a_transaction_holds_the_write_lock_from_its_first_moment(connected: Engine, tmp_path: Path) -> None:
    with connected.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        take_the_lock(tmp_path / "countersign.db")
    take_the_lock(tmp_path / "countersign.db")


def test_a_page_reads_while_somebody_writes(connected: Engine, reading: Engine) -> None:
    with connected.begin(), reading.begin() as tx:
        assert cursors.read(tx, "zendesk") is None


@pytest.mark.parametrize(("pragma", "value"), [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)])
def test_a_commit_is_on_the_disk_before_anything_is_sent(connected: Engine, pragma: str, value: object) -> None:
    with connected.begin() as tx:
        assert tx.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_commit_is_on_the_disk_in_postgresql_too(postgres_connected: Engine) -> None:
    with postgres_connected.begin() as tx:
        assert tx.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert tx.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"


# --- the schema --------------------------------------------------------------------------------------------------------
def test_the_schema_goes_up_down_and_up_again(empty: Engine) -> None:
    engine.upgrade(empty)
    assert tables(empty) == {*metadata.tables, "alembic_version"}
    engine.downgrade(empty)
    assert tables(empty) == {"alembic_version"}
    engine.upgrade(empty)
    assert tables(empty) == {*metadata.tables, "alembic_version"}


def test_a_second_upgrade_changes_nothing(empty: Engine) -> None:
    engine.upgrade(empty)
    with empty.begin() as tx:
        cursors.move(tx, "zendesk", "kept", MOMENT)
    engine.upgrade(empty)
    with empty.begin() as tx:
        assert cursors.read(tx, "zendesk") == "kept"


@pytest.mark.parametrize("release", ["0001", "0002", "0003"])
def test_what_an_older_release_stored_is_kept(empty: Engine, release: str) -> None:
    engine.upgrade(empty, release)
    with empty.begin() as tx:
        cursors.move(tx, "zendesk", "kept", MOMENT)
        with pytest.raises(engine.OtherRelease):
            engine.of_this_release(tx)
    engine.upgrade(empty)
    with empty.begin() as tx:
        engine.of_this_release(tx)
        assert cursors.read(tx, "zendesk") == "kept"


def test_what_was_for_two_hours_a_part_of_the_third_release_is_kept(empty: Engine) -> None:
    engine.upgrade(empty)
    with empty.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
    engine.upgrade(empty)
    with empty.begin() as tx:
        engine.of_this_release(tx)


def test_processes_that_start_together_upgrade_once(empty: Engine) -> None:
    url = empty.url.render_as_string(hide_password=False)
    beside.outputs([beside.start(UPGRADE, url) for _ in range(2)])
    assert tables(empty) == {*metadata.tables, "alembic_version"}


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.begin() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("table", ["proposal", "outbox"])
def test_no_row_of_a_practice_draft_gets_in_on_either_database(engine: Engine, table: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="never sent"), engine.begin() as tx:
        tx.execute(sa.text(f"INSERT INTO {table} (host) VALUES ('practice')"))

"""Connect: SQLite made safe and fair, or PostgreSQL; and the schema brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from app.host import TicketRef
from app.store import turns

_FROZEN_MS = 60_000  # nothing of ours thinks for so long between two statements
REVISION = "0004"  # of the schema that this code was written for
_MIGRATIONS = Path(__file__).parent / "migrations"


def connect(url: str) -> Engine:
    """An engine for writing: every transaction on SQLite takes the write lock at its start."""
    if not url.startswith("sqlite"):
        engine = sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=20)
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _write_in_turn)
        return engine
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": 0, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    wanted = turns.StopWanted(engine.url.database) if engine.url.database else None
    event.listen(engine, "begin", lambda connection: _begin_immediate(connection, wanted))
    return engine


def readers(engine: Engine) -> Engine:
    """A sibling engine for reading, which never waits for a writer: on SQLite deferred, on PostgreSQL in no lane.

    A transaction sees one moment throughout: the log's entries and its tail, say, as they were together.
    """
    if engine.dialect.name != "sqlite":
        return engine.execution_options(reading=True, isolation_level="REPEATABLE READ", postgresql_readonly=True)
    reading = sa.create_engine(
        engine.url, hide_parameters=True, connect_args={"timeout": 5, "check_same_thread": False}
    )
    event.listen(reading, "connect", _prepare_sqlite)
    event.listen(reading, "connect", lambda connection, _record: connection.execute("PRAGMA query_only=ON"))
    event.listen(reading, "begin", lambda connection: connection.connection.driver_connection.execute("BEGIN"))
    return reading


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # A process that froze inside a transaction holds its locks: the server ends it, so that a stop gets through.
    connection.execute(f"SET idle_in_transaction_session_timeout = {_FROZEN_MS}")
    connection.commit()


def _write_in_turn(connection: Connection) -> None:
    if not connection.get_execution_options().get("reading"):
        turns.take_a_lane(connection)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        turns.patiently(lambda pragma=pragma: connection.execute(f"PRAGMA {pragma}"))  # type: ignore[misc]


def _begin_immediate(connection: Connection, wanted: turns.StopWanted | None) -> None:
    # The driver itself is asked: SQLAlchemy would build and wrap an exception for every try that finds it locked.
    raw: Any = connection.connection.driver_connection
    try:
        turns.patiently(lambda: raw.execute("BEGIN IMMEDIATE"), wanted)
    except sqlite3.OperationalError:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the last try raises what everybody above knows how to name


def one_at_a_time(tx: Connection, key: str) -> None:
    """Whoever else asks for that key waits until we commit. On SQLite every writer waits for every other anyhow."""
    if tx.dialect.name == "postgresql":
        tx.execute(_ALONE, {"key": key})


def alone_with(tx: Connection, ref: TicketRef) -> None:
    """The same for one ticket: two who have it in hand write of it one after the other, and never wait in a ring."""
    one_at_a_time(tx, f"{ref.host}:{ref.ticket}")


def alone_about(tx: Connection, subject: str) -> None:
    """The same for one customer: nobody forgets them while something of theirs is begun, which would lose its key."""
    one_at_a_time(tx, f"subject:{subject}")


_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))")
_REVISION = sa.text("SELECT version_num FROM alembic_version")


class OtherRelease(Exception):
    """The database was brought to another schema than this code knows: it belongs to another release."""


def of_this_release(tx: Connection) -> None:
    """Raises OtherRelease. A worker that outlived a deployment must not send by rules that are no longer ours."""
    found = tx.execute(_REVISION).scalar()
    if found != REVISION:
        raise OtherRelease(f"the database is at revision {found}, this process knows {REVISION}: start it again")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to the newest revision; a second process waits and finds it done."""
    _migrate(engine, lambda command, config: command.upgrade(config, revision))


def downgrade(engine: Engine) -> None:
    """Take the whole schema down again: for tests and for nothing else."""
    _migrate(engine, lambda command, config: command.downgrade(config, "base"))


def _migrate(engine: Engine, move: Callable[[Any, Any], None]) -> None:
    from alembic import command  # 10 MB that no process needs after its start
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as tx:
        one_at_a_time(tx, "migrations")
        config.attributes["connection"] = tx
        move(command, config)

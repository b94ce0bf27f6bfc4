"""Whose turn it is to write: SQLite's lock taken by short tries, and everybody stands back while a stop is wanted."""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

PATIENCE = 20.0  # seconds a writer waits for its turn; then "database is locked", and nothing was written
STAND_BACK = 1.0  # seconds at most: whoever wanted to stop and froze must not keep everybody waiting
_ABREAST = 2  # so many write at once: a stop waits for no more, and they queue for the audit log's tail anyhow
_LANES = 0x1A9E  # PostgreSQL's advisory locks, one for each of them
_TURNSTILE = 0x5707  # PostgreSQL's advisory lock: shared by whoever reads the switch to act, alone for a stop
_ahead = threading.local()


def patiently(act: Callable[[], object], wanted: StopWanted | None = None) -> None:
    """Act when the database is free. SQLite's own busy wait backs off and starves: one try a millisecond is fair."""
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        try:
            if wanted is None or waited > STAND_BACK or not wanted.by_another():
                act()
                return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or waited > PATIENCE:
                raise
        time.sleep(0.001 * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret


class StopWanted:
    """A file beside the database that a stop holds locked while it waits for its turn. A kill lets go of it."""

    def __init__(self, database: str) -> None:
        self._path, self._process, self._file = f"{database}-stop", 0, -1

    def by_another(self) -> bool:
        """Does somebody else wait to stop everything?"""
        if getattr(_ahead, "stopping", False):
            return False
        try:
            fcntl.flock(self._probe(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return False

    def _probe(self) -> int:
        if self._process != os.getpid():  # a fork's copy would share the lock with its parent
            self._process, self._file = os.getpid(), self._open()
        return self._file

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def now(self) -> Iterator[None]:
        """We want to stop: the others stand back."""
        file, _ahead.stopping = self._open(), True
        try:
            self._take(file)
            yield
        finally:
            _ahead.stopping = False
            os.close(file)

    def _take(self, file: int) -> None:
        """If another stop has it, perhaps a frozen one, the writers stand back already: we go on."""
        for _ in range(20):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.0005)
            else:
                return

    def __del__(self) -> None:
        if self._process == os.getpid():
            os.close(self._file)


@contextmanager
def ahead_of_all(engine: Engine) -> Iterator[None]:
    """For a stop: whoever wants to write stands back until we have written."""
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database:
        with StopWanted(database).now():
            yield
        return
    _ahead.stopping = True
    try:
        yield
    finally:
        _ahead.stopping = False


def take_a_lane(tx: Connection) -> None:
    """Before writing to PostgreSQL; a stop needs none. Else it would queue for the log behind everybody who writes."""
    if not getattr(_ahead, "stopping", False):
        tx.execute(_LANE, {"key": _LANES, "abreast": _ABREAST})


def pass_turnstile(tx: Connection) -> None:
    """Before reading the switch to act by it. A stop that waits lets nobody else past.

    PostgreSQL alone would let each further FOR SHARE in beside the others, and a stop's FOR UPDATE could wait for ever.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(_PASS, {"key": _TURNSTILE})


def close_turnstile(tx: Connection) -> None:
    """For whoever changes the switch: those who passed finish first, nobody else passes before we commit."""
    if tx.dialect.name == "postgresql":
        tx.execute(_CLOSE, {"key": _TURNSTILE})


_LANE = sa.text("SELECT pg_advisory_xact_lock(:key, pg_backend_pid() % :abreast)")
_PASS = sa.text("SELECT pg_advisory_xact_lock_shared(:key)")
_CLOSE = sa.text("SELECT pg_advisory_xact_lock(:key)")

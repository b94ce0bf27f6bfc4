"""Where a sandbox keeps everything: one SQLite file, one lock, one transaction at a time."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.ledger import Ledger

Doc = dict[str, Any]

_META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);"


class Documents:
    """Documents in tables. `write()` is the critical section in which everything that changes, changes."""

    def __init__(self, home: Path, name: str, schema: str, now: Callable[[], float] = time.time) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.ahead = 0.0
        self.now: Callable[[], float] = lambda: now() + self.ahead
        self.changed = threading.Event()
        self._lock = threading.RLock()
        self._after_commit: list[Callable[[], None]] = []
        self._db = sqlite3.connect(home / f"{name}.db", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(f"BEGIN; {_META} {schema} COMMIT;")
        self.ledger = Ledger(home / "ledger.jsonl")
        self.ledger.catch_up(self.docs("SELECT doc FROM ledger ORDER BY comment_id"))

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def write(self) -> Iterator[None]:
        """One durable transaction; what `enter` collected is written before the lock is given back."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._after_commit.clear()
                self._db.rollback()
                raise
            self._run_after_commit()
        self.changed.set()

    def enter(self, entry: Doc) -> None:
        """Into the ledger's file once this transaction is durable, before the lock is given back."""
        self._after_commit.append(lambda: self.ledger.append(entry))

    def _run_after_commit(self) -> None:
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            action()

    # Rows --------------------------------------------------------------------------------------------
    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def docs(self, sql: str, *values: object) -> list[Doc]:
        """The statement's only column is a document."""
        return [json.loads(text) for (text,) in self.rows(sql, *values)]

    def doc(self, sql: str, *values: object) -> Doc | None:
        found = self.docs(sql, *values)
        return found[0] if found else None

    def execute(self, sql: str, *values: object) -> int:
        """Rows changed. Only inside `write()`."""
        with self._lock:
            if not self._db.in_transaction:
                message = "a change outside of write()"
                raise RuntimeError(message)
            return self._db.execute(sql, values).rowcount

    # Small things that last --------------------------------------------------------------------------
    def meta(self, key: str, default: Any = None) -> Any:
        found = self.rows("SELECT value FROM meta WHERE key=?", key)
        return json.loads(found[0][0]) if found else default

    def set_meta(self, key: str, value: Any) -> None:
        self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, json.dumps(value))

    def version(self) -> int:
        """Grows with each visible change: what a polling page compares."""
        return int(self.meta("version", 0))

    def bump(self) -> None:
        self.set_meta("version", self.version() + 1)

    def next(self, key: str, first: int) -> int:
        """The next number of that row of numbers. Only inside `write()`."""
        value = int(self.meta(key, first))
        self.set_meta(key, value + 1)
        return value


def dump(doc: Doc) -> str:
    return json.dumps(doc, ensure_ascii=False)

"""What the sandbox Gmail keeps, and the numbers that it gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sandbox.documents import Doc, Documents, dump

__all__ = ["Doc", "Store", "dump"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS mailboxes (email TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS labels (mailbox TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (mailbox, id));
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, mailbox TEXT NOT NULL, thread TEXT NOT NULL, at INTEGER NOT NULL,
    labels TEXT NOT NULL, history INTEGER NOT NULL, message_id TEXT NOT NULL, raw BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_thread ON messages (mailbox, thread, at);
CREATE INDEX IF NOT EXISTS messages_by_name ON messages (mailbox, message_id);
CREATE TABLE IF NOT EXISTS drafts (id TEXT PRIMARY KEY, mailbox TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS history (id INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, kind TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS history_by_mailbox ON history (mailbox, id);
CREATE TABLE IF NOT EXISTS pushes (id INTEGER PRIMARY KEY, due REAL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS units (mailbox TEXT NOT NULL, at REAL NOT NULL, method TEXT NOT NULL, units INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS units_by_mailbox ON units (mailbox, at);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (comment_id TEXT PRIMARY KEY, doc TEXT NOT NULL);
"""
FIRST_ID = 0x18C2A5F0B1D3E4F5  # sixteen hexadecimal digits, below 2^63
FIRST_HISTORY = 9876543000
STEP = 7  # history ids rise and are not contiguous


class Store(Documents):
    """Every mailbox of one sandbox Gmail."""

    def __init__(self, home: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(home, "gmail", SCHEMA, now)

    def next_message_id(self) -> str:
        return f"{self.next('next_message', FIRST_ID):016x}"

    def next_draft_id(self) -> str:
        return f"r-{self.next('next_draft', 8123)}"

    def next_history_id(self) -> int:
        return FIRST_HISTORY + STEP * self.next("next_history", 1)

    def newest_history_id(self) -> int:
        return FIRST_HISTORY + STEP * (int(self.meta("next_history", 1)) - 1)

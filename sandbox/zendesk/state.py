"""What the sandbox Zendesk keeps, and the numbers and times that it gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sandbox.documents import Doc, Documents, dump

__all__ = ["Doc", "Store", "dump"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, email TEXT UNIQUE NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS groups (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS memberships (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, group_id INTEGER NOT NULL,
    doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tickets (id INTEGER PRIMARY KEY, generated REAL NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS tickets_by_change ON tickets (generated, id);
CREATE TABLE IF NOT EXISTS audits (id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL, speaks INTEGER NOT NULL,
    doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS audits_by_ticket ON audits (ticket_id, speaks, id);
CREATE TABLE IF NOT EXISTS ledger (comment_id INTEGER PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS triggers (id INTEGER PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS invocations (id TEXT PRIMARY KEY, due REAL, status TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS invocations_by_due ON invocations (due);
CREATE TABLE IF NOT EXISTS ratings (id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS webhooks (id TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, at REAL NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_clients (identifier TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_codes (code TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_tokens (id INTEGER PRIMARY KEY, access TEXT UNIQUE NOT NULL, refresh TEXT UNIQUE,
    doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (invocation_id TEXT NOT NULL, webhook_id TEXT NOT NULL, at REAL NOT NULL,
    good INTEGER NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_invocation ON attempts (invocation_id);
CREATE INDEX IF NOT EXISTS attempts_by_time ON attempts (webhook_id, at);
"""
FIRST_ID = 33144692000001
FIRST_TICKET_ID = 1001


class Store(Documents):
    """Everything that one Zendesk account holds."""

    def __init__(self, home: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(home, "zendesk", SCHEMA, now)

    def next_id(self) -> int:
        """Fourteen digits, as Zendesk gives to everything but tickets."""
        return self.next("next_id", FIRST_ID)

    def next_ticket_id(self) -> int:
        """Tickets have short numbers, one after the other."""
        return self.next("next_ticket_id", FIRST_TICKET_ID)

    def stamp(self, at: float | None = None) -> str:
        """Zendesk's time: UTC, whole seconds."""
        moment = datetime.fromtimestamp(self.now() if at is None else at, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

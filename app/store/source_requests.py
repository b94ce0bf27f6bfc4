"""Requests for a source: a text that a second person must approve before drafts may rest on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.sources import Source, parse_source
from app.store.tables import source_request as table

OPEN, PUBLISHED, WITHDRAWN, SUPERSEDED = "open", "published", "withdrawn", "superseded"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for. Its text never changes."""

    id: int
    source_id: str
    language: str
    replaces: int
    change: str
    sha256: str
    text: str
    name: str
    author: str
    reason: str
    asked_at: datetime
    state: str
    approved_by: str | None

    @property
    def source(self) -> Source:
        """The document, read."""
        return parse_source(self.text, self.name)

    @property
    def key(self) -> tuple[str, str]:
        """Which document."""
        return self.source_id, self.language


_COLUMNS = [table.c[name] for name in Request.__dataclass_fields__]


def ask(
    tx: Connection, source: Source, text: str, name: str, replaces: int, change: str, author: str, reason: str, now: datetime
) -> Request:  # fmt: skip
    """Write it down; an older open request for the same document gives way."""
    older = sa.and_(table.c.source_id == source.id, table.c.language == source.language, table.c.state == OPEN)
    tx.execute(table.update().where(older).values(state=SUPERSEDED, ended_at=now))
    row = {"source_id": source.id, "language": source.language, "replaces": replaces, "change": change}
    hashed = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text, "name": name}
    whose = {"author": author, "reason": reason, "asked_at": now, "state": OPEN}
    made = table.insert().values(**row, **hashed, **whose).returning(*_COLUMNS)
    return Request(**tx.execute(made).one()._mapping)


def find(tx: Connection, request_id: int) -> Request | None:
    """That one."""
    row = tx.execute(sa.select(*_COLUMNS).where(table.c.id == request_id)).one_or_none()
    return Request(**row._mapping) if row else None


def held(tx: Connection, request_id: int) -> Request | None:
    """That one, nobody else's to end until the caller commits."""
    row = tx.execute(sa.select(*_COLUMNS).where(table.c.id == request_id).with_for_update()).one_or_none()
    return Request(**row._mapping) if row else None


def open_ones(tx: Connection) -> list[Request]:
    """What waits for a second person."""
    rows = tx.execute(sa.select(*_COLUMNS).where(table.c.state == OPEN).order_by(table.c.id))
    return [Request(**row._mapping) for row in rows]


def end(tx: Connection, request_id: int, state: str, now: datetime, approved_by: str | None = None) -> None:
    """It is decided."""
    values = {"state": state, "ended_at": now, "approved_by": approved_by}
    tx.execute(table.update().where(table.c.id == request_id).values(**values))

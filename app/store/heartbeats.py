"""Heartbeats: who was alive when, and what is wrong since when, for people to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.host import HostError
from app.store.tables import heartbeat as table

TEST = "test:"  # what a person found when they tested a connection


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life. `trouble` None: all well."""

    name: str
    at: datetime
    trouble: str | None
    since: datetime | None


def beat(tx: Connection, name: str, now: datetime, trouble: str | None = None) -> datetime | None:
    """I am here; this is wrong, or nothing. Returns since when something is wrong."""
    began = tx.execute(sa.select(table.c.since).where(table.c.name == name)).scalar()
    since: datetime | None = None if trouble is None else began or now
    values: dict[str, Any] = {"at": now, "trouble": trouble, "since": since}
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table).values(name=name, **values)
    tx.execute(insert.on_conflict_do_update(index_elements=[table.c.name], set_=values))
    return since


def of(tx: Connection, name: str) -> Beat | None:
    """The last sign of life of that one."""
    row = tx.execute(_OF, {"name": name}).one_or_none()
    return Beat(**row._mapping) if row else None


_OF = sa.select(table).where(table.c.name == sa.bindparam("name"))


def missed(tx: Connection, name: str, now: datetime, error: HostError) -> None:
    """An attempt at a host failed. One that is only to wait got an answer: that is no trouble while it does not last."""
    if not error.retry_after:
        beat(tx, name, now, str(error))


def everybody(tx: Connection) -> list[Beat]:
    """All of them."""
    return [Beat(**row._mapping) for row in tx.execute(sa.select(table).order_by(table.c.name))]

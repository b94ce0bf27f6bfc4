"""Heartbeats: who was alive when, and what is wrong since when, for people to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store.tables import heartbeat as table


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life. `trouble` None: all well."""

    name: str
    at: datetime
    trouble: str | None
    since: datetime | None


def beat(tx: Connection, name: str, now: datetime, trouble: str | None = None) -> None:
    """I am here; this is wrong, or nothing."""
    row = tx.execute(sa.select(table.c.since).where(table.c.name == name)).one_or_none()
    since = None if trouble is None else (row.since if row and row.since else now)
    values = {"at": now, "trouble": trouble, "since": since}
    if row is None:
        tx.execute(table.insert().values(name=name, **values))
    else:
        tx.execute(table.update().where(table.c.name == name).values(**values))


def everybody(tx: Connection) -> list[Beat]:
    """All of them."""
    return [Beat(**row._mapping) for row in tx.execute(sa.select(table).order_by(table.c.name))]

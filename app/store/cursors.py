"""Cursors: from where the next poll of a host starts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.store.tables import cursor


def read(tx: Connection, host: str) -> str | None:
    """Where we are; None: at the beginning."""
    return tx.execute(sa.select(cursor.c.value).where(cursor.c.host == host)).scalar()


def move(tx: Connection, host: str, value: str, now: datetime) -> None:
    """Remember it, in the transaction of the rows that it stands for."""
    values = {"value": value, "moved_at": now}
    if tx.execute(cursor.update().where(cursor.c.host == host).values(**values)).rowcount == 0:
        tx.execute(cursor.insert().values(host=host, **values))


def advance(tx: Connection, host: str, since: str | None, value: str, now: datetime) -> None:
    """As `move`, but only from where that look began: one that another overtook leaves the cursor where it is."""
    if since is None:
        insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(cursor)
        tx.execute(insert.values(host=host, value=value, moved_at=now).on_conflict_do_nothing())
        return
    mine = sa.and_(cursor.c.host == host, cursor.c.value == since)
    tx.execute(cursor.update().where(mine).values(value=value, moved_at=now))

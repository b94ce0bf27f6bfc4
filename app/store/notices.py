"""Notices: filed once with what they tell of, sent afterwards, kept until they arrived or were given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.store.tables import notice as table

MAIL, CHAT = "mail", "chat"
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given-up"
TRIES = 12  # with the gaps below about a day and a half
LEASE = timedelta(minutes=2)  # while one process sends it no other does
_GAPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))
_KEPT = timedelta(days=30)
_SHOWN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one address; `key` is what makes it the same message."""

    id: int
    road: str
    address: str
    subject: str
    body: str
    tries: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What has not arrived, and the newest reason."""

    waiting: int
    given_up: int
    why: str


def file(tx: Connection, key: str, road: str, address: str, subject: str, body: str, now: datetime) -> None:
    """To be sent; what was filed for that address under that key before is not filed again."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    told = {"key": key, "road": road, "address": address, "subject": subject, "body": body}
    state = {"state": WAITING, "tries": 0, "not_before": now, "made_at": now}
    tx.execute(insert(table).values(**told, **state).on_conflict_do_nothing())


def are_due(tx: Connection, now: datetime) -> bool:
    """May any be sent now?"""
    return tx.execute(sa.select(table.c.id).where(_due(now)).limit(1)).first() is not None


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.state == WAITING, table.c.not_before <= now)


def take(tx: Connection, now: datetime, most: int = 50) -> list[Notice]:
    """What may be sent now, oldest first; nobody else takes it while the lease lasts."""
    columns = [table.c[name] for name in Notice.__dataclass_fields__]
    due = sa.select(*columns).where(_due(now))
    rows = tx.execute(due.order_by(table.c.id).limit(most).with_for_update(skip_locked=True)).all()
    mine = table.c.id.in_([row.id for row in rows])
    tx.execute(table.update().where(mine).values(not_before=now + LEASE))
    return [Notice(**row._mapping) for row in rows]


def sent(tx: Connection, notice: Notice) -> None:
    """It is out."""
    tx.execute(table.update().where(table.c.id == notice.id).values(state=SENT, trouble=None))


def failed(tx: Connection, notice: Notice, trouble: str, now: datetime) -> None:
    """Again later, with growing gaps; after the last try it stays, for people to see."""
    over = notice.tries + 1 >= TRIES
    gap = _GAPS[min(notice.tries, len(_GAPS) - 1)]
    values = {"tries": notice.tries + 1, "trouble": trouble, "not_before": now + gap}
    tx.execute(table.update().where(table.c.id == notice.id).values(state=GIVEN_UP if over else WAITING, **values))


def later(tx: Connection, notice: Notice, now: datetime) -> None:
    """Not tried: something before it on the same road failed."""
    tx.execute(table.update().where(table.c.id == notice.id).values(not_before=now))


def trouble(tx: Connection, now: datetime) -> Trouble | None:
    """What waits after a failed try, and what was given up in the last week; None: all well."""
    lost = sa.and_(table.c.state == GIVEN_UP, table.c.made_at > now - _SHOWN)
    late = sa.and_(table.c.state == WAITING, table.c.tries > 0)
    rows = tx.execute(sa.select(table.c.state, table.c.trouble).where(lost | late).order_by(table.c.id)).all()
    if not rows:
        return None
    waiting = sum(row.state == WAITING for row in rows)
    return Trouble(waiting, len(rows) - waiting, rows[-1].trouble or "")


def forget(tx: Connection, now: datetime) -> None:
    """What is over for a month goes."""
    tx.execute(table.delete().where(table.c.state != WAITING, table.c.made_at < now - _KEPT))

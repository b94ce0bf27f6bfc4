"""The inbox: every announced event as a row, before the host is answered; a redelivery adds nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.host import Arrival, TicketRef
from app.store import subjects, waits
from app.store.keys import Keys, seal, unseal
from app.store.tables import inbox

RECEIVED, DONE, UNUSABLE, FAILED, GONE = "received", "done", "unusable", "failed", "gone"
_OUR_OWN_LOOKS = ("poll", "again")  # they find something new only where a webhook was lost
_LONGEST = 200
_AT_ONCE = 500
GAPS = (timedelta(seconds=30), timedelta(minutes=5))  # two gaps between three attempts


@dataclass(frozen=True, slots=True)
class Waiting:
    """One announced event that wants a worker."""

    id: int
    ref: TicketRef
    tries: int
    forgets: str | None = None  # the name of what was removed at the host: nothing is prepared, something is forgotten


def add(tx: Connection, keys: Keys, host: str, arrivals: Sequence[Arrival], now: datetime) -> list[int]:
    """File what arrived; returns the ids of the rows that are new and want a worker."""
    ids = [_add(tx, keys, host, arrival, now) for arrival in arrivals]
    return [row_id for row_id in ids if row_id is not None]


def _add(tx: Connection, keys: Keys, host: str, arrival: Arrival, now: datetime) -> int | None:
    values = dict(  # noqa: C408 - reads as the row it makes
        host=host,
        delivery_key=_delivery_key(host, arrival),
        kind=arrival.kind[:80],
        ticket=arrival.ref.ticket if arrival.ref else None,
        forgets=_forgets(keys, host, arrival),
        raw=seal(keys.sealing("inbox"), arrival.raw) if arrival.raw is not None else None,
        received_at=now,
        not_before=now,
        state=_state_of(arrival),
    )
    row_id = tx.execute(_ADD[tx.dialect.name], values).scalar()
    return row_id if _state_of(arrival) == RECEIVED else None


# Made once: this runs inside the write lock, for every delivery.
_ADD = {
    name: insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def _delivery_key(host: str, arrival: Arrival) -> str:
    key = f"{host}:{arrival.delivery_key}"
    return key if len(key) <= _LONGEST else f"{host}:{hashlib.sha256(key.encode()).hexdigest()}"


def _forgets(keys: Keys, host: str, arrival: Arrival) -> str | None:
    if arrival.removed and arrival.person is not None:
        return keys.subject(host, arrival.person)
    return subjects.of_ticket(arrival.ref) if arrival.removed and arrival.ref is not None else None


def _state_of(arrival: Arrival) -> str:
    if arrival.ref is None and arrival.person is None:
        return UNUSABLE
    return DONE if arrival.idle else RECEIVED


def again(ref: TicketRef, key: str) -> Arrival:
    """An announcement of our own: look at that ticket again."""
    return Arrival(delivery_key=key, kind="again", ref=ref)


def waiting(tx: Connection, row_id: int) -> Waiting | None:
    """That row, if it still wants work."""
    row = tx.execute(_WAITING, {"row": row_id}).one_or_none()
    return Waiting(row.id, TicketRef(row.host, row.ticket or ""), row.tries, row.forgets) if row else None


def hints(tx: Connection, host: str) -> list[int]:
    """Rows that only say that something changed at that host, and wait for a look."""
    mine = sa.and_(inbox.c.host == host, inbox.c.ticket == "", inbox.c.state == RECEIVED)
    return list(tx.execute(sa.select(inbox.c.id).where(mine)).scalars())


def heeded(tx: Connection, ids: Sequence[int]) -> None:
    """A look that began after them found what they were about."""
    for start in range(0, len(ids), _AT_ONCE):
        wanted = inbox.c.id.in_(ids[start : start + _AT_ONCE])
        tx.execute(inbox.update().where(wanted).values(state=DONE, trouble=None))


def busy_with(tx: Connection, host: str, ticket: str) -> bool:
    """Does something announced about that ticket still wait for a worker?"""
    waiting = sa.and_(inbox.c.state == RECEIVED, inbox.c.kind.not_in(_OUR_OWN_LOOKS))
    where = sa.and_(inbox.c.host == host, inbox.c.ticket == ticket, waiting)
    return tx.execute(sa.select(inbox.c.id).where(where).limit(1)).first() is not None


def due(tx: Connection, now: datetime, limit: int = 500) -> list[int]:
    """Rows that want a worker now, oldest first."""
    over = sa.or_(
        waits.over(inbox.c.not_before, now), inbox.c.received_at > now
    )  # filed tomorrow: the clock was set back
    wanted = sa.select(inbox.c.id).where(inbox.c.state == RECEIVED, over)
    return list(tx.execute(wanted.order_by(inbox.c.id).limit(limit)).scalars())


def done(tx: Connection, row_id: int) -> None:
    """Nothing more to do for that event."""
    tx.execute(_WRITE, {"row": row_id, "state": DONE, "trouble": None})


_ROW = inbox.c.id == sa.bindparam("row")
_WAITING = sa.select(inbox.c.id, inbox.c.host, inbox.c.ticket, inbox.c.tries, inbox.c.forgets).where(
    _ROW, inbox.c.state == RECEIVED
)
_WRITE = inbox.update().where(_ROW)


def gone(tx: Connection, row_id: int, why: str) -> None:
    """The host says for good that there is nothing to read: shown to people, not tried again."""
    tx.execute(inbox.update().where(inbox.c.id == row_id).values(state=GONE, trouble=why))


def later(tx: Connection, row_id: int, now: datetime, why: str, wait: timedelta) -> None:
    """The host is away or another worker is at it: not the event's fault, so no attempt is counted."""
    values = {"not_before": now + wait, "trouble": why}
    tx.execute(inbox.update().where(inbox.c.id == row_id, inbox.c.state == RECEIVED).values(**values))


def failed(tx: Connection, row: Waiting, now: datetime, why: str) -> bool:
    """Count an attempt. True: that was the last, the event is a person's now."""
    last = row.tries >= len(GAPS)
    values = {"tries": row.tries + 1, "trouble": why, "state": FAILED if last else RECEIVED}
    gap = timedelta() if last else GAPS[row.tries]
    tx.execute(inbox.update().where(inbox.c.id == row.id).values(**values, not_before=now + gap))
    return last


def troubled(tx: Connection, since: datetime) -> Sequence[Any]:
    """What people must see: unusable bodies and failed events since then, and events that wait for a reason."""
    columns = (inbox.c.id, inbox.c.state, inbox.c.ticket, inbox.c.trouble, inbox.c.received_at)
    kept = sa.and_(inbox.c.state.in_((UNUSABLE, FAILED, GONE)), inbox.c.received_at >= since)
    waits = sa.and_(inbox.c.state == RECEIVED, inbox.c.trouble.is_not(None))
    return tx.execute(sa.select(*columns).where(sa.or_(kept, waits)).order_by(inbox.c.id.desc()).limit(100)).all()


def unusable_body(tx: Connection, keys: Keys, row_id: int) -> bytes:
    """The bytes that could not be read, for a person."""
    return unseal(keys.sealing("inbox"), tx.execute(sa.select(inbox.c.raw).where(inbox.c.id == row_id)).scalar_one())

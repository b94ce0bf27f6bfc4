"""Batches: which approvals a person asked for at once, and what became of each asking. The approvals are single ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store import audit, names
from app.store.tables import batch as table
from app.store.tables import batch_item as item

Seen = tuple[str, str]
"""A proposal, and what was seen of it."""
Shown = Mapping[str, int]
"""For how many milliseconds each proposal was on their screen, as their page says."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One of many. Not tried: nobody came to it yet. No `why`: it was approved."""

    proposal_id: str
    seen: str
    tried_at: datetime | None
    why: str | None
    shown_ms: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What somebody asked for at once."""

    id: str
    by: str
    status_after: str | None
    made_at: datetime
    items: tuple[Asking, ...]


def begin(tx: Connection, items: Sequence[Seen], shown: Shown, status: str | None, by: str, now: datetime) -> str:
    """Write down all of it before the first is approved: whatever breaks off, the rest is known."""
    batch_id = names.new(now)
    tx.execute(table.insert().values(id=batch_id, by=by, status_after=status, made_at=now))
    rows = [
        {
            "batch_id": batch_id,
            "place": place,
            "proposal_id": proposal_id,
            "seen": seen,
            "shown_ms": shown.get(proposal_id),
        }
        for place, (proposal_id, seen) in enumerate(items)
    ]
    tx.execute(item.insert(), rows)
    audit.append(tx, now, by, "batch.begun", batch_id, {"approvals": len(items)})
    return batch_id


def tried(tx: Connection, batch_id: str, proposal_id: str, why: str | None, now: datetime) -> None:
    """What became of asking for that one. Where two go on with it at once, the first word counts."""
    mine = sa.and_(item.c.batch_id == batch_id, item.c.proposal_id == proposal_id, item.c.tried_at.is_(None))
    tx.execute(item.update().where(mine).values(tried_at=now, why=why))


def read(tx: Connection, batch_id: str) -> Batch | None:
    """That one."""
    row = tx.execute(sa.select(table).where(table.c.id == batch_id)).one_or_none()
    return _read(tx, row) if row else None


def newest(tx: Connection, by: str, since: datetime) -> Batch | None:
    """The last that this person began since then."""
    mine = sa.select(table).where(table.c.by == by, table.c.made_at >= since)
    row = tx.execute(mine.order_by(table.c.made_at.desc(), table.c.id.desc()).limit(1)).one_or_none()
    return _read(tx, row) if row else None


def _read(tx: Connection, row: sa.Row[tuple[object, ...]]) -> Batch:
    columns = [item.c[name] for name in Asking.__dataclass_fields__]
    found = tx.execute(sa.select(*columns).where(item.c.batch_id == row.id).order_by(item.c.place))
    return Batch(row.id, row.by, row.status_after, row.made_at, tuple(Asking(**one._mapping) for one in found))

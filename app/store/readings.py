"""Readings: what each person made of drafts and how long they looked; theirs to see, and gone after 90 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.reviews import Outcome, reading_floor
from app.store.tables import approval, batch, batch_item, reading

KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Reading:
    """One draft that somebody judged. `shown_ms` None: their page did not say."""

    by: str
    outcome: Outcome
    shown_ms: int | None
    hurried: bool


def is_hurried(outcome: Outcome, shown_ms: int | None, words: int) -> bool:
    """Accepted faster than anybody reads; an edit or a no shows that they read."""
    if shown_ms is None or outcome is not Outcome.ACCEPTED:
        return False
    return timedelta(milliseconds=shown_ms) < reading_floor(words)


def note(tx: Connection, one: Reading, now: datetime) -> None:
    """Beside the outcome, which is kept for good and says nothing of how long they looked."""
    row = {"by": one.by, "outcome": one.outcome, "shown_ms": one.shown_ms, "hurried": one.hurried, "at": now}
    tx.execute(reading.insert(), row)


def since(tx: Connection, at: datetime, by: str | None = None) -> Sequence[Reading]:
    """Of one person, or of everybody."""
    whose = reading.c.at >= at if by is None else sa.and_(reading.c.at >= at, reading.c.by == by)
    columns = (reading.c.by, reading.c.outcome, reading.c.shown_ms, reading.c.hurried)
    rows = tx.execute(sa.select(*columns).where(whose)).all()
    return [Reading(row.by, Outcome(row.outcome), row.shown_ms, row.hurried) for row in rows]


def expire(tx: Connection, now: datetime) -> None:
    """What is older than 90 days, here, on the click itself and in batches."""
    tx.execute(reading.delete().where(reading.c.at < now - KEPT))
    old = sa.and_(approval.c.created_at < now - KEPT, approval.c.shown_ms.is_not(None))
    tx.execute(approval.update().where(old).values(shown_ms=None))
    batches = sa.select(batch.c.id).where(batch.c.made_at < now - KEPT)
    asked = sa.and_(batch_item.c.batch_id.in_(batches), batch_item.c.shown_ms.is_not(None))
    tx.execute(batch_item.update().where(asked).values(shown_ms=None))

"""Accepted findings: a weakness of the policy that two people live with, until a day, for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store.tables import accepted_finding as table


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Asked for by one, granted by another; only then it counts."""

    id: int
    finding: str
    text: str
    reason: str
    expires_at: datetime
    asked_by: str
    asked_at: datetime
    granted_by: str | None


_COLUMNS = [table.c[name] for name in Acceptance.__dataclass_fields__]


def standing(tx: Connection, now: datetime) -> dict[str, Acceptance]:
    """By finding: the newest that has not expired, granted or not."""
    rows = tx.execute(sa.select(*_COLUMNS).where(table.c.expires_at > now).order_by(table.c.id))
    return {row.finding: Acceptance(**row._mapping) for row in rows}


def ask(
    tx: Connection, finding: str, text: str, reason: str, expires_at: datetime, asked_by: str, now: datetime
) -> None:
    """The first person's word."""
    values = {"finding": finding, "text": text, "reason": reason, "expires_at": expires_at}
    tx.execute(table.insert().values(**values, asked_by=asked_by, asked_at=now))


def grant(tx: Connection, acceptance_id: int, granted_by: str, now: datetime) -> None:
    """The second person's; SQL itself refuses the first."""
    tx.execute(table.update().where(table.c.id == acceptance_id).values(granted_by=granted_by, granted_at=now))

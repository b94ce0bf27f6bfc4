"""Gaps: what customers asked and no approved source answered."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store.tables import proposal as table


def unanswered(tx: Connection, since: datetime, until: datetime) -> list[tuple[str | None, str]]:
    """(category, ticket) of each such message, oldest first."""
    mine = sa.and_(table.c.created_at >= since, table.c.created_at < until, table.c.rules.contains("unanswerable"))
    rows = tx.execute(sa.select(table.c.category, table.c.ticket).where(mine).order_by(table.c.created_at))
    return [(row.category, row.ticket) for row in rows]

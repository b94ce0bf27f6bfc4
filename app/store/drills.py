"""Drills: each rehearsal of the stop, how far it is, and what the last good one says of the next."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.policy import Policy
from app.governance.rehearsal import Rehearsed
from app.store.tables import drill as table


def drill_state(tx: Connection, policy: Policy | None) -> Rehearsed:
    """When the stop was last rehearsed well, whose it is and how often it should be. Read it wherever auto-send depends."""
    at: datetime | None = tx.execute(sa.select(sa.func.max(table.c.ended_at)).where(table.c.passed.is_(True))).scalar()
    if policy is None:
        return Rehearsed(at)
    return Rehearsed(at, policy.reviews.drill, policy.owners.rollback)

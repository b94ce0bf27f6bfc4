"""What waits for a host: until when, and why, for people to see; and which attempt it has answered with a no."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import Permit
from app.store.tables import outbox


def ready(tx: Connection, row_id: int, until: datetime, why: str) -> None:
    """The host is away: the row stays READY for later, and says why."""
    mine = sa.and_(outbox.c.id == row_id, outbox.c.state == "READY")
    tx.execute(outbox.update().where(mine).values(not_before=until, reason=why))


def sending(tx: Connection, permit: Permit, until: datetime) -> None:
    """The host wants to be left alone: nobody but a stop fences that attempt before then."""
    mine = sa.and_(outbox.c.id == permit.row, outbox.c.attempt == permit.attempt, outbox.c.state == "SENDING")
    tx.execute(outbox.update().where(mine).values(lease_until=until))


def refused(tx: Connection, permit: Permit, why: str) -> None:
    """The host answered that attempt's one request with a no: nothing of it is on its way any more."""
    mine = sa.and_(outbox.c.id == permit.row, outbox.c.attempt == permit.attempt, outbox.c.state == "SENDING")
    tx.execute(outbox.update().where(mine).values(refused=permit.attempt, reason=why))


def refusal(tx: Connection, permit: Permit) -> str | None:
    """The host's words, if it has answered that very attempt with a no."""
    mine = sa.and_(outbox.c.id == permit.row, outbox.c.refused == permit.attempt)
    return tx.execute(sa.select(outbox.c.reason).where(mine)).scalar()

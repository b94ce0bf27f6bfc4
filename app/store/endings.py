"""How the answer to a proposal ended, or until when it waits, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import Fate, Purpose
from app.store.tables import outbox


@dataclass(frozen=True, slots=True)
class Ending:
    """How the answer to one proposal ended."""

    words: str
    at: datetime


def ending(tx: Connection, proposal_id: str) -> Ending | None:
    """In words, with the host's warning if it had one; None while it has not ended."""
    where = sa.and_(
        outbox.c.proposal_id == proposal_id, outbox.c.purpose == Purpose.ANSWER, outbox.c.settled_at.is_not(None)
    )
    row = tx.execute(
        sa.select(outbox.c.state, outbox.c.fate, outbox.c.reason, outbox.c.delivery, outbox.c.settled_at).where(where)
    ).one_or_none()
    if row is None:
        return None
    said = {Fate.SENT: "sent", Fate.NEVER_SENT: "not sent", Fate.UNCLEAR: "please check"}.get(row.fate, row.state)
    return Ending(": ".join(filter(None, (said, "; ".join(filter(None, (row.reason, row.delivery)))))), row.settled_at)


def held_until(tx: Connection, proposal_id: str) -> datetime | None:
    """When the answer that waits is due."""
    mine = sa.and_(outbox.c.proposal_id == proposal_id, outbox.c.purpose == Purpose.ANSWER, outbox.c.state == "READY")
    return tx.execute(sa.select(outbox.c.not_before).where(mine)).scalar()

"""How the answer to a proposal ended, or until when it waits, in words for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import Fate, Purpose
from app.store.glance import tell
from app.store.tables import outbox


@dataclass(frozen=True, slots=True)
class Ending:
    """How the answer to one proposal ended."""

    words: str
    at: datetime


_COLUMNS = (
    outbox.c.proposal_id,
    outbox.c.state,
    outbox.c.fate,
    outbox.c.reason,
    outbox.c.delivery,
    outbox.c.settled_at,
)
_SETTLED = sa.and_(outbox.c.purpose == Purpose.ANSWER, outbox.c.settled_at.is_not(None))


_WHY = {
    "moved-on": "the thread moved on",
    "escalated": "it was escalated",
    "rollback": "the switch was off",
    "freeze": "this was frozen",
    "recipients": "other people would have got it",
    "source-changed": "a source changed",
    "failed-checks": "the checks object",
    "unapproved": "the approval no longer counts",
}


def ending(tx: Connection, proposal_id: str) -> Ending | None:
    """In words, with the host's warning if it had one; None while it has not ended."""
    row = tx.execute(sa.select(*_COLUMNS).where(outbox.c.proposal_id == proposal_id, _SETTLED)).one_or_none()
    return _in_words(row) if row else None


def look(tx: Connection, proposals: Sequence[str]) -> None:
    """How all these ended, for a glance."""
    rows = tx.execute(sa.select(*_COLUMNS).where(outbox.c.proposal_id.in_(proposals), _SETTLED))
    found = {row.proposal_id: _in_words(row) for row in rows}
    tell(tx, ending, {(one,): found.get(one) for one in proposals})


def _in_words(row: Any) -> Ending:
    said = {Fate.SENT: "sent", Fate.NEVER_SENT: "not sent", Fate.UNCLEAR: "please check"}.get(row.fate, row.state)
    why = [_WHY.get(one, one) for one in (row.reason or "").split("; ")]
    return Ending(": ".join(filter(None, (said, "; ".join(filter(None, (*why, row.delivery)))))), row.settled_at)


def held_until(tx: Connection, proposal_id: str) -> datetime | None:
    """When the answer that waits is due."""
    mine = sa.and_(outbox.c.proposal_id == proposal_id, outbox.c.purpose == Purpose.ANSWER, outbox.c.state == "READY")
    return tx.execute(sa.select(outbox.c.not_before).where(mine)).scalar()

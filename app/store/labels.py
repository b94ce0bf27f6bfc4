"""Labels: what people said the machine had wrong, for learning. The text stays in the proposal's sealed record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.store.keys import Keys
from app.store.record import from_row
from app.store.tables import label, proposal

CATEGORY, NOT_ESCALATION, REDO = "category", "not-escalation", "redo"
_ERASED = "erased"


def add(tx: Connection, proposal_id: str, kind: str, said: str, was: str, by: str, now: datetime) -> None:
    """One thing that a person said of one message. `said` and `was` hold names of the policy, never a customer's words."""
    tx.execute(label.insert().values(proposal_id=proposal_id, kind=kind, said=said, was=was, by=by, at=now))


def of(tx: Connection, proposal_id: str) -> list[Row[Any]]:
    """What people said of that message, oldest first."""
    return list(tx.execute(sa.select(label).where(label.c.proposal_id == proposal_id).order_by(label.c.id)))


def categories(tx: Connection, keys: Keys) -> Iterator[tuple[str, str]]:
    """(text, category) of every message whose category a person confirmed or picked, as they said last."""
    newest = sa.select(sa.func.max(label.c.id)).where(label.c.kind == CATEGORY).group_by(label.c.proposal_id)
    joined = sa.select(proposal, label.c.said).join(label, label.c.proposal_id == proposal.c.id)
    for row in tx.execute(joined.where(label.c.id.in_(newest), proposal.c.state != _ERASED).order_by(label.c.id)):
        yield from_row(tx, keys, row).proposal.text or "", row.said

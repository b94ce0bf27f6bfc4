"""Holding back: approved replies that wait for their moment go back to people when what they rest on changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store import approvals, audit, outbox, proposals
from app.store.tables import proposal

WAITING = (proposals.APPROVED, proposals.HELD)  # for their moment: a person's yes, or auto-send's hold


def hold_back(tx: Connection, proposal_ids: Sequence[str], why: str, now: datetime) -> list[str]:
    """Approved, or held for its moment → offered, with no approval left. The caller holds the switch for itself, so no claim commits beside us.

    Whatever is being sent this moment was claimed before and is past recall; a claim after us reads the sources anew.
    """
    proposals.lock(tx, proposal.c.id.in_(proposal_ids))
    held = [one for one in proposal_ids if outbox.give_back_answer(tx, one, why, now)]
    for one in held:
        approvals.void(tx, one, why, now)
        proposals.move(tx, one, proposals.OFFERED, now, since=WAITING)
    for one in held:
        audit.append(tx, now, "countersign", "proposal.held-back", one, {"why": why})
    return held


def hold_back_categories(tx: Connection, categories: Sequence[str], why: str, now: datetime) -> list[str]:
    """The same for every approved reply of these categories."""
    where = sa.and_(proposal.c.category.in_(categories), proposal.c.state.in_(WAITING))
    approved = tx.execute(sa.select(proposal.c.id).where(where).order_by(proposal.c.id)).scalars()
    return hold_back(tx, list(approved), why, now)

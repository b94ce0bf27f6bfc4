"""Drafts that people changed or refused, opened for whoever may learn from them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.lessons import Judged
from app.governance.reviews import Outcome
from app.store.keys import Keys
from app.store.record import from_row
from app.store.tables import outcome, proposal

MOST = 500  # the latest ones: each is opened with its customer's key


def judged(tx: Connection, keys: Keys, since: datetime) -> list[Judged]:
    """The newest first. An answer that was written by hand is kept by the host alone, so only its weight is known here."""
    wanted = sa.or_(
        outcome.c.outcome == Outcome.REJECTED,
        sa.and_(outcome.c.outcome == Outcome.MATERIAL_EDIT, outcome.c.how != "by hand"),
    )
    chosen = sa.select(proposal, outcome.c.reason.label("refused_for"), outcome.c.outcome.label("ended")).join(
        outcome, outcome.c.proposal_id == proposal.c.id
    )
    where = sa.and_(wanted, outcome.c.at >= since, proposal.c.sealed.is_not(None))  # its words are still here
    rows = tx.execute(chosen.where(where).order_by(outcome.c.at.desc()).limit(MOST)).all()
    return [made for row in rows if (made := _read(tx, keys, row)) is not None]


def _read(tx: Connection, keys: Keys, row: sa.Row[tuple[object, ...]]) -> Judged | None:
    stored = from_row(tx, keys, row)
    first, made = stored.record.first, stored.proposal
    if first is None:
        return None
    refused = row.ended == Outcome.REJECTED
    return Judged(
        category=first.category,
        language=first.language,
        draft=first.text,
        passages=made.passages or (),
        became=None if refused else made.draft.text if made.draft else "",
        reason=row.refused_for if refused else None,
    )

"""Reopening: a proposal back to its beginning, with what a person said of it, so that it is judged anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.correction import Correction
from app.governance.proposal import Proposal
from app.host import Purpose, TicketRef
from app.store import approvals, inbox, outbox, proposals
from app.store.keys import Keys
from app.store.record import Stored, sealed
from app.store.tables import outbox as orders
from app.store.tables import proposal as table

_KEPT = ("host", "ticket", "comment", "queue", "subject", "requester", "cc", "participants")


def reopen(tx: Connection, keys: Keys, stored: Stored, correction: Correction, by: str, now: datetime) -> list[int]:
    """Nothing of the old judgement is left: no draft, no approval, no note on its way. Returns what to ring for.

    The caller holds the proposal, and has taken back an approved answer.
    """
    approvals.void(tx, stored.id, "a person corrected it", now)
    _take_back_notes(tx, stored.id, now)
    record = replace(stored.record, proposal=_fresh(stored.proposal), reasons=(), corrected=correction)
    values = {
        "state": proposals.WORKING,
        "lease_until": now,  # for whichever worker comes first
        "changed_at": now,
        "edited_by": None,
        "confirmed_by": by if correction.category else stored.confirmed_by,
        "sealed": sealed(tx, keys, stored.subject_key, record),
    }
    tx.execute(table.update().where(table.c.id == stored.id).values(**values))
    ref = TicketRef(stored.proposal.host, stored.proposal.ticket)
    again = inbox.again(ref, f"corrected:{stored.id}:{now.isoformat()}")
    return inbox.add(tx, keys, ref.host, [again], now)


def _fresh(old: Proposal) -> Proposal:
    return Proposal(**{name: getattr(old, name) for name in _KEPT})


def _take_back_notes(tx: Connection, proposal_id: str, now: datetime) -> None:
    waiting = sa.and_(orders.c.proposal_id == proposal_id, orders.c.purpose != Purpose.ANSWER)
    for row_id in tx.execute(sa.select(orders.c.id).where(waiting)).scalars().all():
        outbox.give_back(tx, row_id, "a person corrected it", now)

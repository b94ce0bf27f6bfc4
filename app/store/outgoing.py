"""What an attempt writes: the same words when it is prepared, when it is sent and when it is looked for afterwards."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.policy import Mode
from app.host import Outgoing, Purpose, TicketRef
from app.store import approvals, proposals, staff
from app.store.approvals import Approval
from app.store.keys import Keys, unseal
from app.store.record import Stored
from app.store.tables import outbox as table


def prepared(tx: Connection, keys: Keys, row_id: int) -> Outgoing | None:
    """What that row would write, as it stands; the claim decides anew. None: its words were erased."""
    row = tx.execute(_ROW, {"row": row_id}).one()
    stored = proposals.load(tx, keys, row.proposal_id)
    return message(tx, row, keys.of(tx, stored.subject_key), stored, row.policy_version) if stored else None


_ROW = sa.select(table).where(table.c.id == sa.bindparam("row"))


def message(
    tx: Connection, row: Row[Any], key: bytes, stored: Stored, version: int | None, known: Approval | None = None
) -> Outgoing:
    """That row's message, the proposal as it is now. `known`: the approval in force, where the caller has read it."""
    approval = known if known and known.id == row.approval_id else approvals.by_id(tx, row.approval_id)
    member = staff.by_id(tx, approval.actor) if approval else None
    elsewhere = member is not None and member.host != row.host  # their id there is nobody's here, or somebody else's
    answers, draft = row.purpose == Purpose.ANSWER, stored.proposal.draft
    return Outgoing(
        ref=TicketRef(row.host, row.ticket),
        send_id=row.send_id,
        body=unseal(key, row.body_sealed).decode(),
        purpose=Purpose(row.purpose),
        author=approval.actor_host_id if approval and not elsewhere else None,
        author_email=member.email if member else None,
        status=approval.status_after if approval else None,
        mode=_mode(stored, approved=approval is not None),
        policy_version=version or 0,
        approved_by=approval.actor if approval else None,
        cc=stored.proposal.cc if answers else (),
        comment=stored.proposal.comment,
        offered=draft.text if row.purpose == Purpose.OFFER and draft else "",
    )


def _mode(stored: Stored, *, approved: bool) -> str:
    """Who sends it: what somebody approved never went by itself, however far its category may go."""
    mode = stored.mode or Mode.DRAFT
    return (min(mode, Mode.ASSISTED) if approved else mode).label

"""Answers under way to a ticket that becomes an escalation: those that wait are taken back, those that fly are fenced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import Purpose
from app.store import approvals, audit, outbox, proposals
from app.store.keys import Keys
from app.store.tables import outbox as orders


def waiting(tx: Connection, keys: Keys, host: str, ticket: str) -> list[tuple[int, str]]:
    """(row, proposal) of every answer that waits for its moment on that ticket, held until the caller commits.

    After the switch, before anything is written to the log.
    """
    found = [(row.id, row.proposal_id) for row in tx.execute(_WAITING, {"host": host, "ticket": ticket})]
    for _, proposal_id in found:
        proposals.hold(tx, keys, proposal_id)
    for row, _ in found:
        tx.execute(sa.select(orders.c.id).where(orders.c.id == row).with_for_update())
    return found


_WAITING = (
    sa.select(orders.c.id, orders.c.proposal_id)
    .where(orders.c.host == sa.bindparam("host"), orders.c.ticket == sa.bindparam("ticket"))
    .where(orders.c.state == outbox.READY, orders.c.purpose == Purpose.ANSWER)
    .order_by(orders.c.id)
)


def take_back(tx: Connection, held: Sequence[tuple[int, str]], now: datetime) -> None:
    """Those answers go back to people, provably unsent."""
    for row, proposal_id in held:
        if outbox.give_back(tx, row, "escalation", now):
            approvals.void(tx, proposal_id, "escalated", now)
            proposals.move(tx, proposal_id, proposals.HUMAN, now, since=(proposals.APPROVED, proposals.HELD))
            header = {"row": row, "rules": ["escalation"]}
            audit.append(tx, now, "countersign", "answer.refused", proposal_id, header)


def flying(tx: Connection, host: str, ticket: str) -> list[int]:
    """Answers that are on their way to that ticket: to be fenced, whatever their lease says."""
    here = sa.and_(orders.c.host == host, orders.c.ticket == ticket, orders.c.state == outbox.SENDING)
    return list(tx.execute(sa.select(orders.c.id).where(here, orders.c.purpose == Purpose.ANSWER)).scalars())

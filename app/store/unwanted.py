"""What may still lie at a host though nobody wants it any more: prepared and not sent, or offered and overtaken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import Outgoing, Purpose, TicketRef
from app.store.proposals import OPEN
from app.store.switch import ALL
from app.store.tables import outbox, proposal, switch

LATELY = timedelta(hours=1)  # what is older was looked at while it was new


@dataclass(frozen=True, slots=True)
class Unwanted:
    """`key` changes when there is a reason to look again."""

    key: str
    message: Outgoing


def on(tx: Connection, host: str, now: datetime) -> list[Unwanted]:
    """Answers that ended, and offers whose proposal is no more open or whose queue was stopped. Their words are not needed."""
    stopped = sa.exists().where(switch.c.state != "LIVE", switch.c.scope.in_([ALL, outbox.c.queue]))
    ended = sa.and_(
        outbox.c.purpose == Purpose.ANSWER, outbox.c.state.in_(["SENT", "HUMAN"]), outbox.c.settled_at > now - LATELY
    )
    overtaken = sa.and_(proposal.c.state.not_in(OPEN), proposal.c.changed_at > now - LATELY)
    offered = sa.and_(
        outbox.c.purpose == Purpose.OFFER,
        outbox.c.state.in_(["SENT", "HUMAN"]),
        sa.or_(overtaken, sa.and_(proposal.c.state.in_(OPEN), stopped)),
    )
    columns = (
        outbox.c.id,
        outbox.c.attempt,
        outbox.c.ticket,
        outbox.c.send_id,
        outbox.c.purpose,
        proposal.c.changed_at,
    )
    wanted = sa.select(*columns).join(proposal, proposal.c.id == outbox.c.proposal_id)
    rows = tx.execute(wanted.where(outbox.c.host == host, sa.or_(ended, offered)).order_by(outbox.c.id)).all()
    return [
        Unwanted(
            f"{row.id}:{row.attempt}:{row.changed_at.isoformat()}",
            Outgoing(ref=TicketRef(host, row.ticket), send_id=row.send_id, body="", purpose=Purpose(row.purpose)),
        )
        for row in rows
    ]

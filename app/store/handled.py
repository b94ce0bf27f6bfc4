"""Handled: what was handed to people, and is with them no more as the ticket's own record tells."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import Purpose, TicketRef
from app.store import audit, proposals
from app.store.tables import event, outbox
from app.store.tables import proposal as table

ANSWERED, OVER, DONE = "a person answered", "the ticket was solved or closed", "a person marked it as done"


def found(tx: Connection, ref: TicketRef | None, limit: int) -> list[tuple[str, str]]:
    """(proposal, why) of what people have no more to do with; on that ticket, or wherever."""
    here = sa.true() if ref is None else sa.and_(table.c.host == ref.host, table.c.ticket == ref.ticket)
    mine = sa.and_(here, table.c.state.in_(proposals.WITH_PEOPLE), sa.or_(_IS_ANSWERED, _IS_OVER))
    rows = tx.execute(sa.select(table.c.id, _IS_ANSWERED.label("answered")).where(mine).limit(limit))
    return [(row.id, ANSWERED if row.answered else OVER) for row in rows]


def leave(tx: Connection, proposal_id: str, why: str, by: str, now: datetime) -> bool:
    """It waits for nobody any more; the record stays. False: it was not with people."""
    if not proposals.move(tx, proposal_id, proposals.HANDLED, now, since=proposals.WITH_PEOPLE):
        return False
    audit.append(tx, now, by, "proposal.handled", proposal_id, {"why": why})
    return True


# --- what the record tells ---------------------------------------------------------------------------------------------

_asked, _said, _status, _later, _newer = (event.alias(name) for name in ("asked", "said", "status", "later", "newer"))
_other = table.alias("other")


def _there(one: sa.FromClause, *kinds: str) -> sa.ColumnElement[bool]:
    return sa.and_(one.c.host == table.c.host, one.c.ticket == table.c.ticket, one.c.kind.in_(kinds))


# Events are written down in the order of the thread, so no clock needs to be believed.
_MESSAGE = sa.and_(_there(_asked, "message", "answered"), _asked.c.ref == table.c.comment)
_BY_HAND = sa.exists().where(
    _MESSAGE, _there(_said, "answered"), _said.c.facts.contains('"send_id":null'), _said.c.id > _asked.c.id
)
# Whoever approved the reply to a newer message had this one before their eyes; the reply to an older one is none to it.
_WITH_A_CLICK = sa.exists().where(
    outbox.c.host == table.c.host,
    outbox.c.ticket == table.c.ticket,
    outbox.c.purpose == Purpose.ANSWER,
    outbox.c.state == "SENT",
    outbox.c.approval_id.is_not(None),
    _other.c.id == outbox.c.proposal_id,
    _MESSAGE,
    _there(_newer, "message"),
    _newer.c.ref == _other.c.comment,
    _newer.c.id > _asked.c.id,
)
_IS_ANSWERED = sa.or_(_BY_HAND, _WITH_A_CLICK)
_IS_OVER = sa.exists().where(
    _MESSAGE,
    _there(_status, "status"),
    _status.c.id > _asked.c.id,
    sa.or_(*(_status.c.facts.contains(f'"after":"{name}"') for name in ("solved", "closed"))),
    ~sa.exists().where(_there(_later, "status"), _later.c.id > _status.c.id),
)

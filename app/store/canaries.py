"""The canary host's own world: tickets that nobody wrote, the requests that reached it, and the ledger of what it applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.canary import HOST
from app.store import proposals
from app.store.tables import canary as table
from app.store.tables import outbox, proposal

QUICK, SLOW, KILLED, HELD = "quick", "slow", "killed", "held"


@dataclass(frozen=True, slots=True)
class Canary:
    """One ticket of that world."""

    id: int
    part: str
    stamp: int
    asked_at: datetime | None
    asked_stamp: int | None
    attempt: int | None
    send_id: str | None
    sender: int | None
    applied_at: datetime | None
    refused_at: datetime | None


_COLUMNS = [table.c[name] for name in Canary.__dataclass_fields__]


def new(tx: Connection, drill_id: int, part: str) -> int:
    """A ticket. `part`: what becomes of the send that answers it."""
    row = table.insert().values(drill_id=drill_id, part=part, stamp=1)
    return int(tx.execute(row.returning(table.c.id)).scalar_one())


def find(tx: Connection, ticket: str) -> Canary | None:
    """That ticket."""
    wanted = sa.select(*_COLUMNS).where(
        table.c.id == int(ticket) if ticket.isdecimal() and len(ticket) < 19 else sa.false()
    )
    row = tx.execute(wanted).one_or_none()
    return Canary(**row._mapping) if row else None


def of_drill(tx: Connection, drill_id: int) -> dict[str, Canary]:
    """By part."""
    rows = tx.execute(sa.select(*_COLUMNS).where(table.c.drill_id == drill_id))
    return {row.part: Canary(**row._mapping) for row in rows}


def arrive(tx: Connection, ticket: int, stamp: int, attempt: int, send_id: str, sender: int, now: datetime) -> None:
    """A send reached the host; whether it will be applied is not known yet."""
    asked = {"asked_at": now, "asked_stamp": stamp, "attempt": attempt, "send_id": send_id, "sender": sender}
    tx.execute(table.update().where(table.c.id == ticket).values(**asked))


def apply(tx: Connection, ticket: int, now: datetime) -> bool:
    """What was asked for is done, if the ticket is as it was then. False: it changed, and the request is refused."""
    fresh = sa.and_(table.c.id == ticket, table.c.stamp == table.c.asked_stamp, table.c.applied_at.is_(None))
    done = table.update().where(fresh).values(applied_at=now, stamp=table.c.stamp + 1)
    if tx.execute(done).rowcount:
        return True
    tx.execute(table.update().where(table.c.id == ticket).values(refused_at=now))
    return False


def touch(tx: Connection, ticket: int) -> None:
    """The ticket changes: no request that was sent before can be applied any more."""
    tx.execute(table.update().where(table.c.id == ticket).values(stamp=table.c.stamp + 1))


def row_of(tx: Connection, approval: str) -> int:
    """The outbox row that an approved canary waits in."""
    return int(tx.execute(sa.select(outbox.c.id).where(outbox.c.approval_id == approval)).scalar_one())


def let_go(tx: Connection) -> None:
    """The words of every canary are taken away, as an erased customer's: rows and log stay, no list shows them."""
    mine = sa.and_(proposal.c.host == HOST, proposal.c.state != "erased")
    proposals.lock(tx, mine)
    tx.execute(proposal.update().where(mine).values(state="erased", sealed=None))

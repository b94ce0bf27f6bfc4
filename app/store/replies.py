"""Replies at a host beside the rows that explain them: what matched, what a person wrote, what nobody can explain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.host import Fate, TicketRef, Trace
from app.store import audit
from app.store.tables import audit as log
from app.store.tables import outbox, proposal, reconciliation, unexplained

OURS, BY_HAND, FOREIGN = "ours", "by_hand", "foreign"


@dataclass(frozen=True, slots=True)
class Round:
    """One reconciliation. `unexplained` counts what was new in it."""

    host: str
    at: datetime
    tickets: int
    ours: int
    by_hand: int
    foreign: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A public reply without a row."""

    id: int
    host: str
    ticket: str
    comment: str
    why: str
    found_at: datetime


def began(tx: Connection) -> datetime | None:
    """When this deployment began to write down what it does. Older replies are not ours to explain."""
    return tx.execute(sa.select(log.c.ts).order_by(log.c.seq).limit(1)).scalar()


def judged(tx: Connection, ref: TicketRef, trace: Trace, deployment: str) -> tuple[str, str | None]:
    """What that reply is, and why where no row explains it. Read after the host: our rows only know more by now."""
    where = sa.and_(outbox.c.host == ref.host, outbox.c.ticket == ref.ticket, outbox.c.purpose == "answer")
    columns = (outbox.c.send_id, outbox.c.state, outbox.c.fate, outbox.c.host_result_id)
    rows = tx.execute(sa.select(*columns).where(where)).all()
    open_rows = [row for row in rows if row.state == "SENDING" or row.fate == Fate.UNCLEAR]
    if any(row.host_result_id == trace.comment for row in rows):
        return OURS, None
    if trace.marker is not None and trace.marker.deployment != deployment:
        return FOREIGN, None
    if trace.marker is not None:
        if any(row.send_id == trace.marker.send_id for row in open_rows):
            return OURS, None
        known = any(row.send_id == trace.marker.send_id for row in rows)
        return "", "our marker, but our row says otherwise" if known else "our marker, and no row of ours"
    if trace.by_hand:
        return BY_HAND, None
    return (OURS, None) if open_rows else ("", "by our user, through the API, and no row of ours")


def queue_of(tx: Connection, ref: TicketRef) -> str | None:
    """The queue of the newest proposal on that ticket."""
    where = sa.and_(proposal.c.host == ref.host, proposal.c.ticket == ref.ticket)
    return tx.execute(sa.select(proposal.c.queue).where(where).order_by(proposal.c.created_at.desc()).limit(1)).scalar()


def known(tx: Connection, ref: TicketRef, trace: Trace) -> bool:
    """Was it found before?"""
    mine = sa.and_(unexplained.c.host == ref.host, unexplained.c.comment == trace.comment)
    return tx.execute(sa.select(unexplained.c.id).where(mine)).first() is not None


def note(tx: Connection, ref: TicketRef, trace: Trace, why: str, now: datetime) -> None:
    """A critical event, written down once."""
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(unexplained)
    values = {"host": ref.host, "ticket": ref.ticket, "comment": trace.comment, "why": why, "found_at": now}
    if tx.execute(insert.values(**values).on_conflict_do_nothing()).rowcount:
        header = {"host": ref.host, "comment": trace.comment, "why": why}
        audit.append(tx, now, "countersign", "reply.unexplained", f"{ref.host}:{ref.ticket}", header)


def explain(tx: Connection, number: int, by: str, now: datetime) -> bool:
    """A person knows where it came from. False: there is no such open one."""
    mine = sa.and_(unexplained.c.id == number, unexplained.c.explained_at.is_(None))
    known = unexplained.update().where(mine).values(explained_at=now, explained_by=by)
    row = tx.execute(known.returning(unexplained.c.host, unexplained.c.ticket, unexplained.c.comment)).one_or_none()
    if row is None:
        return False
    audit.append(tx, now, by, "reply.explained", f"{row.host}:{row.ticket}", {"comment": row.comment})
    return True


def still_unexplained(tx: Connection) -> list[Unexplained]:
    """What a person must look at."""
    columns = [unexplained.c[name] for name in ("id", "host", "ticket", "comment", "why", "found_at")]
    rows = tx.execute(sa.select(*columns).where(unexplained.c.explained_at.is_(None)).order_by(unexplained.c.id))
    return [Unexplained(*row) for row in rows]


def record(tx: Connection, one: Round, since: datetime) -> None:
    """What a round counted; it is a part of the log's export."""
    counted: dict[str, Any] = {
        name: getattr(one, name) for name in ("tickets", "ours", "by_hand", "foreign", "unexplained")
    }
    tx.execute(reconciliation.insert().values(host=one.host, at=one.at, since=since, **counted))
    audit.append(tx, one.at, "countersign", "replies.reconciled", one.host, counted)


def last(tx: Connection, host: str) -> Round | None:
    """The newest round."""
    newest = sa.select(reconciliation).where(reconciliation.c.host == host).order_by(reconciliation.c.id.desc())
    row = tx.execute(newest.limit(1)).one_or_none()
    if row is None:
        return None
    return Round(row.host, row.at, row.tickets, row.ours, row.by_hand, row.foreign, row.unexplained)

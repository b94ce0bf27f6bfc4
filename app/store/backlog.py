"""What waits: how much of each kind, the oldest since when, and why, for people and machines that watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from app.governance.canary import HOST
from app.host import Purpose
from app.store import inbox, notices, outbox, proposals
from app.store.tables import inbox as deliveries
from app.store.tables import notice, proposal
from app.store.tables import outbox as writes


@dataclass(frozen=True, slots=True)
class Backlog:
    """One kind of work that waits. `whys`: the most frequent reasons, where any is known."""

    kind: str
    words: str
    waiting: int
    oldest: datetime | None
    whys: tuple[str, ...] = ()


def everything(tx: Connection, now: datetime) -> list[Backlog]:
    """Every kind, in the order in which a message passes them; what waits on purpose, for its time, is not due and not here."""
    real = writes.c.host != HOST
    due = sa.and_(real, writes.c.state == outbox.READY, writes.c.not_before <= now)
    answer = writes.c.purpose == Purpose.ANSWER
    return [
        _count(tx, "deliveries", "Announced, not looked at yet", deliveries.c.received_at,
               deliveries.c.state == inbox.RECEIVED, deliveries.c.trouble),
        _count(tx, "lost", "Announced, and could not be read or prepared: people answer", deliveries.c.received_at,
               deliveries.c.state.in_((inbox.UNUSABLE, inbox.FAILED)), deliveries.c.trouble),
        _count(tx, "drafts", "Drafts in the making", proposal.c.created_at,
               sa.and_(proposal.c.state == proposals.WORKING, proposal.c.host != HOST)),
        _count(tx, "answers", "Answers that are due", writes.c.not_before, sa.and_(due, answer), writes.c.reason),
        _count(tx, "notes", "Notes and drafts for colleagues that are due", writes.c.not_before,
               sa.and_(due, sa.not_(answer)), writes.c.reason),
        _count(tx, "in-flight", "Handed to the host, outcome not known yet", writes.c.claimed_at,
               sa.and_(real, writes.c.state == outbox.SENDING), writes.c.reason),
        _count(tx, "unclear", "Please check: nobody knows whether it was sent", proposal.c.changed_at,
               sa.and_(proposal.c.state == proposals.UNCLEAR, proposal.c.host != HOST)),
        _count(tx, "notices", "Notices by mail or chat that have not gone out", notice.c.made_at,
               notice.c.state == notices.WAITING, notice.c.trouble),
    ]  # fmt: skip


def _count(
    tx: Connection,
    kind: str,
    words: str,
    since: ColumnElement[datetime],
    where: ColumnElement[bool],
    why: ColumnElement[str] | None = None,
) -> Backlog:
    waiting, oldest = tx.execute(sa.select(sa.func.count(), sa.func.min(since)).where(where)).one()
    return Backlog(kind, words, waiting, oldest, tuple(_whys(tx, where, why)) if waiting and why is not None else ())


def _whys(tx: Connection, where: ColumnElement[bool], why: ColumnElement[str]) -> Iterator[str]:
    often = sa.func.count()
    for text, times in tx.execute(
        sa.select(why, often).where(where, why.is_not(None)).group_by(why).order_by(often.desc(), why).limit(3)
    ):
        yield f"{text} ({times})"

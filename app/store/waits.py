"""What waits for a host: until when, and why, for people to see; and which attempt it has answered with a no."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import LONGEST_WAIT, Permit, Purpose
from app.store.tables import outbox, proposal


def over(until: sa.ColumnElement[datetime], now: datetime) -> sa.ColumnElement[bool]:
    """Is it past, or farther away than anybody waits? Then it was written while the clock was wrong, and the clock is right again."""
    return sa.or_(until <= now, until > now + LONGEST_WAIT)


def held(now: datetime) -> sa.ColumnElement[bool]:
    """An answer in its hold or in its time to undo, however long: whatever breaks meanwhile brings it no nearer.

    Nothing holds a note: one that was filed for later was filed while the clock was wrong.
    """
    return sa.and_(outbox.c.purpose == Purpose.ANSWER, outbox.c.reason.is_(None), outbox.c.not_before > now)


def ripe(now: datetime) -> sa.ColumnElement[bool]:
    """May that row of the outbox go?"""
    return sa.and_(sa.not_(held(now)), sa.or_(outbox.c.reason.is_(None), over(outbox.c.not_before, now)))


def is_ripe(purpose: Purpose, not_before: datetime, reason: str | None, now: datetime) -> bool:
    """The same of a row that was read."""
    if reason is None:
        return purpose != Purpose.ANSWER or not_before <= now
    return not now < not_before <= now + LONGEST_WAIT


def hold_anew(tx: Connection, now: datetime) -> None:
    """Answers that began to be held "tomorrow": the clock was set back meanwhile. Their whole hold begins now, not then."""
    mine = sa.and_(outbox.c.state == "READY", held(now), proposal.c.changed_at > now)
    late = sa.select(outbox.c.id, outbox.c.not_before, proposal.c.id.label("about"), proposal.c.changed_at)
    for row in tx.execute(late.join(proposal, proposal.c.id == outbox.c.proposal_id).where(mine)).all():
        same = sa.and_(proposal.c.id == row.about, proposal.c.changed_at == row.changed_at)
        if tx.execute(proposal.update().where(same).values(changed_at=now)).rowcount:
            begun = outbox.update().where(outbox.c.id == row.id, outbox.c.not_before == row.not_before)
            tx.execute(begun.values(not_before=now + (row.not_before - row.changed_at)))


def ready(tx: Connection, row_id: int, now: datetime, wait: timedelta, why: str) -> None:
    """The host is away: the row stays READY for later, and says why."""
    mine = sa.and_(outbox.c.id == row_id, outbox.c.state == "READY", sa.not_(held(now)))
    tx.execute(outbox.update().where(mine).values(not_before=now + wait, reason=why))


def sending(tx: Connection, permit: Permit, until: datetime) -> None:
    """The host wants to be left alone: nobody but a stop fences that attempt before then."""
    mine = sa.and_(outbox.c.id == permit.row, outbox.c.attempt == permit.attempt, outbox.c.state == "SENDING")
    tx.execute(outbox.update().where(mine).values(lease_until=until))


def refused(tx: Connection, permit: Permit, why: str) -> None:
    """The host answered that attempt's one request with a no: nothing of it is on its way any more."""
    mine = sa.and_(outbox.c.id == permit.row, outbox.c.attempt == permit.attempt, outbox.c.state == "SENDING")
    tx.execute(outbox.update().where(mine).values(refused=permit.attempt, reason=why))


def refusal(tx: Connection, permit: Permit) -> str | None:
    """The host's words, if it has answered that very attempt with a no."""
    mine = sa.and_(outbox.c.id == permit.row, outbox.c.refused == permit.attempt)
    return tx.execute(sa.select(outbox.c.reason).where(mine)).scalar()

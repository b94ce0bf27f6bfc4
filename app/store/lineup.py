"""Lineup: which proposals a list shows, in which order, and how many there are of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.canary import HOST
from app.store import approvals, citations, endings, escalations, outcomes, proposals
from app.store.keys import Keys
from app.store.record import Stored, from_row
from app.store.tables import proposal as table

ROWS = 200
_REAL = sa.and_(table.c.sealed.is_not(None), table.c.host != HOST)  # readable still, and no drill's


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of the queue; None: whichever."""

    category: str | None = None
    tier: int | None = None

    @property
    def where(self) -> sa.ColumnElement[bool]:
        """The same for SQL."""
        asked = {table.c.category: self.category, table.c.tier: self.tier}
        return sa.and_(sa.true(), *(column == value for column, value in asked.items() if value is not None))


WHICHEVER = Wanted()


def listed(
    tx: Connection, keys: Keys, states: Sequence[str], wanted: Wanted = WHICHEVER, limit: int = ROWS
) -> list[Stored]:
    """Proposals in these states: the longest waiting first, or the newest first of what is done."""
    done = set(states) <= set(proposals.DONE)
    time = table.c.changed_at if done else table.c.created_at
    order = time.desc() if done else time
    # Each state by its own index and the ends of them merged: a million are never sorted to show two hundred.
    ends = (
        sa.select(table.c.id, time.label("at")).where(table.c.state == state, wanted.where, _REAL).order_by(order)
        for state in states
    )
    merged = sa.union_all(*(end.limit(limit).subquery().select() for end in ends)).subquery()
    at = merged.c.at.desc() if done else merged.c.at
    ids = tx.execute(sa.select(merged.c.id).order_by(at, merged.c.id).limit(limit)).scalars().all()
    return opened(tx, keys, ids)


def opened(tx: Connection, keys: Keys, ids: Sequence[str]) -> list[Stored]:
    """Those of these that can be read, in this order."""
    wanted = sa.select(table).where(table.c.id.in_(ids), table.c.sealed.is_not(None))
    rows = {row.id: row for row in tx.execute(wanted)}
    keys.look(tx, {row.subject_key for row in rows.values()})
    return [from_row(tx, keys, rows[one]) for one in ids if one in rows]


def look(tx: Connection, found: Sequence[Stored]) -> None:
    """All that showing these will ask for, in one statement each, for a glance."""
    ids = [one.id for one in found]
    for each in (approvals, citations, endings, outcomes):
        each.look(tx, ids)
    escalations.look(tx, {(one.proposal.host, one.proposal.ticket) for one in found})


def counted(tx: Connection, states: Sequence[str], scope: str = "*") -> int:
    """How many proposals are in these states."""
    scoped = sa.true() if scope == "*" else table.c.queue == scope
    where = sa.and_(table.c.state.in_(states), scoped, table.c.host != HOST)
    return tx.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one()


def by_category(tx: Connection, states: Sequence[str], most: int) -> dict[str | None, int]:
    """How many of each category are in these states; of all together one more than `most` are looked at."""
    mine = sa.and_(table.c.state.in_(states), table.c.host != HOST)
    some = sa.select(table.c.category).where(mine).limit(most + 1).subquery()
    rows = tx.execute(sa.select(some.c.category, sa.func.count()).group_by(some.c.category))
    return {row[0]: row[1] for row in rows}


def is_any(tx: Connection) -> bool:
    """Did a message ever come?"""
    return tx.execute(sa.select(table.c.id).where(table.c.host != HOST).limit(1)).first() is not None

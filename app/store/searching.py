"""Searching the log: the newest entries of a message, a person or a kind, as fast in a million messages as in a thousand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import nlargest
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store.audit import PRUNED
from app.store.tables import PEOPLES, proposal
from app.store.tables import audit as log

MACHINE = "countersign"  # it wrote most entries: no index helps, and none is needed


def is_ticket(tx: Connection, ticket: str) -> sa.ColumnElement[bool]:
    """For proposals: of a ticket with that number, at whichever host."""
    return sa.and_(proposal.c.host.in_(tuple(_each(tx, proposal.c.host))), proposal.c.ticket == ticket)


def newest(
    tx: Connection, most: int, objects: Collection[str], actors: Collection[str], kind: str, before: int | None
) -> list[int]:
    """The numbers of so many entries about one of these, by one of these, of kinds that begin so. Empty: whichever."""
    earlier = sa.true() if before is None else log.c.seq < before
    if objects or MACHINE in actors or not (actors or kind):
        about = log.c.object.in_(objects) if objects else sa.true()
        by = log.c.actor.in_(actors) if actors else sa.true()
        of_kind = log.c.action.startswith(kind, autoescape=True) if kind else log.c.action != PRUNED
        return _end(tx, most, earlier, about, by, of_kind)
    mine = [sa.and_(log.c.actor == actor, PEOPLES) for actor in actors] or [sa.true()]
    ends = (
        _end(tx, most, earlier, whose, log.c.action == action)
        for whose in mine
        for action in _each(tx, log.c.action, whose)
        if action.startswith(kind) and action != PRUNED
    )
    return nlargest(most, (seq for end in ends for seq in end))


def _end(tx: Connection, most: int, *where: sa.ColumnElement[bool]) -> list[int]:
    return list(tx.execute(sa.select(log.c.seq).where(*where).order_by(log.c.seq.desc()).limit(most)).scalars())


def _each(tx: Connection, column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> Iterator[str]:
    """Every value that it has there, once: from one to the next by an index, never through all rows."""
    value: str | None = ""
    while value is not None:
        following = sa.select(column).where(column > value, *where).order_by(column).limit(1)
        value = tx.execute(following).scalar()
        if value is not None:
            yield value

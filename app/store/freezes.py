"""Freezes: rows that the claim transaction obeys. One person or a rule opens one; lifting takes its cure, or two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.decision import Freeze
from app.governance.freezing import HYGIENE, LEVELS, Kind, least
from app.store import approvals, audit, outbox, proposals, switch
from app.store.tables import freeze as table
from app.store.tables import outbox as orders
from app.store.tables import proposal


@dataclass(frozen=True, slots=True)
class Scope:
    """What is frozen: one queue or all, one category or all."""

    queue: str | None = None
    category: str | None = None

    def __str__(self) -> str:
        named = (f"queue {self.queue}" if self.queue else "", self.category or "")
        return ", ".join(filter(None, named)) or "everything"


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Frozen:
    """One freeze that is in force."""

    id: int
    level: str
    queue: str | None
    category: str | None
    kind: Kind
    cause: str
    opened_by: str
    opened_at: datetime
    thaw_asked_by: str | None
    thaw_reason: str | None

    @property
    def scope(self) -> Scope:
        """Where."""
        return Scope(self.queue, self.category)


_FROZEN = [table.c[name] for name in Frozen.__dataclass_fields__]


def freeze(tx: Connection, scope: Scope, level: Freeze, kind: Kind, cause: str, by: str, now: datetime) -> int:
    """Freeze, now: no claim commits beside it, and what waits to be sent goes back to people. Returns the freeze's id.

    Call it before anything else of the transaction locks a proposal, an outbox row or the log. The same kind in the
    same place, at that level or further, is one freeze: opening it again changes nothing.
    """
    wanted = max(level, least(kind))
    _hold(tx, scope)
    known = _known(tx, scope, wanted, kind)
    if known is not None:
        return known
    stopped = _give_back(tx, scope, wanted, now)
    values = {"queue": scope.queue, "category": scope.category, "kind": kind, "cause": cause, "level": LEVELS[wanted]}
    row = table.insert().values(**values, opened_by=by, opened_at=now).returning(table.c.id)
    row_id = int(tx.execute(row).scalar_one())
    header = {"level": LEVELS[wanted], "queue": scope.queue, "category": scope.category, "kind": kind}
    audit.append(tx, now, by, "freeze.opened", f"freeze:{row_id}", {**header, "stopped": stopped})
    return row_id


def _hold(tx: Connection, scope: Scope) -> None:
    """As a stop does: every claim in the scope has committed, or will see us."""
    if scope.queue is None:
        switch.hold_all(tx)
    else:
        switch.read_held(tx, scope.queue)


def _known(tx: Connection, scope: Scope, level: Freeze, kind: Kind) -> int | None:
    same = [frozen for frozen in still_open(tx) if (frozen.scope, frozen.kind) == (scope, kind)]
    deep = {words: wanted for wanted, words in LEVELS.items()}
    return next((frozen.id for frozen in same if deep[frozen.level] >= level), None)


def _give_back(tx: Connection, scope: Scope, level: Freeze, now: datetime) -> int:
    """READY answers back to people, their drafts stay offered. `auto off` leaves alone what a person approved."""
    joined = orders.join(proposal, proposal.c.id == orders.c.proposal_id)
    where = [orders.c.state == outbox.READY, orders.c.purpose == "answer"]
    where += [orders.c.queue == scope.queue] if scope.queue else []
    where += [proposal.c.category == scope.category] if scope.category else []
    where += [orders.c.approval_id.is_(None)] if level is Freeze.AUTO_OFF else []
    wanted = sa.select(orders.c.id, proposal.c.id.label("of")).select_from(joined).where(*where)
    found = [row.of for row in tx.execute(wanted).all()]
    proposals.lock(tx, proposal.c.id.in_(found))
    rows = tx.execute(wanted.order_by(orders.c.id)).all()  # what was claimed or undone meanwhile is not in it any more
    for row in rows:
        outbox.give_back(tx, row.id, "frozen", now)
        approvals.void(tx, row.of, "frozen", now)
        proposals.move(tx, row.of, proposals.OFFERED, now)
    return len(rows)


# --- the way back ------------------------------------------------------------------------------------------------------


class AskedMeanwhile(Exception):
    """Somebody asked for a thaw that this person has not seen."""


def held(tx: Connection, freeze_id: int) -> Frozen | None:
    """That freeze, if it is in force: nobody else's to change until the caller commits."""
    wanted = sa.select(*_FROZEN).where(table.c.id == freeze_id, table.c.lifted_at.is_(None))
    row = tx.execute(wanted.with_for_update()).one_or_none()
    return _read(row) if row else None


def thaw(tx: Connection, frozen: Frozen, by: str, reason: str, now: datetime, *, granting: bool) -> bool:
    """The first person asks, and says how the cause was resolved or why it is accepted; another one's call grants.

    The caller holds it and has seen that it is no hygiene. `granting` False: they saw no request. True: it is lifted.
    """
    where, what = table.c.id == frozen.id, f"freeze:{frozen.id}"
    if frozen.thaw_asked_by in {None, by}:
        tx.execute(table.update().where(where).values(thaw_asked_by=by, thaw_reason=reason))
        audit.append(tx, now, by, "freeze.thaw-asked", what, {"kind": frozen.kind})
        return False
    if not granting:
        raise AskedMeanwhile
    _lift(tx, frozen, by, now)
    return True


def lift(tx: Connection, frozen: Frozen, now: datetime) -> None:
    """Hygiene that was cured lifts itself."""
    assert frozen.kind in HYGIENE  # noqa: S101 - nothing else may lift without two people
    _lift(tx, frozen, "countersign", now)


def _lift(tx: Connection, frozen: Frozen, by: str, now: datetime) -> None:
    tx.execute(table.update().where(table.c.id == frozen.id).values(lifted_at=now, lifted_by=by))
    header = {"kind": frozen.kind, "asked_by": frozen.thaw_asked_by}
    audit.append(tx, now, by, "freeze.lifted", f"freeze:{frozen.id}", header)


# --- what is frozen ----------------------------------------------------------------------------------------------------


def still_open(tx: Connection) -> list[Frozen]:
    """Every freeze in force, the furthest first."""
    rows = tx.execute(sa.select(*_FROZEN).where(table.c.lifted_at.is_(None)).order_by(table.c.level.desc(), table.c.id))
    return [_read(row) for row in rows]


def lifted(tx: Connection) -> dict[tuple[Kind, str | None], datetime]:
    """When each kind was last lifted in each category: what happened before was answered for."""
    wanted = sa.select(table.c.kind, table.c.category, sa.func.max(table.c.lifted_at).label("at"))
    rows = tx.execute(wanted.where(table.c.lifted_at.is_not(None)).group_by(table.c.kind, table.c.category))
    return {(Kind(row.kind), row.category): row.at for row in rows}


def by_id(tx: Connection, freeze_id: int) -> Frozen | None:
    """That freeze, in force or not."""
    row = tx.execute(sa.select(*_FROZEN).where(table.c.id == freeze_id)).one_or_none()
    return _read(row) if row else None


def _read(row: sa.Row[tuple[object, ...]]) -> Frozen:
    values = dict(row._mapping)
    return Frozen(**{**values, "kind": Kind(values["kind"])})

"""Approvals: a named person's yes to exactly one proposal, as they saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store import names
from app.store.glance import tell
from app.store.staff import Member
from app.store.tables import approval as table


@dataclass(frozen=True, slots=True)
class Approval:
    """Who said yes to what, and when it is due."""

    id: str
    proposal_id: str
    actor: str
    actor_host_id: str | None
    seen: str
    status_after: str | None
    created_at: datetime
    due_at: datetime
    via: str
    shown_ms: int | None


def open_for(tx: Connection, proposal_id: str) -> Approval | None:
    """The approval in force for that proposal."""
    row = tx.execute(_OPEN_FOR, {"about": proposal_id}).first()
    return Approval(**row._mapping) if row else None


def look(tx: Connection, proposals: Sequence[str]) -> None:
    """Those of all these proposals, for a glance."""
    where = sa.and_(table.c.proposal_id.in_(proposals), table.c.voided_at.is_(None))
    rows = tx.execute(_ROW.where(where).order_by(table.c.created_at))
    found = {row.proposal_id: Approval(**row._mapping) for row in rows}
    tell(tx, open_for, {(one,): found.get(one) for one in proposals})


def by_id(tx: Connection, approval_id: str | None) -> Approval | None:
    """That one, voided or not."""
    if approval_id is None:
        return None
    row = tx.execute(_BY_ID, {"one": approval_id}).one_or_none()
    return Approval(**row._mapping) if row else None


_ROW = sa.select(*(table.c[name] for name in Approval.__dataclass_fields__))
_BY_ID = _ROW.where(table.c.id == sa.bindparam("one"))
_OPEN_FOR = _ROW.where(table.c.proposal_id == sa.bindparam("about"), table.c.voided_at.is_(None)).order_by(
    table.c.created_at.desc()
)


def add(
    tx: Connection,
    proposal_id: str,
    member: Member,
    via: str,
    seen: str,
    status: str | None,
    now: datetime,
    due: datetime,
    shown_ms: int | None = None,
) -> Approval:
    """Store a yes. The same person's second yes to the same, within one microsecond, is a moment later."""
    last = tx.execute(_LAST, {"what": seen, "who": member.id, "now": now}).scalar()
    now = last + timedelta(microseconds=1) if last is not None else now
    made = Approval(names.new(now), proposal_id, member.id, member.host_id, seen, status, now, due, via, shown_ms)
    row = {name: getattr(made, name) for name in Approval.__dataclass_fields__}
    tx.execute(table.insert(), {**row, "role": member.role})
    return made


_LAST = sa.select(sa.func.max(table.c.created_at, type_=table.c.created_at.type)).where(
    table.c.seen == sa.bindparam("what"),
    table.c.actor == sa.bindparam("who"),
    table.c.created_at >= sa.bindparam("now"),
)


def void(tx: Connection, proposal_id: str, why: str, now: datetime) -> None:
    """Take back every open yes to that proposal."""
    where = sa.and_(table.c.proposal_id == proposal_id, table.c.voided_at.is_(None))
    tx.execute(table.update().where(where).values(voided_at=now, void_reason=why))

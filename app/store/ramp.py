"""The ramp as SQL has it: how far each category sends by itself, who asked, who granted, and on which evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.ramp import Step
from app.store import audit
from app.store.glance import once, tell
from app.store.outcomes import HELD_OUT
from app.store.tables import outbox, proposal
from app.store.tables import ramp_step as table

WINDOW = timedelta(days=7)  # so long an answer has time to turn out badly


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that was asked for or taken. `in_force_at` None: asked for, and nothing yet."""

    id: int
    category: str
    from_step: Step
    to_step: Step
    plan: str
    asked_by: str
    asked_at: datetime
    reason: str
    granted_by: str | None
    in_force_at: datetime | None


_COLUMNS = [table.c[name] for name in Taken.__dataclass_fields__]


def _read(row: sa.Row[tuple[Any, ...]] | None) -> Taken | None:
    if row is None:
        return None
    values = dict(row._mapping)
    return Taken(**{**values, "from_step": Step(values["from_step"]), "to_step": Step(values["to_step"])})


def in_force(tx: Connection, category: str) -> Taken | None:
    """The step that was taken last; None: it never left people's hands."""
    return _read(tx.execute(_IN_FORCE, {"category": category}).one_or_none())


_IN_FORCE = (
    sa.select(*_COLUMNS)
    .where(table.c.category == sa.bindparam("category"), table.c.in_force_at.is_not(None))
    .order_by(table.c.id.desc())
    .limit(1)
)


def look(tx: Connection, names: Collection[str], now: datetime) -> None:
    """How far all these categories go, in one statement each, for a glance."""
    taken, newest = (_last(tx, names, where) for where in (table.c.in_force_at.is_not(None), sa.true()))
    tell(tx, in_force, {(name,): taken.get(name) for name in names})
    tell(tx, asked, {(name,): _open(newest.get(name)) for name in names})
    going = [one for one in taken.values() if one.to_step is not Step.OFF]
    if going:
        mine = (sa.and_(proposal.c.category == one.category, outbox.c.settled_at >= one.in_force_at) for one in going)
        counted = sa.select(proposal.c.category, sa.func.count()).select_from(_JOINED).group_by(proposal.c.category)
        rows = tx.execute(counted.where(_matured(now), sa.or_(*mine))).all()
        found = {row[0]: row[1] for row in rows}
        tell(tx, matured, {(one, now): found.get(one.category, 0) for one in going})


def _last(tx: Connection, names: Collection[str], where: sa.ColumnElement[bool]) -> dict[str, Taken]:
    last = sa.select(sa.func.max(table.c.id)).where(table.c.category.in_(names), where).group_by(table.c.category)
    rows = tx.execute(sa.select(*_COLUMNS).where(table.c.id.in_(last)))
    return {one.category: one for one in map(_read, rows) if one is not None}


def standing_on(tx: Connection, category: str, plan: str | None) -> Step:
    """How far that category may go on that evidence. A step taken on other evidence counts for nothing."""
    taken = once(tx, in_force, category)
    return taken.to_step if taken is not None and plan is not None and taken.plan == plan else Step.OFF


def asked(tx: Connection, category: str) -> Taken | None:
    """The newest request that nothing has overtaken since."""
    wanted = sa.select(*_COLUMNS).where(table.c.category == category)
    return _open(_read(tx.execute(wanted.order_by(table.c.id.desc()).limit(1)).one_or_none()))


def _open(newest: Taken | None) -> Taken | None:
    return newest if newest is not None and newest.in_force_at is None else None


def find(tx: Connection, step_id: int) -> Taken | None:
    """That row."""
    return _read(tx.execute(sa.select(*_COLUMNS).where(table.c.id == step_id)).one_or_none())


def raised(tx: Connection) -> tuple[Taken, ...]:
    """Every category that sends something by itself."""
    names = tx.execute(sa.select(table.c.category).where(table.c.in_force_at.is_not(None)).distinct()).scalars().all()
    found = (in_force(tx, name) for name in sorted(names))
    return tuple(one for one in found if one is not None and one.to_step is not Step.OFF)


def ask(tx: Connection, category: str, to: Step, plan: str, by: str, reason: str, now: datetime) -> Taken:
    """Write down who wants which step, on which evidence. It changes nothing yet."""
    before = standing_on(tx, category, plan)
    values = {"category": category, "from_step": before, "to_step": to, "plan": plan, "reason": reason}
    _add(tx, {**values, "asked_by": by, "asked_at": now})
    header = {"from": int(before), "to": int(to), "plan": plan}
    audit.append(tx, now, by, "ramp.asked", category, header)
    made = asked(tx, category)
    assert made is not None  # noqa: S101 - written a line ago, in this transaction
    return made


def grant(tx: Connection, request: Taken, by: str, counted: dict[str, int], now: datetime) -> None:
    """Into force, by a second person: SQL itself refuses the first one. The caller holds the switch for itself."""
    kept = ("category", "from_step", "to_step", "plan", "asked_by", "asked_at", "reason")
    values = {name: getattr(request, name) for name in kept}
    _add(tx, {**values, "granted_by": by, "in_force_at": now})
    steps = {"from": int(request.from_step), "to": int(request.to_step)}
    header = {**steps, "plan": request.plan, "asked_by": request.asked_by, **counted}
    audit.append(tx, now, by, "ramp.raised", request.category, header)


def lower(tx: Connection, category: str, to: Step, by: str, reason: str, now: datetime) -> bool:
    """Down, at once, by one person or by a rule. False: it is as low as that already. A request is overtaken by it."""
    taken = in_force(tx, category)
    if taken is None or taken.to_step <= to:
        return False
    values = {"category": category, "from_step": taken.to_step, "to_step": to, "plan": taken.plan, "reason": reason}
    _add(tx, {**values, "asked_by": by, "asked_at": now, "in_force_at": now})
    header = {"from": int(taken.to_step), "to": int(to), "plan": taken.plan, "why": reason}
    audit.append(tx, now, by, "ramp.lowered", category, header)
    return True


def _add(tx: Connection, values: dict[str, Any]) -> None:
    tx.execute(table.insert().values(**values))


def drawn(tx: Connection, category: str, since: datetime, until: datetime) -> tuple[int, int]:
    """(kept back, of so many that the draw decided on) between these times, whatever else stood in their way."""
    auto = sa.and_(proposal.c.category == category, proposal.c.mode == "AUTO")
    wanted = sa.select(proposal.c.rules).where(auto, proposal.c.created_at >= since, proposal.c.created_at < until)
    rules = [(found or "").split(",") for found in tx.execute(wanted).scalars()]
    return sum(HELD_OUT in found for found in rules), len(rules)


# --- what went by itself -----------------------------------------------------------------------------------------------

AUTOMATIC = sa.and_(outbox.c.purpose == "answer", outbox.c.approval_id.is_(None))
GONE = sa.or_(outbox.c.state.in_(("SENDING", "SENT")), outbox.c.fate == "unclear")  # or may have gone
_JOINED = outbox.join(proposal, proposal.c.id == outbox.c.proposal_id)


def matured(tx: Connection, taken: Taken, now: datetime) -> int:
    """Answers of that step whose time to turn out badly is over."""
    mine = sa.and_(proposal.c.category == taken.category, outbox.c.settled_at >= taken.in_force_at)
    counted = sa.select(sa.func.count()).select_from(_JOINED).where(_matured(now), mine)
    return tx.execute(counted).scalar_one()


def _matured(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(AUTOMATIC, outbox.c.state == "SENT", outbox.c.settled_at <= now - WINDOW)


def gone_since(
    tx: Connection, since: datetime, where: sa.ColumnElement[bool], *, but: int | None, waiting: bool
) -> int:
    """How many went by themselves since then; with those that still wait, where asked. `but`: not that row."""
    state = sa.or_(GONE, outbox.c.state == "READY") if waiting else GONE
    other = outbox.c.id != but if but is not None else sa.true()
    at = sa.func.coalesce(outbox.c.claimed_at, outbox.c.not_before)
    wanted = sa.select(sa.func.count()).select_from(_JOINED).where(AUTOMATIC, state, other, at > since, where)
    return tx.execute(wanted).scalar_one()

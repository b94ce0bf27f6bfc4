"""Evidence plans as they were written down, and the fingerprints that count under each."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.fingerprint import Making, Tools
from app.governance.reviews import EvidencePlan
from app.store import golden
from app.store.glance import tell
from app.store.tables import evidence_plan, golden_check, proposal


@dataclass(frozen=True, slots=True)
class Registered:
    """A plan as it was written down. `making`: of its drafts now; releases that drafted alike carried it on."""

    plan: EvidencePlan
    making: Making
    sha256: str
    by: str


def newest(tx: Connection, category: str) -> Registered | None:
    """The plan of the draft that was offered last in that category."""
    mark = tx.execute(_NEWEST, {"category": category}).scalar()
    return plan_of(tx, category, mark) if mark else None


def plan_of(tx: Connection, category: str, mark: str) -> Registered | None:
    """The plan of that category for drafts made so: its own, or the one that it carries on."""
    row = tx.execute(_OWN, {"category": category, "mark": mark}).one_or_none()
    if row is not None:
        return _read(row)
    if (older := golden.plan_of(tx, category, mark)) is None:
        return None
    row = tx.execute(sa.select(evidence_plan).where(evidence_plan.c.sha256 == older[0])).one()
    return replace(_read(row), making=_making(older[1]))


_OF, _CARRIED = (
    sa.select(one.c.fingerprint).where(one.c.category == sa.bindparam("category"))
    for one in (evidence_plan, golden_check)
)
_USED = sa.or_(proposal.c.fingerprint.in_(_OF), proposal.c.fingerprint.in_(_CARRIED.where(golden_check.c.carried)))
_NEWEST = sa.select(proposal.c.fingerprint).where(_USED).order_by(proposal.c.id.desc()).limit(1)
_OWN = sa.select(evidence_plan).where(
    evidence_plan.c.category == sa.bindparam("category"), evidence_plan.c.fingerprint == sa.bindparam("mark")
)


def look(tx: Connection, names: Collection[str]) -> tuple[EvidencePlan, ...]:
    """The plans of all these categories in one statement each, for a glance. Returns those that count now."""
    of: dict[str, list[Registered]] = {name: [] for name in names}
    for row in tx.execute(sa.select(evidence_plan).where(_any(evidence_plan, names)).order_by(evidence_plan.c.id)):
        of[row.category].append(_read(row))
    older = tx.execute(sa.select(golden_check).where(_any(golden_check, names), golden_check.c.carried)).all()
    marks = {row.category: row.mark for row in tx.execute(_newest_of(names))}
    last = {name: _carrying(of[name], older, marks[name]) if marks.get(name) else None for name in names}
    tell(tx, newest, {(name,): found for name, found in last.items()})
    tell(tx, plans, {(name,): tuple(found) for name, found in of.items()})
    counting = tuple(found.plan for found in last.values() if found is not None)
    tell(tx, marks_of, {(one.plan,): _marks(one, older) for one in last.values() if one is not None})
    return counting


def _any(table: sa.Table, names: Collection[str]) -> sa.ColumnElement[bool]:
    return table.c.category.in_(names)


def _newest_of(names: Collection[str]) -> sa.Select[tuple[str, str]]:
    """(category, mark) of the draft that was offered last in each."""
    named = sa.select(evidence_plan.c.category).where(_any(evidence_plan, names)).distinct().subquery()
    own = sa.select(evidence_plan.c.fingerprint).where(evidence_plan.c.category == named.c.category)
    carried = sa.select(golden_check.c.fingerprint).where(golden_check.c.category == named.c.category)
    used = (proposal.c.fingerprint.in_(one.correlate(named)) for one in (own, carried.where(golden_check.c.carried)))
    last = sa.select(proposal.c.fingerprint).where(sa.or_(*used)).order_by(proposal.c.id.desc()).limit(1)
    return sa.select(named.c.category, last.correlate(named).scalar_subquery().label("mark"))


def _carrying(mine: Sequence[Registered], older: Sequence[Row[Any]], mark: str) -> Registered | None:
    """As `plan_of` finds it."""
    own = next((one for one in mine if one.plan.fingerprint == mark), None)
    if own is not None:
        return own
    on = next(row for row in older if row.fingerprint == mark and row.category == mine[0].plan.category)
    return next(replace(one, making=_making(on.making)) for one in mine if one.sha256 == on.plan)


def _marks(one: Registered, older: Sequence[Row[Any]]) -> frozenset[str]:
    return frozenset((one.plan.fingerprint, *(row.fingerprint for row in older if row.plan == one.sha256)))


def plans(tx: Connection, category: str) -> tuple[Registered, ...]:
    """All of them, the oldest first: none is forgotten."""
    rows = tx.execute(sa.select(evidence_plan).where(evidence_plan.c.category == category).order_by(evidence_plan.c.id))
    return tuple(_read(row) for row in rows)


def _read(row: Row[*tuple[Any, ...]]) -> Registered:
    told = json.loads(row.document)
    lists = {name: tuple(told[name]) for name in ("queues", "languages")}
    shares = {name: float(told[name]) for name in ("p0", "alpha", "reviewer_share", "doubled_share")}
    times = {"registered_at": row.registered_at, "fresh": timedelta(days=told.pop("fresh_days"))}
    plan = EvidencePlan(**{**told, **lists, **shares, **times})
    return Registered(plan, _making(row.making), row.sha256, row.registered_by)


def _making(text: str) -> Making:
    parts = json.loads(text)
    tools = Tools(**{name: parts[name] for name in ("model", "prompts", "retrieval")})
    return Making(tools=tools, rules=parts["rules"], sources=parts["sources"])


def marks_of(tx: Connection, plan: EvidencePlan) -> frozenset[str]:
    """Its fingerprint, and those of the releases that were shown to draft alike."""
    return frozenset((plan.fingerprint, *tx.execute(golden.carried(plan.sha256)).scalars()))

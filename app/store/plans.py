"""Evidence plans as they were written down, and the fingerprints that count under each."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.fingerprint import Making, Tools
from app.governance.reviews import EvidencePlan
from app.store import golden
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

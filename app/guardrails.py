"""Guardrails as the clock keeps them: what crossed a line is frozen, with its numbers in the log, and the owner hears of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.deps import Deps
from app.governance import guardrails
from app.governance.decision import Freeze
from app.governance.freezing import Kind
from app.governance.guardrails import Alarm, Cleared, Draw
from app.governance.metrics import History, judge
from app.store import audit, events, freezes, policies, ramp
from app.store.freezes import Frozen, Scope

EVERY = timedelta(minutes=1)


def look(deps: Deps, read: History | None = None) -> tuple[Alarm, ...]:
    """Judge what became of the answers that went by themselves. It narrows, and never widens. Returns what is new.

    `read`: what the caller has just read, at least so far back as an alarm looks.
    """
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        if policy is None or not events.went_alone(tx):
            return ()
        history = read or judge(events.read(tx, deps.keys, now - guardrails.MEMORY), now)
        history = history.since(now - guardrails.MEMORY)
        there = freezes.still_open(tx)
        cleared = freezes.lifted(tx)
        draws = _draws(tx, cleared, now)
    new = [alarm for alarm in guardrails.alarms(policy, history, cleared, now, draws) if not _is_frozen(alarm, there)]
    return tuple(alarm for alarm in new if _freeze(deps, alarm))


def _draws(tx: Connection, cleared: Cleared, now: datetime) -> dict[str, Draw]:
    """Of each category that stood on one step all last week, unless two people have looked into that week."""
    start, found = guardrails.last_week(now), {}
    for taken in ramp.raised(tx):
        lifted = cleared.get((Kind.HOLD_OUT, taken.category))
        if taken.in_force_at is None or taken.in_force_at > start or (lifted is not None and lifted > start):
            continue
        kept, of = ramp.drawn(tx, taken.category, start, start + guardrails.WEEK)
        _, before = ramp.drawn(tx, taken.category, start - guardrails.WEEK, start)
        found[taken.category] = Draw(taken.to_step, kept, of, before)
    return found


def _is_frozen(alarm: Alarm, there: list[Frozen]) -> bool:
    return any((frozen.kind, frozen.scope) == (alarm.kind, Scope(category=alarm.category)) for frozen in there)


def _freeze(deps: Deps, alarm: Alarm) -> bool:
    """One freeze for each kind and category: the first line that was crossed names its cause."""
    now, scope = deps.clock.now(), Scope(category=alarm.category)
    level = Freeze.DRAFT_ONLY if alarm.kind is Kind.CRITICAL else Freeze.AUTO_OFF
    with deps.engine.begin() as tx:
        before = {frozen.id for frozen in freezes.still_open(tx)}
        row_id = freezes.freeze(tx, scope, level, alarm.kind, alarm.words, "countersign", now)
        if row_id in before:
            return False
        header = {"kind": alarm.kind, "category": alarm.category, **alarm.seen}
        audit.append(tx, now, "countersign", "guardrail.crossed", f"freeze:{row_id}", header)
    return True

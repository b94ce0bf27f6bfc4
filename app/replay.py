"""Replay: the last days' real decisions under another policy, in steps that can be left and found again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.deps import Deps
from app.governance.document import parse
from app.governance.policy import Policy
from app.governance.proposal import Tier
from app.governance.trial import Reach, reach
from app.store import policies, replays
from app.store.replays import Past, Replay

STEP = 500
SILENT = timedelta(seconds=15)


def begin(deps: Deps, toml: str, days: int, who: str) -> Replay:
    """Start a trial of the last days, or go on with the one that was left."""
    policy, until = parse(toml), deps.clock.now()
    with deps.engine.begin() as tx:
        return replays.begin(tx, policy.sha256, toml, until - timedelta(days=days), until, who)


def run(deps: Deps, replay_id: int, tell: Callable[[Replay], None] = lambda _: None, patience: float = 1e9) -> Replay:
    """Step by step until it is done, stopped, or the time is over."""
    started = time.monotonic()
    with deps.readers.begin() as tx:
        at = replays.read(tx, replay_id)
    while at.state == replays.RUNNING and time.monotonic() - started < patience:
        at = step(deps, at)
        tell(at)
    return at


def look(deps: Deps, replay_id: int) -> Replay | None:
    """How far it is. A bell that was lost is rung again by whoever looks."""
    with deps.readers.begin() as tx:
        at = replays.find(tx, replay_id)
    if at is not None and at.state == replays.RUNNING and deps.clock.now() - at.moved_at > SILENT:
        deps.ring("replay", [at.id])
    return at


def stop(deps: Deps, replay_id: int) -> None:
    """Leave it; `begin` goes on from there."""
    with deps.engine.begin() as tx:
        if replays.read(tx, replay_id).state == replays.RUNNING:
            replays.move(tx, replay_id, replays.STOPPED, deps.clock.now())


def step(deps: Deps, at: Replay) -> Replay:
    """The next few hundred decisions."""
    with deps.readers.begin() as tx:
        base, new = policies.in_force(tx, at.until), parse(at.toml)
        rows = replays.past(tx, deps.keys, at, STEP)
        tried = [(row, *_reached(row, base, new)) for row in rows]
        gained = [row.id for row, before, after in tried if after is Reach.AUTO and before is not Reach.AUTO]
        again = replays.came_again(tx, gained) if gained else set[str]()
    counts = Counter(at.counts)
    for row, before, after in tried:
        _count(counts, row, before, after, came_again=row.id in again)
    through = rows[-1].id if rows else at.through
    with deps.engine.begin() as tx:
        replays.advance(tx, at, through, counts, deps.clock.now(), done=len(rows) < STEP)
        return replays.read(tx, at.id)


def _reached(row: Past, base: Policy | None, new: Policy) -> tuple[Reach | None, Reach | None]:
    if row.proposal is None:
        return None, None
    before = reach(row.proposal, base, confirmed=row.confirmed)
    return before, reach(row.proposal, new, confirmed=row.confirmed)


def _count(counts: Counter[str], row: Past, before: Reach | None, after: Reach | None, *, came_again: bool) -> None:
    if before is None or after is None or row.proposal is None:
        counts["forgotten"] += 1
        return
    counts["tried"] += 1
    counts[f"before.{before.name.lower()}"] += 1
    counts[f"after.{after.name.lower()}"] += 1
    high_stakes = row.proposal.tier is Tier.HIGH_STAKES or bool(row.proposal.triggers)
    counts["tier3_sendable"] += high_stakes and after >= Reach.ASSISTED
    counts["bolder"] += after > before
    counts["more_cautious"] += after < before
    if after is Reach.AUTO and before is not Reach.AUTO:
        counts["now_auto"] += 1
        counts["now_auto_regretted"] += row.corrected or came_again


def as_json(at: Replay) -> dict[str, Any]:
    """How far it came, and what it found so far."""
    named = ("tried", "forgotten", "now_auto", "now_auto_regretted", "tier3_sendable", "bolder", "more_cautious")
    found = {name: at.counts.get(name, 0) for name in named}
    reached = {
        when: {one.name.lower(): at.counts.get(f"{when}.{one.name.lower()}", 0) for one in Reach}
        for when in ("before", "after")
    }
    days = (at.until - at.since).days
    return {
        "id": at.id,
        "state": at.state,
        "days": days,
        "total": at.total,
        "done": at.done,
        **found,
        **reached,
        "says": says(at),
    }


def says(at: Replay) -> str:
    """The one sentence that decides: how many more could go by themselves, and how that would have ended."""
    tried, gained = at.counts.get("tried", 0), at.counts.get("now_auto", 0)
    if not tried:
        return "no decision of that time can be tried"
    regretted, high = at.counts.get("now_auto_regretted", 0), at.counts.get("tier3_sendable", 0)
    ended = (
        f"; of these {regretted:,} were later edited, rejected or reopened, or the customer wrote again within 7 days"
        if gained
        else ""
    )
    less = at.counts.get("more_cautious", 0)
    back = f"; {less:,} would be held back more than before" if less else ""
    return f"{gained:,} of {tried:,} could now be auto-sent, once evidence allows; {high:,} tier 3{ended}{back}"

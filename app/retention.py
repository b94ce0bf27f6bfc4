"""Retention: what was kept long enough goes, by the periods of the policy in force. Without a readable one nothing does."""

from __future__ import annotations

from app.deps import Deps
from app.store import policies, practices, pruning, readings, subjects


def expire(deps: Deps) -> None:
    """Once an hour: words older than `logs.content`, then entries of messages older than `logs.decisions`; people's own figures."""
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        practices.expire(tx, now)
        readings.expire(tx, now)  # promised to the people themselves, whatever the policy says
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
    if policy is None:
        return
    with deps.engine.begin() as tx:
        subjects.expire(tx, deps.keys, now - policy.logs.content, now)
    with deps.readers.begin() as tx:
        due = pruning.due(tx, policy.logs, now)
    for one in due:
        with deps.engine.begin() as tx:
            pruning.prune(tx, one, now)

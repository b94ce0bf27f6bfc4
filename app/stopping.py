"""Stop and wait: OFF in one commit, then drained until CONFIRMED; whoever stopped starts the drain."""

from __future__ import annotations

import time
from typing import Any

from app import desk, review, revoking, sweep
from app.deps import Deps

OPERATOR = "operator"


def stop(
    deps: Deps, scope: str, reason: str, wait: float | None, actor: str = OPERATOR, *, revoke: bool = False
) -> dict[str, Any] | None:
    """Turn OFF; with `wait`, in seconds, drain until CONFIRMED or the time is over. None: no such scope.

    `revoke`: then the hosts' tokens too.
    """
    started = time.monotonic()
    try:
        review.roll_back(deps, scope, actor, reason)
    except review.NotFound:
        return None
    off_ms = round((time.monotonic() - started) * 1000)
    if wait is not None:
        sweep.drain_until(deps, scope, wait)
    revoked = {"revoked": revoking.revoke(deps, actor)} if revoke else {}
    state = _scope(deps, scope)
    return {
        **revoked,
        "state": state.state.value,
        "off_ms": off_ms,
        "confirmed_ms": state.confirmed_ms,
        "sent_before": state.sent_before,
        "unclear": state.unclear,
        "to_humans": state.to_humans,
        "in_flight": list(state.in_flight),
    }


def _scope(deps: Deps, scope: str) -> desk.Scope:
    return next(found for found in desk.switches(deps) if found.scope == scope)

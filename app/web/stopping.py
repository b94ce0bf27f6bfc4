"""The stop from a page: OFF before the answer, and a thread that drains, should every other process be dead."""

from __future__ import annotations

import threading

from app import review, sweep
from app.web.context import current_deps, current_pass

LONGEST = 120.0  # seconds; the clock's sweeper goes on for as long as it takes


def stop_now(scope: str, reason: str) -> None:
    """OFF is committed when this returns; CONFIRMED follows as soon as nothing is in flight."""
    deps = current_deps()
    review.roll_back(deps, scope, current_pass().member.id, reason)
    threading.Thread(target=sweep.drain_until, args=(deps, scope, LONGEST), name=f"drain {scope}", daemon=True).start()

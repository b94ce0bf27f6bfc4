"""The stop from a page: OFF before the answer, and a thread that drains, should every other process be dead."""

from __future__ import annotations

import threading

from app import desk, review, sweep
from app.deps import Deps
from app.governance.decision import Switch
from app.web.context import current_deps, current_pass

LOOK_AGAIN = 0.2
LONGEST = 120.0  # the clock's sweeper goes on for as long as it takes


def stop_now(scope: str, reason: str) -> None:
    """OFF is committed when this returns; CONFIRMED follows as soon as nothing is in flight."""
    deps = current_deps()
    review.roll_back(deps, scope, current_pass().member.id, reason)
    threading.Thread(target=_drain, args=(deps, scope), name=f"drain {scope}", daemon=True).start()


def _drain(deps: Deps, scope: str) -> None:
    waiting = threading.Event()
    for _ in range(round(LONGEST / LOOK_AGAIN)):
        sweep.drain(deps)
        if all(standing.state is not Switch.OFF for standing in desk.switches(deps) if standing.scope == scope):
            return
        waiting.wait(LOOK_AGAIN)

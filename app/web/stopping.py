"""The stop from a page: OFF before the answer, and a thread that drains, should every other process be dead."""

from __future__ import annotations

import threading

from app import review, revoking, sweep
from app.deps import Deps
from app.store.staff import Member
from app.web.context import current_deps, current_pass

LONGEST = 120.0  # seconds; the clock's sweeper goes on for as long as it takes


def stop_now(scope: str, reason: str, *, revoke: bool = False, by: Member | None = None) -> None:
    """OFF is committed when this returns; CONFIRMED follows as soon as nothing is in flight, then the tokens go."""
    deps, actor = current_deps(), (by or current_pass().member).id
    review.roll_back(deps, scope, actor, reason)
    threading.Thread(target=_finish, args=(deps, scope, actor, revoke), name=f"drain {scope}", daemon=True).start()


def _finish(deps: Deps, scope: str, actor: str, revoke: bool) -> None:  # noqa: FBT001 - a thread's arguments
    if revoke:
        revoking.revoke(deps, actor)
    sweep.drain_until(deps, scope, LONGEST)


def drain(scope: str) -> None:
    """Beside the answer, until that scope is CONFIRMED: whoever stopped it had no name here, or another road."""
    rest = (current_deps(), scope, LONGEST)
    threading.Thread(target=sweep.drain_until, args=rest, name=f"drain {scope}", daemon=True).start()

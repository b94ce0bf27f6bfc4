"""The sweeper: settle what has no outcome, ring again, drain after OFF."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import TypeVar

from app import crash, ramping
from app.deliver import settle
from app.deps import Deps
from app.governance.decision import Switch
from app.host import TicketRef
from app.store import heartbeats, inbox, outbox, outcomes, proposals, switch, waits

T = TypeVar("T")
_TICK = 0.1
_JUST_RUNG = timedelta(seconds=1)  # whoever filed a row has just rung for it
PATIENCE = timedelta(seconds=5)  # how long a drain lets sends end by themselves: four calls of 2 s may follow


def sweep(deps: Deps) -> None:
    """One round. Any process may run it, also several at once: compare-and-set decides."""
    each((settle_stuck, drain, look_again, hold_anew, ramping.fall_back), lambda task: task(deps))
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, "sweeper", deps.clock.now())


def settle_stuck(deps: Deps, scope: str | None = None) -> None:
    """Fence, read back and settle every SENDING row whose lease is over, or all of a scope, side by side."""
    with deps.readers.begin() as tx:
        stuck = outbox.stuck(tx, deps.clock.now(), scope=scope)
    if not stuck:
        return
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = [pool.submit(_settle, deps, row_id) for row_id in stuck]
    each(asked, Future.result)


def _settle(deps: Deps, row_id: int) -> None:
    with deps.readers.begin() as tx:
        attempt = outbox.in_flight(tx, deps.keys, row_id)
    if attempt is not None:
        settle(deps, *attempt)


def drain(deps: Deps) -> None:
    """CONFIRMED for every scope that is OFF and has nothing in flight; what lingers is fenced first."""
    with deps.readers.begin() as tx:
        off = [scope for scope in switch.scopes(tx) if scope.state is Switch.OFF]
    each(off, lambda scope: _drain(deps, scope))


def drain_until(deps: Deps, scope: str, seconds: float) -> Switch:
    """Drain until that scope is CONFIRMED, or for so long; whoever stopped may do it, compare-and-set decides."""
    deadline = time.monotonic() + seconds
    while (state := _state(deps, scope)) is Switch.OFF and time.monotonic() < deadline:
        drain(deps)
        time.sleep(_TICK)
    return state


def _state(deps: Deps, scope: str) -> Switch:
    with deps.readers.begin() as tx:
        return next(standing.state for standing in switch.scopes(tx) if standing.scope == scope)


def _drain(deps: Deps, scope: switch.ScopeState) -> None:
    crash.point("draining")
    try:
        if scope.off_at is None or over(deps.clock.now() - scope.off_at, PATIENCE):
            settle_stuck(deps, scope.scope)
    finally:
        with deps.engine.begin() as tx:
            confirmed = switch.confirm(tx, scope.scope, deps.clock.now())
            if confirmed:
                crash.point("confirm-uncommitted")


def each(things: Iterable[T], do: Callable[[T], object]) -> None:
    """One that fails keeps no other waiting; the last failure is raised afterwards, the others in its context."""
    with ExitStack() as stack:
        for thing in reversed(list(things)):
            stack.callback(do, thing)


def over(passed: timedelta, wait: timedelta) -> bool:
    """Is that wait over? Also if the clock was set back meanwhile: else all that waits would wait for an hour more."""
    return not timedelta() <= passed < wait


def _none(_job: str) -> frozenset[int]:
    return frozenset()


class Ringer:
    """Rings for every row that is due: at once, and again every few seconds until a worker came.

    `held`: what Redis holds already. Ringing for that again would bury what is new behind work that is done: workers
    that lag behind would lag ever more.
    """

    def __init__(self, again: timedelta = timedelta(seconds=5), held: Callable[[str], frozenset[int]] = _none) -> None:
        self._again, self._held = again, held
        self._rung: dict[tuple[str, int], datetime] = {}

    def ring(self, deps: Deps) -> None:
        """Call often; it costs two indexed reads. A worker that finds its row done says so and stops."""
        now = deps.clock.now()
        with deps.readers.begin() as tx:
            due = {"handle": inbox.due(tx, now - _JUST_RUNG), "deliver": outbox.due(tx, now, rung=_JUST_RUNG)}
        wanted = {(job, row_id) for job, ids in due.items() for row_id in ids}
        self._rung = {key: at for key, at in self._rung.items() if key in wanted and not over(now - at, self._again)}
        for job, ids in due.items():
            fresh = [row_id for row_id in ids if (job, row_id) not in self._rung]
            held = self._held(job) if fresh else frozenset()
            deps.ring(job, [row_id for row_id in fresh if row_id not in held])
            self._rung.update({(job, row_id): now for row_id in fresh})


def look_again(deps: Deps) -> None:
    """Proposals whose worker died: file their tickets anew, at most once a minute each."""
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        for host, ticket in proposals.abandoned(tx, now):
            ref = TicketRef(host, ticket)
            inbox.add(tx, deps.keys, host, [inbox.again(ref, f"again:{ticket}:{now:%Y%m%d%H%M}")], now)


def hold_anew(deps: Deps) -> None:
    """Else an answer that was approved while the clock was an hour ahead would go an hour late."""
    with deps.engine.begin() as tx:
        waits.hold_anew(tx, deps.clock.now())


def leave_unreviewed(deps: Deps) -> None:
    """What nobody judged within seven days ends so: no draft drops out of the figures in silence."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        waited = outcomes.overdue(tx, now)
    for proposal_id in waited:
        with deps.engine.begin() as tx:
            outcomes.unreviewed(tx, deps.keys, proposal_id, "not looked at", now)

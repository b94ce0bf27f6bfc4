"""The drill: canaries on the running product, one killed in the middle of its send, and the stop proved over them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from subprocess import DEVNULL, Popen
from typing import Any

from app import canary as host
from app import freezing, review, sweep
from app.deps import Deps
from app.governance import canary, rehearsal
from app.governance.decision import Reason, Switch, decide
from app.governance.proposal import Tier
from app.governance.rehearsal import Measured
from app.host import TicketRef
from app.store import audit, canaries, controls, drills, engine, policies, proposals, switch
from app.store.drills import Drill
from app.store.staff import Member

Sender = Callable[[int], Popen[bytes]]
"""Starts a process that sends that one outbox row: the one that is killed. The running senders never get it."""


def own_sender(row_id: int) -> Popen[bytes]:
    """A process of this deployment for that one row."""
    # -P: whatever lies in the folder we were started from is not our code
    command = [sys.executable, "-P", "-m", "app", "serve", "one-row", "--row", str(row_id)]
    return Popen(command, stdin=DEVNULL, stdout=DEVNULL)


OPERATOR = review.Actor(Member("operator", "", "The operator", "", "", "admin"), "command-line")
ASKED_WITHIN = 30.0  # seconds until a sender must have taken a canary
CONFIRMED_WITHIN = 120.0
WATCHED = 2.0  # seconds after CONFIRMED for whatever might still come
_TICK = 0.05
_PARTS = (canaries.QUICK, canaries.SLOW, canaries.KILLED, canaries.HELD)


def begin(deps: Deps, queue: str, actor: review.Actor) -> int:
    """Write the drill down, so that it can be watched. `queue`: the canary queue, or a real one, which stops it.

    Raises Refused while another one runs, or where the switch is not LIVE: nothing would be in flight.
    """
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        policy = policies.in_force(tx, now)
        if policy is None or (queue != canary.QUEUE and policy.queue(queue) is None):
            raise review.NotFound(Reason("scope", f"there is no queue {queue}"))
        if switch.read(tx, None if queue == canary.QUEUE else queue).state is not Switch.LIVE:
            raise review.Refused(Reason("rollback", "the switch is not LIVE: there is nothing to rehearse with"))
        drill_id = drills.begin(tx, queue, actor.member.id, now)
    if drill_id is None:
        raise review.Refused(Reason("drill", "a drill is running: wait for its certificate"))
    return drill_id


def run(deps: Deps, drill_id: int, actor: review.Actor, sender: Sender) -> Drill:
    """Rehearse, and write the certificate, whatever comes of it. On a real queue the restore is asked for as well."""
    drill = _find(deps, drill_id)
    seen, told = Measured(), dict[str, Any]()
    try:
        seen = _rehearse(deps, drill, actor, sender, told)
    except review.Refusal as refused:  # a freeze, or a policy that no canary passes: it proves nothing, and says why
        told["refused"] = str(refused)
    finally:
        _certify(deps, drill, seen, told)
    if drill.queue != canary.QUEUE and actor.member.may("admin") and actor is not OPERATOR:
        with suppress(review.Refusal):  # somebody was faster, or it is not confirmed: the page says so
            review.restore(deps, drill.queue, actor, granting=False)
    freezing.keep_clean(deps)  # a rehearsal that was overdue is overdue no more
    return _find(deps, drill_id)


def _rehearse(deps: Deps, drill: Drill, actor: review.Actor, sender: Sender, told: dict[str, Any]) -> Measured:
    rows = {part: _approved(deps, drill, part, actor) for part in _PARTS}
    _wait(lambda: False, deps.settings.undo_seconds)  # also a canary can be undone: its time passes as for everybody
    _step(deps, drill, "flying")
    seen = Measured(sent_by_workers=int(_flies(deps, drill, rows, canaries.QUICK, lambda one: one.applied_at)))
    child = sender(rows[canaries.KILLED])
    try:
        reached = _wait(lambda: _canary(deps, drill, canaries.KILLED).asked_at is not None, ASKED_WITHIN)
        _flies(deps, drill, rows, canaries.SLOW, lambda one: one.asked_at)
    finally:
        child.kill()
        child.wait()
    killed = _canary(deps, drill, canaries.KILLED)
    told["killed_sender"] = {"row": rows[canaries.KILLED], "process": child.pid, "attempt": killed.attempt}
    seen = replace(seen, killed=reached and child.returncode == -signal.SIGKILL and killed.applied_at is None)
    return _stop(deps, drill, actor, seen, told)


def _stop(deps: Deps, drill: Drill, actor: review.Actor, seen: Measured, told: dict[str, Any]) -> Measured:
    _step(deps, drill, "stopping")
    with deps.readers.begin() as tx:
        told["tickets_in_flight"] = [f"{name}:{ticket}" for name, ticket in switch.in_flight(tx, drill.queue)]
    began = time.monotonic()
    review.roll_back(deps, drill.queue, actor.member.id, "a rehearsal")
    seen = replace(seen, off_ms=round((time.monotonic() - began) * 1000), in_flight=len(told["tickets_in_flight"]))
    sweep.drain_until(deps, drill.queue, CONFIRMED_WITHIN)
    with deps.readers.begin() as tx:
        scope = next(one for one in switch.scopes(tx) if one.scope == drill.queue)
        told["off_gen"] = switch.read(tx, drill.queue).generations[1]
    told |= {name: _iso(getattr(scope, name)) for name in ("off_at", "confirmed_at")}
    told |= {name: getattr(scope, name) for name in ("sent_before", "unclear")}
    seen = replace(seen, to_humans=scope.to_humans or 0)
    if scope.off_at is None or scope.confirmed_at is None:
        return seen
    took = round((scope.confirmed_at - scope.off_at).total_seconds() * 1000)
    return _watch(deps, drill, replace(seen, confirmed_ms=took), scope.confirmed_at)


def _watch(deps: Deps, drill: Drill, seen: Measured, confirmed_at: datetime) -> Measured:
    """What the network still held arrives now. The host must refuse it, and the ledger must not have grown."""
    _step(deps, drill, "watching")
    time.sleep(WATCHED)
    with deps.engine.begin() as tx:
        for one in canaries.of_drill(tx, drill.id).values():
            if one.asked_at is not None and one.applied_at is None and one.refused_at is None:
                canaries.apply(tx, one.id, deps.clock.now())
    with deps.readers.begin() as tx:
        ledger = canaries.of_drill(tx, drill.id).values()
        ours = drills.sent_since(tx, drill.queue, confirmed_at)
    late = sum(one.refused_at is not None for one in ledger)
    after = sum(one.applied_at is not None and one.applied_at > confirmed_at for one in ledger)
    return replace(seen, late_refused=late, after_confirmed=after + ours)


def _certify(deps: Deps, drill: Drill, seen: Measured, told: dict[str, Any]) -> None:
    """In every case: also a drill that failed is told, and leaves no canary behind."""
    found = rehearsal.faults(seen)
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        policy = policies.in_force(tx, now)
        versions = {"policy_version": policy.version if policy else None, "release": engine.REVISION}
        start = {"queue": drill.queue, "started_at": _iso(drill.started_at)}
        drills.end(
            tx, drill, {**start, **versions, **asdict(seen), **told, "passed": not found, "why": list(found)}, now
        )


# --- canaries ----------------------------------------------------------------------------------------------------------


def _approved(deps: Deps, drill: Drill, part: str, actor: review.Actor) -> int:
    """A canary that somebody said yes to, by the road of every other: the outbox row that waits for its undo time."""
    with deps.engine.begin() as tx:
        setting, now = switch.read_locked(tx, drill.queue), deps.clock.now()
        ref = TicketRef(canary.HOST, str(canaries.new(tx, drill.id, part)))
        ticket = host.blank(ref, now)
        begun = proposals.begin(tx, deps.keys, ticket, ticket.comments[0], drill.queue, now, now).stored
        assert begun is not None  # noqa: S101 - nobody else knows this ticket
        stored = replace(begun, record=replace(begun.record, proposal=canary.filled(begun.proposal)))
        facts = controls.read(tx, deps.keys, stored, setting, stored.as_last_read(), now)
        decision = decide(facts.proposal, facts.policy, facts.controls)
        version = facts.policy.version if facts.policy else None
        proposals.conclude(tx, deps.keys, stored, decision, version, proposals.OFFERED, now)
        said = {"action": decision.action.name, "mode": decision.mode.label, "category": canary.CATEGORY, "sources": []}
        rules = [reason.rule for reason in decision.reasons]
        header = {**said, "tier": int(Tier.LOOKUP), "rules": rules, "policy_version": version}
        audit.append(tx, now, "countersign", "proposal.decided", stored.id, header)
    approval = review.approve(deps, stored.id, facts.seen, replace(actor, via="drill"))
    with deps.readers.begin() as tx:
        return canaries.row_of(tx, approval.id)


def _flies(
    deps: Deps, drill: Drill, rows: dict[str, int], part: str, until: Callable[[canaries.Canary], datetime | None]
) -> bool:
    """Ring for the running senders, as for any row; a bell that was lost is rung again."""
    for _ in range(int(ASKED_WITHIN)):
        deps.ring("deliver", [rows[part]])
        if _wait(lambda: until(_canary(deps, drill, part)) is not None, 1.0):
            return True
    return False


def _canary(deps: Deps, drill: Drill, part: str) -> canaries.Canary:
    with deps.readers.begin() as tx:
        return canaries.of_drill(tx, drill.id)[part]


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (reached := condition()) and time.monotonic() < deadline:
        time.sleep(_TICK)
    return reached


def _step(deps: Deps, drill: Drill, name: str) -> None:
    with deps.engine.begin() as tx:
        drills.step(tx, drill.id, name)


def _find(deps: Deps, drill_id: int) -> Drill:
    with deps.readers.begin() as tx:
        return next(drill for drill in drills.listed(tx) if drill.id == drill_id)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None


def tidy(deps: Deps) -> None:
    """A drill whose process died is told as failed, and its canaries go; the clock looks every minute."""
    with deps.readers.begin() as tx:
        found = drills.left_behind(tx, deps.clock.now())
    if found is not None:
        _certify(deps, found, Measured(), {"refused": "its process died"})

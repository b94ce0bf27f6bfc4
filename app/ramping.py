"""The ramp's life: asked for by one person, granted by another who is named for it, lowered by anybody or by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app import figures
from app.deps import Deps
from app.governance.decision import Reason
from app.governance.evidence import Bar
from app.governance.gate import Gate
from app.governance.policy import Category, Mode, Policy
from app.governance.ramp import Ground, Step, next_step, objections
from app.publishing import approvers
from app.review import Actor, Changed, Forbidden, NotFound, Refused
from app.store import evidence, glance, heartbeats, policies, ramp, switch
from app.store.evidence import Report
from app.store.glance import once
from app.store.ramp import Taken

REQUEST_LASTS = timedelta(days=7)
_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one category goes by itself, and what stands between it and the next step."""

    report: Report
    step: Step
    matured: int
    objections: tuple[str, ...]
    request: Taken | None

    @property
    def next(self) -> Step:
        """The step after this one."""
        return next_step(self.step)


def standings(deps: Deps) -> tuple[Standing, ...]:
    """Every category that may ever send by itself; none while no policy is in force."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        glance.begin(tx)
        policy = policies.in_force(tx, now)
        wanted = [one for one in policy.categories if one.ceiling is Mode.AUTO] if policy else []
        if policy is None or not wanted:
            return ()
        evidence.look(tx, policy)
        ramp.look(tx, [one.name for one in wanted], now)
        findings = figures.open_findings(tx, deps, policy)
        return tuple(_stands(tx, policy, category, findings, now) for category in wanted)


def _standing(tx: Connection, deps: Deps, policy: Policy, category: Category) -> Standing:
    return _stands(tx, policy, category, figures.open_findings(tx, deps, policy), deps.clock.now())


def _stands(tx: Connection, policy: Policy, category: Category, findings: int, now: datetime) -> Standing:
    report = evidence.report(tx, policy, category, findings, now)
    plan = report.registered.sha256 if report.registered else None
    step, taken = ramp.standing_on(tx, category.name, plan), once(tx, ramp.in_force, category.name)
    matured = once(tx, ramp.matured, taken, now) if taken is not None and step is not Step.OFF else 0
    ground = Ground(
        gate=report.verdict.outcome,
        matured=matured,
        alarms=evidence.frozen(tx, category.name),
        ceiling_is_auto=category.ceiling is Mode.AUTO,
    )
    return Standing(report, step, matured, objections(step, ground), once(tx, ramp.asked, category.name))


def _of(tx: Connection, deps: Deps, name: str) -> Standing:
    policy = policies.in_force(tx, deps.clock.now())
    category = policy.category(name) if policy else None
    if policy is None or category is None:
        raise NotFound(Reason("category", f"the policy has no category {name}"))
    return _standing(tx, deps, policy, category)


def as_json(stands: Standing) -> dict[str, Any]:
    """One category of `ramp --json`."""
    asked = stands.request
    return {
        "category": stands.report.category.name,
        "step": stands.step.words,
        "next": stands.next.words,
        "matured": stands.matured,
        "objections": list(stands.objections),
        "asked": {"id": asked.id, "step": asked.to_step.words, "by": asked.asked_by, "why": asked.reason}
        if asked
        else None,
    }


def in_words(found: dict[str, Any]) -> str:
    """For people."""
    asked = found["asked"]
    waits = f"\n  request {asked['id']} for {asked['step']} waits for a second admin: {asked['why']}" if asked else ""
    why = "".join(f"\n  not further yet: {words}" for words in found["objections"])
    return f"{found['category']}: {found['step']}{waits}{why}"


def ask(deps: Deps, category: str, reason: str, actor: Actor) -> Taken:
    """Ask for the next step. Nothing changes until a second person grants it."""
    actor.must_be("admin")
    if not reason.strip():
        raise Refused(Reason("reason", "say in a few words why"))
    with deps.engine.begin() as tx:
        stands = _allowed(_of(tx, deps, category))
        plan = stands.report.registered
        assert plan is not None  # noqa: S101 - without a plan the evidence does not hold
        return ramp.ask(tx, category, stands.next, plan.sha256, actor.member.id, reason.strip(), deps.clock.now())


def _allowed(stands: Standing) -> Standing:
    if stands.objections:
        raise Refused(*(Reason("ramp", words) for words in stands.objections))
    return stands


def grant(deps: Deps, request_id: int, actor: Actor) -> Step:
    """A second person's yes to exactly that request: all that it stands on is read again, beside no claim."""
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        switch.hold_all(tx)  # ordered against every claim
        request = ramp.find(tx, request_id)
        if request is None:
            raise NotFound(Reason("not-found", f"there is no request {request_id}"))
        if request.asked_by == actor.member.id:
            raise Refused(Reason("author", "who asked for a step never grants it: ask a second person"))
        _may_grant(tx, deps, actor)
        stands = _allowed(_still(_of(tx, deps, request.category), request))
        if deps.clock.now() - request.asked_at > REQUEST_LASTS:
            raise Changed(Reason("changed", "it was asked for over a week ago: ask for it anew"))
        tally = stands.report.verdict.tally
        counted = {"good": tally.good, "failed": tally.failed, "matured": stands.matured}
        ramp.grant(tx, request, actor.member.id, counted, deps.clock.now())
    return request.to_step


def _may_grant(tx: Connection, deps: Deps, actor: Actor) -> None:
    may = approvers(tx, deps.clock.now())
    if actor.member.id not in {one.id for one in may}:
        names = ", ".join(one.email for one in may) or "nobody"
        raise Forbidden(Reason("approver", f"the policy in force lets {names} grant this: `scope_expansion`"))


def _still(stands: Standing, request: Taken) -> Standing:
    """The request is the newest word on that category, for the step and the evidence as they stand."""
    plan = stands.report.registered
    same = plan is not None and plan.sha256 == request.plan
    if stands.request != request or not same or (stands.step, stands.next) != (request.from_step, request.to_step):
        raise Changed(Reason("changed", "something changed since it was asked for: look again, and ask anew"))
    return stands


def lower(deps: Deps, category: str, to: Step, reason: str, actor_id: str) -> bool:
    """Down, at once, and no reason is needed. Whoever may act here was checked by the caller. False: it is no higher."""
    with deps.engine.begin() as tx:
        switch.hold_all(tx)
        return ramp.lower(tx, category, to, actor_id, reason, deps.clock.now())


def fall_back(deps: Deps) -> None:
    """Where the reviews no longer carry it, automation ends by itself, and two people raise it again.

    What is mere upkeep (a second review that is missing, a drill that is due) only pauses it: the claim asks each time.
    """
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        raised, beat = ramp.raised(tx), heartbeats.of(tx, "ramp")
    if not raised or (beat is not None and timedelta() <= now - beat.at < _EVERY):
        return
    for taken in raised:
        with deps.engine.begin() as tx:
            switch.hold_all(tx)
            why = _why_lost(tx, deps, taken)
            if why is not None:
                ramp.lower(tx, taken.category, Step.OFF, "countersign", why, now)
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, "ramp", now)


def _why_lost(tx: Connection, deps: Deps, taken: Taken) -> str | None:
    policy = policies.in_force(tx, deps.clock.now())
    category = policy.category(taken.category) if policy else None
    if policy is None or category is None or category.ceiling is not Mode.AUTO:
        return "the policy no longer allows it"
    stands = _standing(tx, deps, policy, category)
    plan = stands.report.registered
    if plan is None or plan.sha256 != taken.plan:
        return "drafts are made otherwise than the ones that were reviewed"
    verdict = stands.report.verdict
    if verdict.outcome is Gate.FAIL:
        return verdict.next_step or "the evidence failed"
    if not Bar(plan.plan.p0, plan.plan.alpha).reached(verdict.tally.good, verdict.tally.failed):
        return f"{verdict.tally.failed} of {verdict.tally.counted} reviewed drafts failed: too many"
    return None

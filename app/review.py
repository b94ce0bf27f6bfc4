"""What people do with a proposal and with the switch: the one set of actions behind pages, sidebar and command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import crash
from app.deps import Deps
from app.governance import checks
from app.governance.decision import Action, Decision, Reason, Switch, decide
from app.governance.outcome import How
from app.governance.reviews import Outcome
from app.host import Purpose
from app.store import (
    approvals,
    audit,
    controls,
    drills,
    labels,
    outbox,
    outcomes,
    proposals,
    sources,
    switch,
    turns,
)
from app.store.glance import once
from app.store.record import Stored
from app.store.staff import Member

TO_A_PERSON = "should be escalated"
REJECTIONS = (
    "wrong answer",
    "wrong source",
    "incomplete",
    "wrong tone",
    "wrong language",
    TO_A_PERSON,
    "no reply needed",
    "other",
)
STOPPABLE = (proposals.APPROVED, proposals.HELD)
STATUSES = ("open", "pending", "solved")


class Refusal(Exception):
    """An action that a rule refuses; the reasons are for the person."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.text for reason in reasons))
        self.reasons = reasons


class Refused(Refusal):
    """A rule says no."""


class Changed(Refusal):
    """It changed since they saw it."""


class Forbidden(Refusal):
    """Their role does not allow it."""


class NotFound(Refusal):
    """There is no such thing."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the host says they are, and by which road."""

    member: Member
    via: str  # sidebar, queue, settings, command-line; batch: one of many
    shown_ms: int | None = None  # how long they had it on screen, as their page says

    def must_be(self, role: str) -> None:
        """Raises Forbidden below that role."""
        if not self.member.may(role):
            raise Forbidden(Reason("role", f"this needs the role {role}"))


@contextmanager
def changing(
    deps: Deps, proposal_id: str, *states: str, alone: bool = False
) -> Iterator[tuple[Connection, Stored, controls.Now]]:
    """The proposal held in a write transaction, if it is in one of these states, with all that a decision stands on.

    The switch first, then the proposal, then the outbox: everybody locks in that order, so nobody waits in a ring.
    `alone`: no claim in the queue commits beside us.
    """
    with deps.engine.begin() as tx:
        read = switch.read_held if alone else switch.read_locked
        setting = read(tx, proposals.queue_of(tx, proposal_id))
        stored = proposals.hold(tx, deps.keys, proposal_id)
        if stored is None:
            raise NotFound(Reason("not-found", "there is no such proposal"))
        if stored.state not in states:
            raise Changed(Reason("changed", f"it is {stored.state} now"))
        yield tx, stored, controls.read(tx, deps.keys, stored, setting, stored.as_last_read(), deps.clock.now())


# --- one proposal ------------------------------------------------------------------------------------------------------


def approve(deps: Deps, proposal_id: str, seen: str, actor: Actor, status: str | None = None) -> approvals.Approval:
    """Store a named yes to exactly what was seen; it is due after the undo time. A double click is one approval."""
    if status is not None and status not in STATUSES:
        raise Refused(Reason("status", f"the status is one of {', '.join(STATUSES)}"))
    try:
        return _approve(deps, proposal_id, seen, actor, status)
    except Changed:
        if before := _same_click(deps, proposal_id, seen, status, actor):
            return before
        raise


def _approve(deps: Deps, proposal_id: str, seen: str, actor: Actor, status: str | None) -> approvals.Approval:
    with changing(deps, proposal_id, proposals.OFFERED) as (tx, stored, facts):
        if facts.seen != seen:
            raise Changed(Reason("changed", "it changed since you saw it"))
        _would_go(facts)
        now = facts.at
        due = now + timedelta(seconds=deps.settings.undo_seconds)
        approval = approvals.add(tx, stored.id, actor.member, actor.via, seen, status, now, due, actor.shown_ms)
        draft = stored.proposal.draft
        assert draft is not None  # noqa: S101 - `undrafted` has objected otherwise
        row = outbox.put(tx, deps.keys, stored, Purpose.ANSWER, draft.text, now, not_before=due, approval=approval)
        if row is None:
            raise Changed(Reason("changed", "this message has its answer already"))
        proposals.move(tx, stored.id, proposals.APPROVED, now)
        header = {"approval": approval.id, "seen": seen, "role": actor.member.role, "via": actor.via, "row": row}
        audit.append(tx, now, actor.member.id, "proposal.approved", stored.id, header)
    crash.point("approved")
    return approval


def _same_click(deps: Deps, proposal_id: str, seen: str, status: str | None, actor: Actor) -> approvals.Approval | None:
    with deps.readers.begin() as tx:
        before = approvals.open_for(tx, proposal_id)
    if before is None or (before.seen, before.actor) != (seen, actor.member.id):
        return None
    if before.status_after != status:
        raise Changed(Reason("changed", f"you approved it as {before.status_after or 'it is'}: undo that first"))
    return before


def _would_go(facts: controls.Now) -> None:
    """An approval that could not send anything is refused at once, with its reasons."""
    decision = decide(facts.proposal, facts.policy, replace(facts.controls, approved=True))
    if decision.action is not Action.SEND:
        raise Refused(*decision.reasons)


def undo(deps: Deps, proposal_id: str, actor: Actor) -> None:
    """Take the yes back before anything left, or keep from the customer what would have gone by itself."""
    with changing(deps, proposal_id, *STOPPABLE) as (tx, stored, facts):
        stop(tx, stored, "undone", facts.at)
        proposals.move(tx, stored.id, proposals.OFFERED, facts.at)
        action = "hold.cancelled" if stored.state == proposals.HELD else "approval.undone"
        audit.append(tx, facts.at, actor.member.id, action, stored.id, {})


def edit(deps: Deps, proposal_id: str, text: str, seen: str, actor: Actor) -> None:
    """Put a person's words in the place of the draft they saw, and check them; every earlier yes is void."""
    if not text.strip():
        raise Refused(Reason("empty", "the draft is empty"))
    with changing(deps, proposal_id, proposals.OFFERED) as (tx, stored, facts):
        proposal = stored.proposal
        if proposal.draft is None:
            raise Refused(Reason("undrafted", "there is no draft to edit"))
        if facts.seen != seen:
            raise Changed(Reason("changed", "it changed since you saw it"))
        if text.strip() == proposal.draft.text.strip():
            raise Refused(Reason("unchanged", "nothing was changed"))
        known = (*(proposal.passages or ()), *sources.internal(tx))
        draft, found = checks.edited(text.strip(), proposal.draft, known, proposal.full_text or "")
        findings = (*checks.kept(proposal.findings or (), proposal.draft, draft), *found)
        proposal = replace(proposal, draft=draft, findings=findings)
        edited = replace(stored, record=replace(stored.record, proposal=proposal), edited_by=actor.member.id)
        _rewrite(tx, deps, edited, facts)
        audit.append(tx, facts.at, actor.member.id, "draft.edited", stored.id, {"findings": len(findings)})


def confirm_category(deps: Deps, proposal_id: str, actor: Actor) -> None:
    """A person says that the category is right: being unsure no longer stands in the way."""
    with changing(deps, proposal_id, proposals.OFFERED) as (tx, stored, facts):
        category = facts.policy.category(stored.proposal.category) if facts.policy else None
        if category is None or stored.proposal.corrects is not None:
            raise Refused(Reason("unanswerable", "there is no category to confirm"))
        proposal = replace(stored.proposal, tier=stored.proposal.judged or stored.proposal.tier)
        sure = replace(stored, record=replace(stored.record, proposal=proposal), confirmed_by=actor.member.id)
        _rewrite(tx, deps, sure, facts)
        labels.add(tx, stored.id, labels.CATEGORY, category.name, category.name, actor.member.id, facts.at)
        audit.append(tx, facts.at, actor.member.id, "category.confirmed", stored.id, {"category": category.name})


def _rewrite(tx: Connection, deps: Deps, stored: Stored, facts: controls.Now) -> None:
    """The changed proposal in the place of the one that `facts` were read for."""
    approvals.void(tx, stored.id, "the draft changed", facts.at)
    anew = controls.read(tx, deps.keys, stored, facts.setting, stored.as_last_read(), facts.at)
    proposals.rewrite(tx, deps.keys, stored, decide(anew.proposal, anew.policy, anew.controls), facts.at)


def reject(deps: Deps, proposal_id: str, reason: str, actor: Actor) -> None:
    """The draft is not good; the reason is one of the known failure patterns."""
    if reason not in REJECTIONS:
        raise Refused(Reason("reason", f"the reason is one of: {', '.join(REJECTIONS)}"))
    with changing(deps, proposal_id, proposals.OFFERED, *STOPPABLE) as (tx, stored, facts):
        stop(tx, stored, "rejected", facts.at)
        proposals.reject(tx, stored.id, reason, facts.at)
        judge(tx, stored, reason, actor, facts.at)
        audit.append(tx, facts.at, actor.member.id, "proposal.rejected", stored.id, {"reason": reason})


def judge(tx: Connection, stored: Stored, reason: str, actor: Actor, now: datetime) -> None:
    """A person's no to a draft, for the figures."""
    said = outcomes.Ending(Outcome.REJECTED, How.CLICKED, actor.member.id, reason, (), actor.shown_ms)
    outcomes.record(tx, stored, said, now)


def stop(tx: Connection, stored: Stored, why: str, now: datetime) -> None:
    """Take back what was approved, or what waits to go by itself. Raises Changed where it is on its way already."""
    if stored.state in STOPPABLE and not outbox.give_back_answer(tx, stored.id, why, now):
        raise Changed(Reason("changed", "it is on its way"))
    approvals.void(tx, stored.id, why, now)


# --- the switch --------------------------------------------------------------------------------------------------------


def roll_back(deps: Deps, scope: str, actor_id: str, reason: str = "") -> bool:
    """OFF, now. Whoever may act here was checked by the caller; a stop asks nothing else. False: it was not LIVE."""
    with turns.ahead_of_all(deps.engine), deps.engine.begin() as tx:
        if scope not in {standing.scope for standing in switch.scopes(tx)}:
            raise NotFound(Reason("scope", f"there is no queue {scope}"))
        stopped = switch.roll_back(tx, scope, actor_id, reason, deps.clock.now())
        crash.point("off-uncommitted")
    crash.point("off-committed")
    return stopped


def restore(deps: Deps, scope: str, actor: Actor, *, granting: bool = True) -> bool:
    """LIVE again, when a second admin asks for it too. Raises Refused until the stop is CONFIRMED.

    `granting`: they saw that somebody asked. Otherwise a request made meanwhile raises Changed.
    """
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        states = {standing.scope: standing.state for standing in switch.scopes(tx)}
        if scope not in states:
            raise NotFound(Reason("scope", f"there is no queue {scope}"))
        if states[scope] is Switch.OFF:
            raise Refused(Reason("unconfirmed", "wait for CONFIRMED: something may still be in flight"))
        held = switch.hold(tx, scope)
        stopped = drills.hold_stopped(tx, held)
        try:
            live = switch.restore(tx, scope, actor.member.id, deps.clock.now(), granting=granting, held=held)
        except switch.AskedMeanwhile as asked:
            raise Changed(
                Reason("changed", "somebody has just asked for this: look again before you grant it")
            ) from asked
        if live and stopped is not None:
            drills.offer_again(tx, stopped, actor.member.id, deps.clock.now())
        if live:
            crash.point("restore-uncommitted")
    return live


def judged(deps: Deps, tx: Connection, stored: Stored, now: datetime) -> tuple[Decision, controls.Now]:
    """What an open proposal would come to now, for showing."""
    setting = once(tx, switch.read, stored.proposal.queue)
    facts = controls.read(tx, deps.keys, stored, setting, stored.as_last_read(), now)
    return decide(facts.proposal, facts.policy, facts.controls), facts

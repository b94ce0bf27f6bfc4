"""Escalating: a ticket stops, somebody owns it, acts and decides what to document; the clock sees that nobody forgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import assigning, notes, review
from app.deliver import settle
from app.deps import Deps
from app.governance import roster
from app.governance.decision import Decision, Reason
from app.governance.policy import Duty, Policy
from app.host import Purpose, TicketRef
from app.review import Actor, Changed, Forbidden, Refused
from app.store import escalations, handled, handling, names, outbox, policies, proposals, staff, underway
from app.store.escalations import Escalation
from app.store.handling import Ending
from app.store.record import Stored

_PATIENCE = timedelta(minutes=1)  # how long a note may be on its way before the ticket is assigned without it


# --- it begins -------------------------------------------------------------------------------------------------------


def stop(tx: Connection, deps: Deps, stored: Stored, decision: Decision, policy: Policy | None) -> int | None:
    """The ticket stops and has an owner; the note that says so leaves with the row returned.

    The caller holds the switch and the proposal.
    """
    now, proposal = deps.clock.now(), stored.proposal
    matter = notes.matter(proposal, decision, policy, now)
    matter = replace(matter, owner=_owner(tx, policy, matter.owner, now))
    opening = escalations.Opening(
        proposal_id=stored.id, host=proposal.host, ticket=proposal.ticket, trigger=matter.trigger,
        owner=matter.owner, due_at=matter.due_at, note=matter.why,
    )  # fmt: skip
    escalations.open_one(tx, deps.keys, opening, "countersign", now)
    again = f"again-{stored.attempt}" if stored.record.corrected else ""  # judged anew, it leaves a note of its own
    text = notes.hand_over(matter, proposal)
    return outbox.put(tx, deps.keys, stored, Purpose.HAND_OVER, text, now, serial=again)


def escalate(deps: Deps, proposal_id: str, to: str, due: datetime, actor: Actor, note: str = "") -> None:
    """Stop, name an owner and a time, leave a note on the ticket. Any agent may, for one ticket."""
    if "@" not in to:
        raise Refused(Reason("owner", "name the person who takes it, by address"))
    states = (proposals.OFFERED, *review.STOPPABLE, *proposals.WITH_PEOPLE, proposals.REJECTED, proposals.HANDLED)
    with review.changing(deps, proposal_id, *states, alone=True) as (tx, stored, facts):
        now, proposal = facts.at, stored.proposal
        if due <= now:
            raise Refused(Reason("due", "the due time is over"))
        waiting = underway.waiting(tx, deps.keys, proposal.host, proposal.ticket)
        review.stop(tx, stored, "escalated", now)
        if stored.state in {proposals.OFFERED, *review.STOPPABLE} and proposal.draft is not None:
            review.judge(tx, stored, review.TO_A_PERSON, actor, now)
        proposals.move(tx, stored.id, proposals.ESCALATED, now)
        opening = escalations.Opening(
            proposal_id=stored.id, host=proposal.host, ticket=proposal.ticket,
            trigger=escalations.BY_A_PERSON, owner=to, due_at=due, note=note,
        )  # fmt: skip
        underway.take_back(tx, waiting, now)
        escalations.open_one(tx, deps.keys, opening, actor.member.id, now)
        row = _note(tx, deps, stored, notes.escalated(actor.member.name, to, due, note), now)
    _ring(deps, row)
    fence(deps, TicketRef(proposal.host, proposal.ticket))


def fence(deps: Deps, ref: TicketRef) -> None:
    """What was on its way to a ticket when it was stopped is made dead at the host, and told as it ended."""
    with deps.readers.begin() as tx:
        rows = underway.flying(tx, ref.host, ref.ticket)
        attempts = [outbox.in_flight(tx, deps.keys, row) for row in rows]
    for attempt in filter(None, attempts):
        settle(deps, *attempt)


def _owner(tx: Connection, policy: Policy | None, named: str, now: datetime) -> str:
    """Nobody who has left."""
    gone = _gone(tx)
    return roster.owner_at(_roster(policy, gone), "" if named.lower() in gone else named, now)


def _gone(tx: Connection) -> set[str]:
    return {member.email for member in staff.everybody(tx) if not member.may("agent")}


def _roster(policy: Policy | None, gone: set[str]) -> tuple[Duty, ...]:
    return tuple(duty for duty in policy.roster if duty.person.lower() not in gone) if policy else ()


# --- what people do with it ------------------------------------------------------------------------------------------


def take(deps: Deps, escalation_id: int, action: str, due: datetime, actor: Actor) -> None:
    """It is mine, and this is what I do next, by then."""
    with _held(deps, escalation_id, actor) as (tx, one, stored):
        now = _to_come(deps, due)
        if not action.strip():
            raise Refused(Reason("action", "say in a few words what you do next"))
        handling.act(tx, deps.keys, one, actor.member, action.strip(), due, now)
        row = _note(tx, deps, stored, notes.acting(actor.member.name, action.strip(), due), now)
    _ring(deps, row)


def pass_on(deps: Deps, escalation_id: int, to: str, due: datetime, actor: Actor) -> None:
    """To another person, by a time."""
    with _held(deps, escalation_id, actor) as (tx, one, stored):
        now = _to_come(deps, due)
        if "@" not in to or to.lower() in _gone(tx):
            raise Refused(Reason("owner", "name a person who takes it, by address"))
        handling.own(tx, deps.keys, one, to, due, actor.member.id, now)
        row = _note(tx, deps, stored, notes.passed_on(actor.member.name, to, due), now)
    _ring(deps, row)


def close(deps: Deps, escalation_id: int, ending: Ending, actor: Actor) -> None:
    """The decision what to document ends it; automation may work on the ticket again."""
    if not ending.reason.strip() or ending.document not in {None, *handling.DOCUMENTS}:
        raise Refused(Reason("close", f"say why, and what is documented: nothing, or {', '.join(handling.DOCUMENTS)}"))
    if ending.link and not ending.link.startswith("https://"):
        raise Refused(Reason("link", "a link begins with https://"))
    with _held(deps, escalation_id, actor) as (tx, one, stored):
        now = deps.clock.now()
        handling.close(tx, deps.keys, one, replace(ending, reason=ending.reason.strip()), actor.member, now)
        handled.leave(tx, one.proposal_id, handled.DONE, actor.member.id, now)
        row = _note(tx, deps, stored, notes.closed(actor.member.name, ending.document, ending.reason), now)
    _ring(deps, row)


@contextmanager
def _held(deps: Deps, escalation_id: int, actor: Actor) -> Iterator[tuple[Connection, Escalation, Stored | None]]:
    """An open one that is theirs, nobody's, or that a reviewer may take."""
    with deps.engine.begin() as tx:
        held = handling.hold(tx, deps.keys, escalation_id)
        if held is None:
            raise Changed(Reason("changed", "it is closed already, or never was"))
        owner = held[0].owner
        if owner and owner.lower() != actor.member.email.lower() and not actor.member.may("reviewer"):
            raise Forbidden(Reason("role", f"it is {owner}'s: they, or a reviewer, decide"))
        yield tx, *held


def _to_come(deps: Deps, due: datetime) -> datetime:
    if due.tzinfo is None:
        raise Refused(Reason("due", "the time needs its zone"))
    if due <= (now := deps.clock.now()):
        raise Refused(Reason("due", "the due time is over"))
    return now


def _note(tx: Connection, deps: Deps, stored: Stored | None, text: str, now: datetime) -> int | None:
    """None: the ticket's words were erased, and nothing more is written there."""
    if stored is None:
        return None
    return outbox.put(tx, deps.keys, stored, Purpose.HAND_OVER, text, now, serial=names.new(now))


def _ring(deps: Deps, row: int | None) -> None:
    if row is not None:
        deps.ring("deliver", [row])


# --- what the clock does with it -------------------------------------------------------------------------------------


def look(deps: Deps) -> None:
    """Own, remind, pass on: what is due, each in a transaction of its own; then assign what waits for it."""
    with deps.readers.begin() as tx:
        now = deps.clock.now()
        due = [found for found, case, allowed in escalations.cases(tx) if _next(tx, now, case, allowed) is not None]
    for escalation_id in due:
        _step(deps, escalation_id)
    away: set[str] = set()
    for ref in _unassigned(deps):
        if ref.host not in away and assigning.assign(deps, ref) == handling.AWAY:
            away.add(ref.host)


def _next(tx: Connection, now: datetime, case: roster.Case, allowed: timedelta) -> roster.Step | None:
    admins = [member.email for member in staff.present(tx) if member.may("admin")]
    return roster.next_step(case, _roster(policies.in_force(tx, now), _gone(tx)), admins, allowed, now)


def _step(deps: Deps, escalation_id: int) -> None:
    """Decided anew with the row in hand: another clock may have been here."""
    row = None
    with deps.engine.begin() as tx:
        now, held = deps.clock.now(), handling.hold(tx, deps.keys, escalation_id)
        if held is None:
            return
        one, stored = held
        step = _next(tx, now, one.case, one.allowed)
        if isinstance(step, roster.Remind):
            handling.remind(tx, one, now, late=step.late)
        elif step is not None:
            late, due = isinstance(step, roster.PassOn), now + one.allowed
            handling.own(tx, deps.keys, one, step.to, due, "countersign", now, late=late)
            row = _note(tx, deps, stored, notes.overdue(one.owner, step.to, due), now)
    _ring(deps, row)


def _unassigned(deps: Deps) -> list[TicketRef]:
    """Where the host was away, or no note took the assignment along."""
    with deps.readers.begin() as tx:
        return [TicketRef(one.host, one.ticket) for one in escalations.unassigned(tx, deps.clock.now() - _PATIENCE)]

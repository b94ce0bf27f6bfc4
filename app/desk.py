"""What people see: read models for sidebar, queue, settings and command line. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import review, troubles
from app.deps import Deps
from app.governance import canary
from app.governance.correction import needs_reviewer
from app.governance.decision import Action, Reason, Switch, decide
from app.governance.outcome import How
from app.governance.policy import Policy
from app.governance.proposal import Abstention, Finding, Injection, Proposal, Summary
from app.governance.reviews import Outcome
from app.panel import Cited
from app.store import endings, escalations, glance, inbox, lineup, outcomes, policies, proposals, staff, switch
from app.store.glance import once
from app.store.lineup import ROWS, WHICHEVER, Wanted
from app.store.record import Line, Stored

WAITING, WITH_PEOPLE, DONE = proposals.WAITING, proposals.WITH_PEOPLE, proposals.DONE
SHOWN = (*WAITING, *WITH_PEOPLE)


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """A sentence of the draft with what supports it; nothing, when a person wrote it."""

    text: str
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class ShownTrigger:
    """A trigger, the words that fired it, and whose it is."""

    trigger: str
    quote: str
    owner: str | None
    due: timedelta | None


@dataclass(frozen=True, slots=True)
class Told:
    """What people said and made of it."""

    needs_reviewer: bool  # an agent alone may not say that it is no escalation
    instruction: str
    unmoved: bool  # the draft came out the same
    ended: str | None  # what an answer by hand made of it, in words


@dataclass(frozen=True, slots=True)
class Yes:
    """The approval in force: whose, when due, until when it can be undone."""

    by: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an escalation is, and by when they act. No name: nobody's yet."""

    name: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One proposal as people see it."""

    id: str
    host: str
    ticket: str
    subject: str
    queue: str | None
    category: str | None
    tier: int | None
    mode: str
    action: str
    state: str
    language: str | None
    urgency: str
    confidence: float | None
    requester_name: str
    customer_text: str
    conversation: tuple[Line, ...]
    url: str
    draft: str | None
    sentences: tuple[ShownSentence, ...]
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    triggers: tuple[ShownTrigger, ...]
    injection: tuple[Injection, ...]
    abstained: Abstention | None
    summary: Summary | None
    seen: str
    can_approve: bool
    approval: Yes | None
    moved_on: str | None
    stopped: bool  # the switch is not LIVE for this queue
    confirmed: bool
    edited_by: str | None
    told: Told
    outcome: str | None  # how sending ended, in words, with its time
    sent_at: datetime | None
    owner: Owner | None  # of what is escalated on this ticket
    policy_version: int | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TicketView:
    """What the sidebar shows for one ticket."""

    item: Item | None
    working: bool
    switch: Switch
    troubles: tuple[str, ...]


def queue(deps: Deps, states: Sequence[str] = SHOWN, wanted: Wanted = WHICHEVER, limit: int = ROWS) -> list[Item]:
    """Proposals in these states; what waits for a yes comes first and longest waiting first, what is done newest first."""
    groups = [tuple(state for state in group if state in states) for group in (WAITING, WITH_PEOPLE, DONE)]
    with deps.readers.begin() as tx:
        glance.begin(tx)
        found: list[Stored] = []
        for group in groups:
            if group and len(found) < limit:
                found += lineup.listed(tx, deps.keys, group, wanted, limit - len(found))
        lineup.look(tx, found)
        now = deps.clock.now()
        return [_item(tx, deps, stored, now) for stored in found]


def these(deps: Deps, ids: Sequence[str]) -> list[Item]:
    """Those of these that can be read."""
    with deps.readers.begin() as tx:
        glance.begin(tx)
        found = lineup.opened(tx, deps.keys, ids)
        lineup.look(tx, found)
        now = deps.clock.now()
        return [_item(tx, deps, stored, now) for stored in found]


def by_category(deps: Deps, states: Sequence[str], most: int) -> dict[str | None, int]:
    """How many proposals of each category are in these states, however many are shown; `most` + 1 are enough."""
    with deps.readers.begin() as tx:
        return lineup.by_category(tx, states, most)


def proposal(deps: Deps, proposal_id: str) -> Item | None:
    """That one."""
    with deps.readers.begin() as tx:
        stored = proposals.load(tx, deps.keys, proposal_id)
        return _item(tx, deps, stored, deps.clock.now()) if stored else None


def for_ticket(deps: Deps, host: str, ticket: str) -> TicketView:
    """The newest proposal of that ticket, and whether one is being prepared."""
    with deps.readers.begin() as tx:
        stored = proposals.newest_of(tx, deps.keys, host, ticket)
        working = inbox.busy_with(tx, host, ticket) or (stored is not None and stored.state == proposals.WORKING)
        state = switch.read(tx, stored.proposal.queue if stored else None).state
        item = _item(tx, deps, stored, deps.clock.now()) if stored and stored.state != proposals.WORKING else None
    return TicketView(item, working, state, tuple(troubles.told(deps)))


def _item(tx: Connection, deps: Deps, stored: Stored, now: datetime) -> Item:
    decision, facts = review.judged(deps, tx, stored, now)
    shown = stored.proposal
    yes = facts.approval
    by = once(tx, staff.by_id, yes.actor) if yes else None
    ending = once(tx, endings.ending, stored.id)
    would = decide(facts.proposal, facts.policy, replace(facts.controls, approved=True))
    offered = stored.state == proposals.OFFERED
    return Item(
        id=stored.id,
        host=shown.host,
        ticket=shown.ticket,
        subject=shown.subject,
        queue=shown.queue,
        category=shown.category,
        tier=int(shown.tier) if shown.tier else None,
        mode=(decision.mode if offered or stored.mode is None else stored.mode).label,
        action=(stored.action or decision.action).name.lower(),
        state=stored.state,
        language=shown.language,
        urgency=shown.urgency.name.lower() if shown.urgency is not None else "normal",
        confidence=shown.confidence,
        requester_name=stored.record.page.requester_name,
        customer_text=shown.text or "",
        conversation=stored.record.page.conversation,
        url=stored.record.page.url,
        draft=shown.draft.text if shown.draft else None,
        sentences=sentences(shown),
        reasons=decision.reasons if offered else stored.record.reasons,
        findings=shown.findings or (),
        triggers=_triggers(shown, facts.policy),
        injection=shown.injection or (),
        abstained=shown.abstained,
        summary=shown.summary,
        seen=facts.seen,
        can_approve=offered and would.action is Action.SEND,
        approval=Yes(by.name if by else "somebody", yes.due_at) if yes else _held(tx, stored),
        moved_on=_moved_on(stored),
        stopped=facts.setting.state is not Switch.LIVE,
        confirmed=stored.confirmed_by is not None,
        edited_by=_name(tx, stored.edited_by) if stored.edited_by else None,
        told=_told(tx, stored),
        outcome=ending.words if ending else None,
        sent_at=ending.at if ending and stored.state == proposals.SENT else None,
        owner=_owner(tx, shown.host, shown.ticket),
        policy_version=stored.policy_version,
        created_at=stored.created_at,
        changed_at=stored.changed_at,
    )


def _held(tx: Connection, stored: Stored) -> Yes | None:
    due = endings.held_until(tx, stored.id) if stored.state == proposals.HELD else None
    return Yes("nobody", due) if due else None


def _told(tx: Connection, stored: Stored) -> Told:
    first, draft = stored.record.first, stored.proposal.draft
    same = first is not None and draft is not None and first.text == draft.text
    return Told(needs_reviewer(stored.proposal), stored.record.corrected.instruction, same, _by_hand(tx, stored.id))


_BY_HAND = {
    Outcome.ACCEPTED: "sent by hand, as it was offered",
    Outcome.LIGHT_EDIT: "sent by hand, with a light edit",
    Outcome.MATERIAL_EDIT: "sent by hand, with another meaning",
    Outcome.OWN_ANSWER: "answered in a person's own words",
}


def _by_hand(tx: Connection, proposal_id: str) -> str | None:
    row = once(tx, outcomes.of, proposal_id)
    if row is None or row.how != How.BY_HAND:
        return None
    changed = f" ({row.kinds.replace(',', ', ')})" if row.kinds else ""
    return f"{_BY_HAND[Outcome(row.outcome)]}{changed}{f' by {_name(tx, row.by)}' if row.by else ''}"


def sentences(shown: Proposal) -> tuple[ShownSentence, ...]:
    """The draft, each sentence with what supports it."""
    if shown.draft is None:
        return ()
    known = {passage.id: Cited(passage.id, passage.title, passage.text) for passage in shown.passages or ()}
    return tuple(
        ShownSentence(sentence.text, tuple(known.get(source, Cited(source, source, "")) for source in sentence.sources))
        for sentence in shown.draft.sentences
    )


def _triggers(shown: Proposal, policy: Policy | None) -> tuple[ShownTrigger, ...]:
    entries = [(hit, policy.escalation(hit.trigger) if policy else None) for hit in shown.triggers or ()]
    return tuple(
        ShownTrigger(hit.trigger, hit.quote, entry.owner if entry else None, entry.due if entry else None)
        for hit, entry in entries
    )


_MOVED = {
    proposals.SUPERSEDED: "a newer customer message came",
    proposals.HUMAN: "people answer this one",
}


def _moved_on(stored: Stored) -> str | None:
    if stored.state == proposals.HUMAN and stored.action is not Action.OFFER_DRAFT:
        return None
    return _MOVED.get(stored.state)


# --- the switch and the state of things ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope of the switch, in numbers."""

    scope: str
    state: Switch
    changed_by: str
    changed_at: datetime
    reason: str | None
    off_at: datetime | None
    confirmed_at: datetime | None
    confirmed_ms: int | None
    sent_before: int | None
    unclear: int | None
    to_humans: int | None
    restore_asked_by: str | None
    in_flight: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a stop will do, before anybody presses."""

    in_flight: int
    held: int
    drafts: int


def switches(deps: Deps) -> list[Scope]:
    """Every scope, everything first; a drill's own is shown with the drill."""
    with deps.readers.begin() as tx:
        return [_scope(tx, standing) for standing in switch.scopes(tx) if standing.scope != canary.QUEUE]


def _scope(tx: Connection, standing: switch.ScopeState) -> Scope:
    flying = tuple(ticket for _, ticket in switch.in_flight(tx, standing.scope))
    took = standing.confirmed_at - standing.off_at if standing.confirmed_at and standing.off_at else None
    return Scope(
        scope=standing.scope,
        state=standing.state,
        changed_by=_name(tx, standing.changed_by),
        changed_at=standing.changed_at,
        reason=standing.reason,
        off_at=standing.off_at,
        confirmed_at=standing.confirmed_at,
        confirmed_ms=round(took.total_seconds() * 1000) if took is not None else None,
        sent_before=standing.sent_before,
        unclear=standing.unclear,
        to_humans=standing.to_humans,
        restore_asked_by=_name(tx, standing.restore_asked_by) if standing.restore_asked_by else None,
        in_flight=flying,
    )


def _name(tx: Connection, member_id: str) -> str:
    member = once(tx, staff.by_id, member_id)
    return member.name if member else member_id


def names_of(deps: Deps, ids: Collection[str]) -> dict[str, str]:
    """Whoever they are, by name."""
    with deps.readers.begin() as tx:
        return {one: one for one in ids} | staff.names_of(tx, ids)


def _owner(tx: Connection, host: str, ticket: str) -> Owner | None:
    place = once(tx, escalations.place_on, host, ticket)
    if place is None:
        return None
    member = staff.by_email(tx, place.owner)
    return Owner(member.name if member else place.owner, place.due_at)


def effect(deps: Deps, scope: str) -> Effect:
    """In numbers: sends in flight, approved ones that would be held back, drafts that would be stale."""
    with deps.readers.begin() as tx:
        return Effect(
            in_flight=len(switch.in_flight(tx, scope)),
            held=lineup.counted(tx, (proposals.APPROVED, proposals.HELD), scope),
            drafts=lineup.counted(tx, (proposals.OFFERED,), scope),
        )


def policy_in_force(deps: Deps) -> Policy | None:
    """What governs now."""
    with deps.readers.begin() as tx:
        return policies.in_force(tx, deps.clock.now())

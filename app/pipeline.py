"""The journey of one message, top to bottom: fetch, think, decide, offer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from app import (
    by_hand,
    crash,
    escalating,
    figures,
    forgetting,
    golden,
    handled,
    history,
    looking_up,
    notes,
    polling,
    traces,
)
from app.ai.tools import tools
from app.conversation import conversation
from app.deps import Deps
from app.governance import disclosure
from app.governance.decision import Action, Decision, Switch, decide
from app.governance.fingerprint import Tools
from app.governance.policy import Policy
from app.governance.proposal import Proposal
from app.host import Comment, HostError, Purpose, Ticket
from app.minds import Minds
from app.stages import think
from app.store import audit, automatic, controls, events, evidence, inbox, outbox, policies, proposals, switch, underway
from app.store.glance import kept
from app.store.record import Stored
from app.store.subjects import InFlight

_AWAY, _BUSY = timedelta(seconds=10), timedelta(seconds=2)
STATES = {
    Action.SEND: proposals.HELD,
    Action.OFFER_DRAFT: proposals.OFFERED,
    Action.STAND_DOWN: proposals.HUMAN,
    Action.HAND_OVER: proposals.ESCALATED,
}


class Concluded(StrEnum):
    """What became of one announced event."""

    NOTHING = "nothing"  # no comment waits for an answer, or it was concluded before
    BUSY = "busy"  # another worker prepares it
    PROPOSED = "proposed"


def handle(deps: Deps, minds: Minds, inbox_id: int) -> None:
    """Take one inbox row to its end. Called as often as the doorbell rings; a finished row says so and stops."""
    with deps.readers.begin() as tx:
        row = inbox.waiting(tx, inbox_id)
    if row is None:
        return
    if row.forgets is not None:
        _forget(deps, row, row.forgets)
        return
    if not row.ref.ticket:  # no ticket is named: something changed at the host
        polling.heed(deps, row)
        return
    read_at = deps.clock.now()
    try:
        with traces.span("fetch", host=row.ref.host):
            ticket = deps.hosts[row.ref.host].fetch(row.ref)
    except HostError as error:
        _unreadable(deps, row, error)
        return
    concluded = consider(deps, minds, ticket, read_at, row.id)
    handled.look(deps, ticket)
    if concluded is Concluded.PROPOSED:  # its row was ended with it
        return
    with deps.engine.begin() as tx:
        if concluded is Concluded.BUSY:
            inbox.later(tx, row.id, deps.clock.now(), "another worker prepares this ticket", _BUSY)
        else:
            inbox.done(tx, row.id)


def _forget(deps: Deps, row: inbox.Waiting, name: str) -> None:
    """Words that people removed at the host go here too; after the reply that is on its way there at this moment."""
    try:
        forgetting.obey(deps, name)
    except InFlight:
        with deps.engine.begin() as tx:
            inbox.later(tx, row.id, deps.clock.now(), "a reply to that person is on its way", _BUSY)
        return
    with deps.engine.begin() as tx:
        inbox.done(tx, row.id)


def _unreadable(deps: Deps, row: inbox.Waiting, error: HostError) -> None:
    with deps.engine.begin() as tx:
        if error.permanent:
            inbox.gone(tx, row.id, str(error))
            proposals.give_up(tx, deps.keys, row.ref.host, row.ref.ticket, deps.clock.now())
            events.gone(tx, deps.keys, row.ref, deps.clock.now())
        else:
            inbox.later(tx, row.id, deps.clock.now(), str(error), max(_AWAY, timedelta(seconds=error.retry_after)))


def consider(deps: Deps, minds: Minds, ticket: Ticket, read_at: datetime, announced: int | None = None) -> Concluded:
    """Prepare the one proposal for the ticket's newest customer comment, if it waits for one.

    `announced`: the inbox row that asks for it, which ends in the transaction that concludes.
    """
    by_hand.notice(deps, ticket)
    comment = ticket.newest_customer_comment()
    if comment is None or ticket.standing(comment.id, deps.settings.deployment).moved_on:
        history.note(deps, ticket)
        _step_back(deps, ticket, comment, read_at)
        return Concluded.NOTHING
    news = history.news(deps, ticket)
    with deps.engine.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
        queue = policy.queue_of(ticket.queue_keys) if policy else None
        name = queue.name if queue else None
        begun = proposals.begin(tx, deps.keys, ticket, comment, name, read_at, deps.clock.now())
        events.add(tx, deps.keys, ticket.ref, news, deps.clock.now())
        live = switch.read(tx, name).state is Switch.LIVE
    if begun.stored is None:
        return Concluded.BUSY if begun.busy else Concluded.NOTHING
    with traces.span("prepare", message=begun.stored.id):
        if policy is None:
            return conclude(deps, begun.stored, ticket, begun.stored.proposal, announced=announced)
        mind = minds.mind(policy)
        said = begun.stored.record.corrected
        proposal = think(begun.stored.proposal, ticket, comment, mind, deps.clock.now().date(), live=live, said=said)
        made_with = tools(mind.model, mind.learned)
        golden.carry(deps, mind, proposal, made_with)
        return conclude(deps, begun.stored, ticket, proposal, made_with, announced)


def _step_back(deps: Deps, ticket: Ticket, comment: Comment | None, read_at: datetime) -> None:
    """A person answered or closed it: what was offered for that comment no longer waits."""
    now, ref = deps.clock.now(), ticket.ref
    with deps.engine.begin() as tx:
        if comment is None:
            proposals.give_up(tx, deps.keys, ref.host, ref.ticket, now)
            return
        proposals.supersede(tx, deps.keys, ticket, comment, read_at, now)
        mine = proposals.of_comment(tx, ref.host, ref.ticket, comment.id)
        if mine and proposals.move(tx, mine, proposals.HUMAN, now, since=(proposals.WORKING, proposals.OFFERED)):
            audit.append(tx, now, "countersign", "proposal.stepped-back", mine, {"rules": ["moved-on"]})


@traces.span("decide")
def conclude(
    deps: Deps,
    stored: Stored,
    ticket: Ticket,
    proposal: Proposal,
    made_with: Tools | None = None,
    announced: int | None = None,
) -> Concluded:
    """Decide what this proposal comes to, write it down, and put what follows on its way."""
    now = deps.clock.now()
    page = replace(stored.record.page, conversation=conversation(ticket))
    stored = replace(stored, record=replace(stored.record, proposal=proposal, page=page))
    standing = ticket.standing(proposal.comment, deps.settings.deployment)
    with deps.engine.begin() as tx:  # held: this may be an escalation, which must stop claims for the same ticket
        setting = switch.read_held(tx, proposal.queue)
        if announced is not None:
            inbox.done(tx, announced)
        proposals.hold(tx, deps.keys, stored.id)  # before the log, to which a new plan writes
        waiting = underway.waiting(tx, deps.keys, proposal.host, proposal.ticket)
        mark = evidence.fingerprint_of(tx, proposal, kept(tx, policies.in_force, now), made_with, now)
        order = automatic.Order(stored, standing, None, None, mark)
        earned = automatic.reader(tx, deps.keys, order, figures.counter(deps), now)
        facts = controls.read(tx, deps.keys, stored, setting, standing, now, earned)
        decision = decide(proposal, facts.policy, facts.controls)
        version = facts.policy.version if facts.policy else None
        state = STATES[decision.action]
        mark = mark if state in {proposals.OFFERED, proposals.HELD} else None
        if not proposals.conclude(tx, deps.keys, stored, decision, version, state, now, mark):
            return Concluded.NOTHING
        golden.keep(tx, deps, stored, mark, ticket, facts.policy, now)
        header = {
            **_header(proposal, decision, version),
            **looking_up.hashes(tx, deps.keys, stored),
            **({"first_draft": True} if state in {proposals.OFFERED, proposals.HELD} and stored.drafts_first else {}),
            "fingerprint": mark,
        }
        audit.append(tx, now, "countersign", "proposal.decided", stored.id, header)
        if decision.action is Action.HAND_OVER:
            underway.take_back(tx, waiting, now)
        rows = _offer(tx, deps, replace(stored, mode=decision.mode), decision, facts.policy)
    crash.point("draft-stored")
    deps.ring("offer" if ticket.at_hand and decision.action is Action.OFFER_DRAFT else "deliver", rows)
    if decision.action is Action.HAND_OVER:
        escalating.fence(deps, ticket.ref)
    return Concluded.PROPOSED


def _header(proposal: Proposal, decision: Decision, version: int | None) -> dict[str, object]:
    return {
        "action": decision.action.name,
        "mode": decision.mode.label,
        "rules": [reason.rule for reason in decision.reasons],
        "category": proposal.category,
        "tier": int(proposal.tier) if proposal.tier else None,
        "policy_version": version,
        "sources": sorted(passage.says if passage.until else passage.sha256 for passage in proposal.passages or ()),
    }


def _offer(tx: Connection, deps: Deps, stored: Stored, decision: Decision, policy: Policy | None) -> list[int]:
    """What the mode and the queue's settings allow; a hand-over always leaves a note."""
    now, proposal = deps.clock.now(), stored.proposal
    serial = f"again-{stored.attempt}" if stored.record.corrected else ""  # judged anew, it leaves a note of its own
    if decision.action is Action.HAND_OVER:
        row = escalating.stop(tx, deps, stored, decision, policy)
    elif decision.action is Action.OFFER_DRAFT and proposal.draft and _notes_wanted(policy, proposal):
        row = outbox.put(tx, deps.keys, stored, Purpose.OFFER, notes.offer(proposal, decision), now, serial=serial)
    elif decision.action is Action.SEND:
        row = _hold(tx, deps, stored, policy)
    else:
        return []
    return [row] if row is not None else []


def _hold(tx: Connection, deps: Deps, stored: Stored, policy: Policy | None) -> int | None:
    """It waits, and everybody may cancel it; the claim at the end of that judges all of it again."""
    now, proposal = deps.clock.now(), stored.proposal
    category = policy.category(proposal.category) if policy else None
    line = disclosure.line_for(policy, proposal.language)
    assert category is not None and line is not None and proposal.draft is not None  # noqa: S101, PT018 - else a rule objected
    body = disclosure.with_line(proposal.draft.text, line)
    row = outbox.put(tx, deps.keys, stored, Purpose.ANSWER, body, now, not_before=now + category.hold)
    if row is None:  # this message had its answer
        proposals.move(tx, stored.id, proposals.HUMAN, now)
        return None
    header = {"row": row, "due": (now + category.hold).isoformat(timespec="microseconds")}
    audit.append(tx, now, "countersign", "answer.held", stored.id, header)
    return row


def _notes_wanted(policy: Policy | None, proposal: Proposal) -> bool:
    queue = policy.queue(proposal.queue) if policy else None
    return queue is not None and queue.note_on_offer

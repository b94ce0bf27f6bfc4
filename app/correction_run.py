"""A correction run: find who received a wrong answer, and make each the message that sets it right, for its own approval.

Nothing is sent from here. Each message is a proposal like any other: approved one by one as it was seen, and through the
one door; what the ticket is at that moment decides anew.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app import by_hand
from app.ai.language import language_of
from app.conversation import conversation
from app.deps import Deps
from app.governance import checks, corrective
from app.governance.decision import Action, Decision, Reason, Switch, decide
from app.governance.placeholders import Facts, filled
from app.governance.policy import Policy
from app.governance.proposal import Draft, Finding, Proposal
from app.host import Comment, HostError, Ticket, TicketRef
from app.review import Actor, NotFound, Refused
from app.store import audit, controls, corrections, engine, policies, proposals, received, sources, switch
from app.store.corrections import Item, Run
from app.store.received import Found, Sought
from app.store.record import Page, Record, Stored

LONGEST = 5000
READ_FIRST = "a colleague wrote on it since: read that first"
ANOTHER = "another correction waits for this customer, or went out since this run began: look there"


def find(deps: Deps, sought: Sought) -> Found:
    """Who received it. Raises Refused for a question that cannot be asked."""
    if sought.kind not in received.KINDS or not sought.what.strip():
        raise Refused(Reason("sought", f"say what was wrong: one of {', '.join(received.KINDS)}, and which"))
    with deps.readers.begin() as tx:
        return received.find(tx, deps.keys, replace(sought, what=sought.what.strip()))


def begin(deps: Deps, sought: Sought, text: str, actor: Actor) -> str:
    """Write down whom it is for and what they are told. Nothing is made yet, and nothing is sent."""
    actor.must_be("reviewer")
    if not 0 < len(text.strip()) <= LONGEST:
        raise Refused(Reason("text", f"write what they are told, in at most {LONGEST} characters"))
    found = find(deps, sought)
    if not found.received:
        raise Refused(Reason("nobody", "nobody received that since then"))
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        return corrections.begin(tx, sought, found.received, text.strip(), actor.member.id, now)


def go_on(deps: Deps, run_id: str, actor: Actor, patience: float = 2.0) -> int:
    """Make what nobody came to yet, for so many seconds; how many are left. Raises Refused while something is stopped."""
    actor.must_be("reviewer")
    until = time.monotonic() + patience
    run = standing(deps, run_id)
    for one in run.waiting:
        _one(deps, run, one, actor)
        if time.monotonic() > until:
            break
    return len(standing(deps, run_id).waiting)


def standing(deps: Deps, run_id: str) -> Run:
    """As it stands. Raises NotFound."""
    with deps.readers.begin() as tx:
        run = corrections.read(tx, run_id)
    if run is None:
        raise NotFound(Reason("not-found", "there is no such correction run"))
    return run


def again(deps: Deps, run_id: str, actor: Actor) -> None:
    """Try those once more that could not be made, or came back unsent: the ticket may be another one by now."""
    actor.must_be("reviewer")
    with deps.engine.begin() as tx:
        count = corrections.reopen(tx, run_id)
        audit.append(tx, deps.clock.now(), actor.member.id, "correction.again", run_id, {"customers": count})


# --- one of them -------------------------------------------------------------------------------------------------------
def _one(deps: Deps, run: Run, item: Item, actor: Actor) -> None:
    with deps.readers.begin() as tx:
        answer = proposals.load(tx, deps.keys, item.proposal_id)
        live = switch.read(tx, answer.proposal.queue if answer else None).state is Switch.LIVE
    if answer is None:
        _leave(deps, run, item, "the words of the answer are gone")
        return
    if not live:
        raise Refused(Reason("rollback", "the switch is off: people answer, and nothing is prepared"))
    host = deps.hosts.get(answer.proposal.host)
    if host is None:
        _leave(deps, run, item, f"{answer.proposal.host} is not connected any more")
        return
    try:
        ticket = host.fetch(TicketRef(answer.proposal.host, answer.proposal.ticket))
    except HostError as error:
        _unread(deps, run, item, error)
        return
    last = next((comment for comment in reversed(ticket.comments) if comment.public), None)
    why = _why_not(deps, answer, ticket, last)
    if why is not None or last is None:
        _leave(deps, run, item, why or "nothing was said there")
        return
    _make(deps, run, answer, ticket, last, actor)


def _leave(deps: Deps, run: Run, item: Item, why: str) -> None:
    with deps.engine.begin() as tx:
        corrections.take(tx, run.id, item.proposal_id, deps.clock.now(), why)


def _unread(deps: Deps, run: Run, item: Item, error: HostError) -> None:
    """For good, or only now: then it stays to be tried."""
    if error.permanent:
        _leave(deps, run, item, str(error))
        return
    with deps.engine.begin() as tx:
        corrections.note(tx, run.id, item.proposal_id, f"{error}: try again")


def _why_not(deps: Deps, answer: Stored, ticket: Ticket, last: Comment | None) -> str | None:
    """What the ticket itself says against writing there now; the claim reads it once more."""
    if ticket.status == "closed":
        return "the ticket is closed and takes no more: write to the customer by another road"
    if last is not None and not last.author.is_staff:
        return "the customer wrote again: answer that message, and set it right there"
    if deps.keys.subject(ticket.ref.host, ticket.requester.id) != answer.subject_key:
        return "the ticket is another customer's by now"
    return None


def _make(deps: Deps, run: Run, answer: Stored, ticket: Ticket, last: Comment, actor: Actor) -> None:
    now = deps.clock.now()
    with deps.readers.begin() as tx:  # checking it against every source takes a while: nobody's stop waits for that
        written = _written(tx, run, answer, ticket, last, policies.in_force(tx, now))
    record = Record(written, Page(ticket.requester.name, ticket.url, conversation(ticket)))
    with deps.engine.begin() as tx:
        engine.one_at_a_time(tx, "correction")
        engine.alone_with(tx, ticket.ref)
        if not corrections.take(tx, run.id, answer.id, now):
            return
        if why := _known(tx, run, answer, ticket) or _put(tx, deps, run, answer, ticket, record, actor, now):
            corrections.leave(tx, run.id, answer.id, why)


def _known(tx: Connection, run: Run, answer: Stored, ticket: Ticket) -> str | None:
    """What we know against it that the ticket itself does not say."""
    newest = ticket.newest_customer_comment()
    if newest is not None and corrections.is_for_people(tx, ticket.ref, newest.id):
        return "what the customer wrote last is for people only: write to them by hand"
    return ANOTHER if corrections.is_told(tx, run, answer.subject_key) else None


def _wrote_since(answer: Stored, ticket: Ticket) -> bool:
    """Did a person of ours say more after that answer? They may have set it right, or promised something else."""
    ids = [comment.id for comment in ticket.comments]
    asked = ids.index(answer.proposal.comment) if answer.proposal.comment in ids else -1
    said = [comment for comment in ticket.comments[asked + 1 :] if comment.public and comment.author.is_staff]
    return any(map(by_hand.is_a_persons, said[1:]))  # the first is the answer itself


def _put(
    tx: Connection, deps: Deps, run: Run, answer: Stored, ticket: Ticket, record: Record, actor: Actor, now: datetime
) -> str | None:
    """Why it cannot be made; None: it waits for its yes."""
    facts = _judged(tx, deps, replace(answer, record=record, confirmed_by=None), ticket)
    refusal = decide(facts.proposal, facts.policy, replace(facts.controls, approved=True))
    if refusal.action > Action.OFFER_DRAFT or facts.policy is None:
        return "; ".join(reason.text for reason in refusal.reasons)
    decision, version = decide(facts.proposal, facts.policy, facts.controls), facts.policy.version
    record = replace(record, reasons=decision.reasons)
    made = corrections.put(tx, deps.keys, answer.subject_key, record, decision, version, now)
    if made is None:
        return ANOTHER
    corrections.made(tx, run.id, answer.id, made, READ_FIRST if _wrote_since(answer, ticket) else None)
    _tell(tx, deps, run, made, record.proposal, decision, version, actor, now)
    return None


def _judged(tx: Connection, deps: Deps, stored: Stored, ticket: Ticket) -> controls.Now:
    standing = ticket.standing(stored.proposal.comment, deps.settings.deployment)
    setting = switch.read_locked(tx, stored.proposal.queue)
    return controls.read(tx, deps.keys, stored, setting, standing, deps.clock.now())


def _written(
    tx: Connection, run: Run, answer: Stored, ticket: Ticket, last: Comment, policy: Policy | None
) -> Proposal:
    """The run's text with this customer's name in it, checked as a person's words are."""
    begun = corrective.begun(answer.proposal, last.id)
    queue = policy.queue_of(ticket.queue_keys) if policy else None
    who = ticket.requester
    facts = Facts(
        ticket=ticket.ref.ticket, subject=ticket.subject, requester=who.name, email=who.email or "",
        team=policy.name if policy else "",
    )  # fmt: skip
    known = (*(begun.passages or ()), *sources.public(tx), *sources.internal(tx))
    text = filled(run.text, facts)
    draft, found = checks.edited(text, Draft("", ()), known, answer.proposal.full_text or "")
    return replace(
        begun, queue=queue.name if queue else None, subject=ticket.subject, requester=who.id, cc=ticket.cc,
        participants=ticket.participants, draft=draft, findings=(*found, *_foreign(text, begun.language)),
    )  # fmt: skip


def _foreign(text: str, language: str | None) -> tuple[Finding, ...]:
    """One text for customers of several languages: whoever reads another one gets it from a person."""
    written = language_of(text)
    if language is None or written in {None, language}:
        return ()
    return (
        Finding("language", f"the customer wrote in {language}, this is in {written}: edit it into their language"),
    )


def _tell(
    tx: Connection, deps: Deps, run: Run, made: str, written: Proposal, decision: Decision, version: int, actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """As of every proposal: that it began, and what was judged. By whom it is, and of which run."""
    ref = TicketRef(written.host, written.ticket)
    begun = {"queue": written.queue, "ticket": deps.keys.ticket(ref), "comment": deps.keys.host_id(written.comment)}
    audit.append(tx, now, actor.member.id, "proposal.begun", made, {**begun, "correction": run.id})
    header = {
        "action": decision.action.name, "mode": decision.mode.label, "category": written.category,
        "rules": [reason.rule for reason in decision.reasons], "tier": int(written.tier or 3), "policy_version": version,
        "sources": [], "fingerprint": None, "corrects": written.corrects,
    }  # fmt: skip
    audit.append(tx, now, "countersign", "proposal.decided", made, header)

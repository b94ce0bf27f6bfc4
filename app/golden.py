"""Golden set: before a new release's first draft, the reviewed messages are drafted again; if all come out equal, their reviews go on counting."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import Connection

from app.ai.mind import Mind
from app.deps import Deps
from app.governance.fingerprint import Tools, fingerprint
from app.governance.golden import Comparison, Made, differing, is_release, made_of, wanted
from app.governance.policy import Mode, Policy
from app.governance.proposal import Proposal
from app.governance.reviews import tally
from app.host import Ticket
from app.stages import think
from app.store import evidence, plans
from app.store import golden as store
from app.store.record import Stored

PATIENCE = 45.0  # seconds: the message that brought us here waits, and its worker's lease ends after 60


def keep(
    tx: Connection, deps: Deps, stored: Stored, mark: str | None, ticket: Ticket, policy: Policy | None, now: datetime
) -> None:
    """The message behind a draft that may become evidence, as the stages read it, and what they made of it."""
    made = stored.proposal
    category = policy.category(made.category) if policy else None
    if mark is None or policy is None or category is None or category.ceiling is not Mode.AUTO:
        return
    message = store.Message(ticket, made.comment, stored.record.corrected, now.date(), made_of(made, policy))
    store.keep(tx, deps.keys, stored, mark, message, now)


def carry(deps: Deps, mind: Mind, made: Proposal, tools: Tools) -> None:
    """Does the evidence of that draft's category hold for these tools? Found out once, before the first draft is offered.

    Nothing is asked where a language model writes: its words differ from one time to the next.
    """
    category = mind.policy.category(made.category)
    if category is None or category.ceiling is not Mode.AUTO or made.draft is None or mind.model is not None:
        return
    with deps.readers.begin() as tx:
        making = evidence.making_of(tx, mind.policy, category, tools)
        before = plans.newest(tx, category.name)
        mark = fingerprint(making)
        if before is None or store.is_told(tx, category.name, mark) or plans.plan_of(tx, category.name, mark):
            return
        counted = tally(evidence.reviews(tx, before.plan), before.plan).counted
        if not counted or not is_release(before.making, making):
            return
        messages = store.reviewed(tx, deps.keys, plans.marks_of(tx, before.plan))
    found, different = _compared(mind, messages, wanted(before.plan, counted))
    since = fingerprint(before.making)
    with deps.engine.begin() as tx:
        store.tell(tx, deps.keys, category.name, before.sha256, since, making, found, different, deps.clock.now())


Different = list[tuple[int, Made, tuple[str, ...]]]


def _compared(mind: Mind, messages: list[tuple[int, store.Message]], enough: int) -> tuple[Comparison, Different]:
    """Each message once more. What there is no time for is not shown to be equal."""
    started, compared, different = time.monotonic(), 0, Different()
    for row_id, message in messages:
        if time.monotonic() - started > PATIENCE:
            break
        now = made_of(_again(mind, message), mind.policy)
        compared += 1
        if parts := differing(message.made, now):
            different.append((row_id, now, parts))
    return Comparison(enough, compared, len(different)), different


def _again(mind: Mind, message: store.Message) -> Proposal:
    """As on that day: what a source's review date has ended since is no matter of the release."""
    ticket = message.ticket
    comment = next(one for one in ticket.comments if one.id == message.comment)
    blank = Proposal(
        host=ticket.ref.host,
        ticket=ticket.ref.ticket,
        comment=comment.id,
        queue=None,
        subject=ticket.subject,
        requester=ticket.requester.id,
        cc=ticket.cc,
        participants=ticket.participants,
    )
    return think(blank, ticket, comment, mind, message.day, live=True, said=message.said)

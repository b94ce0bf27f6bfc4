"""Golden set: before the first draft after an update, the reviewed messages are drafted again; if all come out equal, their reviews go on counting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.ai.mind import Mind
from app.deps import Deps
from app.governance.fingerprint import Tools, fingerprint
from app.governance.golden import Comparison, Made, differing, is_release, made_of, wanted
from app.governance.lookups import looked_up
from app.governance.policy import Mode, Policy
from app.governance.proposal import Proposal
from app.governance.reviews import tally
from app.host import Ticket
from app.stages import think
from app.store import evidence, plans
from app.store import golden as store
from app.store.record import Stored

PATIENCE = 50.0  # seconds: the message that brought us here waits, and its worker's lease ends after 60


def keep(
    tx: Connection, deps: Deps, stored: Stored, mark: str | None, ticket: Ticket, policy: Policy | None, now: datetime
) -> None:
    """The message behind a draft that may become evidence, as the stages read it, and what they made of it.

    None that rests on the customer's own facts: those are other ones tomorrow, and nobody asks for them again.
    """
    if mark is None or policy is None or looked_up(stored.proposal):
        return
    made = made_of(stored.proposal, policy)
    message = store.Message(ticket, stored.proposal.comment, stored.record.corrected, now.date(), made)
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
        mark = fingerprint(making)
        if plans.plan_of(tx, category.name, mark) or store.is_told(tx, category.name, mark):
            return
        before = plans.newest(tx, category.name)
        if before is None:
            return
        counted = tally(evidence.reviews(tx, before.plan), before.plan).counted
        if not counted or not is_release(before.making, making):
            return
        messages = store.reviewed(tx, deps.keys, plans.marks_of(tx, before.plan))
        others = store.elsewhere(tx, deps.keys, category.name)
    mind = _alone(mind)
    until = time.monotonic() + PATIENCE
    different = list(_newly_here(mind, others, category.name, until))
    compared, unlike = _compared(mind, messages, until)
    found = Comparison(wanted(before.plan, counted), compared, len(different) + len(unlike))
    since = fingerprint(before.making)
    with deps.engine.begin() as tx:
        store.tell(
            tx, deps.keys, category.name, before.sha256, since, making, found, [*different, *unlike], deps.clock.now()
        )


def _alone(mind: Mind) -> Mind:
    """The same, but it reaches no customer's record: nobody wrote just now."""
    alone = copy(mind)
    alone.records = None
    return alone


Messages = list[tuple[int, store.Message]]
Different = tuple[int, Made, tuple[str, ...]]


def _newly_here(mind: Mind, others: Messages, category: str, until: float) -> Iterator[Different]:
    """Messages of other categories that come out in this one now: nobody has reviewed the like of them here."""
    for row_id, message in others:
        if time.monotonic() > until:
            return  # nothing is compared then, which proves nothing
        now = made_of(_again(mind, message, live=False), mind.policy)
        if now.category == category != message.made.category:
            yield row_id, replace(message.made, category=category), ("category",)


def _compared(mind: Mind, messages: Messages, until: float) -> tuple[int, list[Different]]:
    """Each reviewed message once more. What there is no time for is not shown to be equal."""
    compared, different = 0, list[Different]()
    for row_id, message in messages:
        if time.monotonic() > until:
            break
        now = made_of(_again(mind, message), mind.policy)
        compared += 1
        if parts := differing(message.made, now):
            different.append((row_id, now, parts))
    return compared, different


def _again(mind: Mind, message: store.Message, *, live: bool = True) -> Proposal:
    """As on that day: what a source's review date has ended since is no matter of the update."""
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
    return think(blank, ticket, comment, mind, message.day, live=live, said=message.said)

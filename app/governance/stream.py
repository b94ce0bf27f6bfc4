"""The stream: what was written down of tickets and of our own doings, put together into the events that figures are made of.

Our database and an export of the log hold the same records; both are read into these, so both give the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.governance.events import (
    Answered,
    By,
    Drafted,
    Escalated,
    Event,
    Kind,
    Message,
    Opened,
    Rated,
    Removed,
    Reviewed,
    Status,
)
from app.governance.outcome import How
from app.governance.reviews import Outcome

COUNTERSIGN = "countersign"  # who acts where no person does
_KINDS, _BYS = ({one.value: one for one in names} for names in (Kind, By))  # half a million are looked up in one count


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing on a ticket, as it was written down. `ref`: the host's comment, under the name that the log gives it.

    Only of an answer is that name ever asked for; a reader may leave it out of everything else.
    """

    ticket: str
    kind: str
    ref: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """A proposal: for which comment of which ticket, and of what category it is by now."""

    id: str
    ticket: str
    comment: str
    category: str | None
    offered_at: datetime | None = None  # its first draft; None: none was, or before that was written down


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a proposal."""

    at: datetime
    outcome: Outcome
    how: str
    reason: str | None
    mode: str | None
    category: str | None
    tier: int | None
    drafted: bool
    held_out: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer of ours that went to the host. `approved`: somebody clicked."""

    proposal: str
    approved: bool


@dataclass(frozen=True, slots=True)
class Called:
    """A person was called in over a proposal."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that figures are made of."""

    happened: list[Happened] = field(default_factory=list)
    begun: dict[str, Begun] = field(default_factory=dict)  # by proposal, the oldest first
    ended: dict[str, Ended] = field(default_factory=dict)  # by proposal
    sent: dict[str, Sent] = field(default_factory=dict)  # by send id
    called: dict[str, Called] = field(default_factory=dict)  # by proposal


def events(records: Records, since: datetime) -> list[Event]:
    """All that happened since then."""
    return [event for event in _events(records) if event.at >= since]


def _events(records: Records) -> Iterator[Event]:
    asked = {(one.ticket, one.comment): one.id for one in records.begun.values()}
    about: dict[str, str] = {}
    for one in records.begun.values():
        if one.category is not None:
            about.setdefault(one.ticket, one.category)
        if one.offered_at is not None:
            yield Drafted(at=one.offered_at, ticket=one.ticket)
    for happened in records.happened:
        yield _happened(happened, records, asked, about.get(happened.ticket))
    for name, call in records.called.items():
        begun = records.begun[name]
        by = By.OURS if call.by == COUNTERSIGN else By.PERSON
        yield Escalated(at=call.at, ticket=begun.ticket, category=begun.category, by=by)
    for name, ended in records.ended.items():
        if ended.drafted:
            yield _reviewed(records.begun[name], ended)


def _happened(told: Happened, records: Records, asked: Mapping[tuple[str, str], str], category: str | None) -> Event:
    at, ticket, facts = told.at, told.ticket, told.facts
    match told.kind:
        case "opened":
            return Opened(
                at=at, ticket=ticket, requester=facts["requester"], category=category, follows=facts.get("follows")
            )
        case "message":
            return Message(at=at, ticket=ticket, **{**facts, "kind": _KINDS[facts["kind"]]})
        case "status":
            return Status(at=at, ticket=ticket, **{**facts, "by": _BYS[facts["by"]]})
        case "rated":
            return Rated(at=at, ticket=ticket, good=facts["good"])
        case "removed":
            return Removed(at=at, ticket=ticket, how=facts["how"])
        case _:
            ours = records.sent.get(facts["send_id"] or "")
            proposal = ours.proposal if ours else asked.get((ticket, facts["to"] or ""))
            return _answered(told, ours, proposal, records.ended.get(proposal or ""))


def _answered(told: Happened, ours: Sent | None, proposal: str | None, ended: Ended | None) -> Answered:
    """Ours as it was sent; a person's as our draft if it was made from one, else their own."""
    outcome = ended.outcome if ended else None
    if ours is not None:
        mode = "assisted" if ours.approved else "auto"
    else:
        made = ended is not None and ended.how == How.BY_HAND and outcome is not Outcome.OWN_ANSWER
        mode = "draft" if made else "own"
    return Answered(
        at=told.at,
        ticket=told.ticket,
        answer=f"{told.ticket}:{told.ref}",
        mode=mode,
        category=ended.category if ended else None,
        tier=ended.tier if ended else None,
        edited=mode != "own" and outcome is Outcome.MATERIAL_EDIT,
        held_out=mode != "auto" and ended is not None and ended.held_out,
        proposal=proposal,
    )


def _reviewed(begun: Begun, ended: Ended) -> Reviewed:
    return Reviewed(
        at=ended.at,
        ticket=begun.ticket,
        answer=begun.id,
        outcome=ended.outcome,
        mode=(ended.mode or "DRAFT").lower(),
        category=ended.category,
        tier=ended.tier,
        reason=ended.reason,
    )

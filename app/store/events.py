"""Events as SQL has them: added once, told in the log, and read back as the figures know them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from app.governance.canonical import canonical
from app.governance.events import (
    Answered,
    By,
    Escalated,
    Event,
    Kind,
    Message,
    Opened,
    Removed,
    Reviewed,
    Status,
)
from app.governance.reviews import Outcome
from app.host import TicketRef
from app.store import audit
from app.store.keys import Keys
from app.store.tables import escalation, outbox, outcome, proposal
from app.store.tables import event as table

BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing that happened, as it is written down. `facts`: no words of a customer, no floats."""

    kind: str
    ref: str
    at: datetime
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """What is written down of a ticket already."""

    refs: frozenset[tuple[str, str]]
    status: str
    status_at: datetime | None


def known(tx: Connection, ref: TicketRef) -> Known:
    """Of that ticket; a status that nobody saw yet is `new`."""
    mine = sa.and_(table.c.host == ref.host, table.c.ticket == ref.ticket)
    rows = tx.execute(
        sa.select(table.c.kind, table.c.ref, table.c.at, table.c.facts).where(mine).order_by(table.c.id)
    ).all()
    last = next((row for row in reversed(rows) if row.kind == "status"), None)
    refs = frozenset((row.kind, row.ref) for row in rows)
    return Known(refs, json.loads(last.facts)["after"] if last else "new", last.at if last else None)


def add(tx: Connection, keys: Keys, ref: TicketRef, found: Sequence[Noted], now: datetime) -> None:
    """Write down what is new, and tell the log of it under names that say nothing to others."""
    told = []
    for noted in found:
        values = {"host": ref.host, "ticket": ref.ticket, "kind": noted.kind, "ref": noted.ref, "at": noted.at}
        facts = canonical(noted.facts).decode()
        if tx.execute(_ADD[tx.dialect.name], {**values, "facts": facts}).scalar() is not None:
            at = noted.at.isoformat(timespec="microseconds")
            told.append({"kind": noted.kind, "ref": keys.host_id(noted.ref), "at": at, "facts": dict(noted.facts)})
    if told:
        audit.append(tx, now, "countersign", "ticket.noted", _name(keys, ref), {"events": told})


_ADD = {
    name: insert(table).on_conflict_do_nothing().returning(table.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def gone(tx: Connection, keys: Keys, ref: TicketRef, now: datetime) -> None:
    """The host has no such ticket any more: what it would have told is not counted as good."""
    if known(tx, ref).refs:
        add(tx, keys, ref, [Noted("removed", "removed", now, {"how": "deleted"})], now)


def _name(keys: Keys, ref: TicketRef) -> str:
    return f"{ref.host}:{keys.host_id(f'{ref.host}:{ref.ticket}')}"


# --- reading -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    """What our own rows say of a proposal."""

    category: str | None
    tier: int | None
    outcome: Outcome | None
    how: str | None


def read(tx: Connection, keys: Keys, since: datetime) -> list[Event]:
    """Everything that happened since, for the figures. Ticket names are those of the log."""
    proposals = {(row.host, row.ticket, row.comment): row for row in tx.execute(_PROPOSALS).all()}
    by_id = {row.id: _told(row) for row in proposals.values()}
    sent = {row.send_id: row for row in tx.execute(_SENT).all()}
    rows = tx.execute(sa.select(table).where(table.c.at >= since).order_by(table.c.at, table.c.id)).all()
    asked: dict[tuple[str, str], str] = {}
    events: list[Event] = []
    for row in rows:
        place = (row.host, row.ticket)
        name, facts = _name(keys, TicketRef(*place)), json.loads(row.facts)
        mine = proposals.get((*place, asked.get(place, "")))
        if row.kind == "message":
            asked[place] = row.ref
        events.append(_event(row, name, facts, mine, sent, by_id))
    categories = {(row.host, row.ticket): row.category for row in reversed(proposals.values()) if row.category}
    named = {_name(keys, TicketRef(*place)): category for place, category in categories.items()}
    opened = [_about(event, named) if isinstance(event, Opened) else event for event in events]
    return [*opened, *_escalated(tx, keys, since), *_reviewed(tx, keys, since)]


_PROPOSALS = (
    sa.select(
        proposal.c.id, proposal.c.host, proposal.c.ticket, proposal.c.comment, proposal.c.category, proposal.c.tier,
        outcome.c.outcome, outcome.c.how,
    )
    .select_from(proposal.outerjoin(outcome, outcome.c.proposal_id == proposal.c.id))
    .order_by(proposal.c.id)
)  # fmt: skip
_SENT = sa.select(outbox.c.send_id, outbox.c.proposal_id, outbox.c.approval_id).where(outbox.c.purpose == "answer")


def _told(row: Row[*tuple[Any, ...]] | None) -> _Told:
    if row is None:
        return _Told(None, None, None, None)
    return _Told(row.category, row.tier, Outcome(row.outcome) if row.outcome else None, row.how)


def _about(event: Opened, categories: Mapping[str, str]) -> Opened:
    return Opened(at=event.at, ticket=event.ticket, requester=event.requester, category=categories.get(event.ticket))


def _event(
    row: Row[*tuple[Any, ...]],
    name: str,
    facts: Mapping[str, Any],
    mine: Any,
    sent: Mapping[str, Any],
    by_id: Mapping[str, _Told],
) -> Event:
    match row.kind:
        case "opened":
            return Opened(at=row.at, ticket=name, requester=facts["requester"])
        case "message":
            kind = Kind(facts["kind"])
            return Message(at=row.at, ticket=name, **{**facts, "kind": kind})
        case "status":
            return Status(at=row.at, ticket=name, **{**facts, "by": By(facts["by"])})
        case "removed":
            return Removed(at=row.at, ticket=name, how=facts["how"])
        case _:
            ours = sent.get(facts["send_id"]) if facts["send_id"] else None
            told = by_id[ours.proposal_id] if ours else _told(mine)
            return _answered(row, name, told, ours)


def _answered(row: Row[*tuple[Any, ...]], name: str, told: _Told, ours: Any) -> Answered:
    """Ours as it was sent; a person's as our draft if it was made from one, else their own."""
    if ours is not None:
        mode = "assisted" if ours.approval_id else "auto"
    else:
        made = told.how == BY_HAND and told.outcome is not Outcome.OWN_ANSWER
        mode = "draft" if made else "own"
    edited = mode != "own" and told.outcome is Outcome.MATERIAL_EDIT
    answer = f"{name}:{row.ref}"
    return Answered(
        at=row.at, ticket=name, answer=answer, mode=mode, category=told.category, tier=told.tier, edited=edited
    )


def _escalated(tx: Connection, keys: Keys, since: datetime) -> Iterator[Escalated]:
    columns = (
        escalation.c.host,
        escalation.c.ticket,
        escalation.c.opened_at,
        escalation.c.opened_by,
        proposal.c.category,
    )
    joined = escalation.join(proposal, proposal.c.id == escalation.c.proposal_id)
    for row in tx.execute(sa.select(*columns).select_from(joined).where(escalation.c.opened_at >= since)):
        name = _name(keys, TicketRef(row.host, row.ticket))
        by = By.OURS if row.opened_by == "countersign" else By.PERSON
        yield Escalated(at=row.opened_at, ticket=name, category=row.category, by=by)


def _reviewed(tx: Connection, keys: Keys, since: datetime) -> Iterator[Reviewed]:
    joined = outcome.join(proposal, proposal.c.id == outcome.c.proposal_id)
    wanted = sa.select(outcome, proposal.c.host, proposal.c.ticket).select_from(joined).where(outcome.c.at >= since)
    for row in tx.execute(wanted.where(outcome.c.drafted)):
        name, mode = _name(keys, TicketRef(row.host, row.ticket)), (row.mode or "DRAFT").lower()
        judged = Outcome(row.outcome)
        about = {"mode": mode, "category": row.category, "tier": row.tier, "reason": row.reason}
        yield Reviewed(at=row.at, ticket=name, answer=row.proposal_id, outcome=judged, **about)

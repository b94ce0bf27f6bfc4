"""Events as SQL has them: added once, told in the log, and read back as the figures know them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.governance.canonical import canonical
from app.governance.events import Event
from app.governance.reviews import Outcome
from app.governance.stream import Begun, Called, Ended, Happened, Records, Sent
from app.governance.stream import events as events_of
from app.host import TicketRef
from app.store import audit
from app.store.keys import Keys
from app.store.tables import ALONE, escalation, outbox, outcome, proposal
from app.store.tables import event as table


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
    rows = tx.execute(_KNOWN, {"host": ref.host, "ticket": ref.ticket}).all()
    last = next((row for row in reversed(rows) if row.kind == "status"), None)
    refs = frozenset((row.kind, row.ref) for row in rows)
    return Known(refs, json.loads(last.facts)["after"] if last else "new", last.at if last else None)


_KNOWN = (
    sa.select(table.c.kind, table.c.ref, table.c.at, table.c.facts)
    .where(table.c.host == sa.bindparam("host"), table.c.ticket == sa.bindparam("ticket"))
    .order_by(table.c.id)
)


def add(tx: Connection, keys: Keys, ref: TicketRef, found: Sequence[Noted], now: datetime) -> None:
    """Write down what is new, and tell the log of it under names that say nothing to others. Whatever else locks comes before."""
    if not found:
        return
    new = {tuple(row) for row in tx.execute(_ADD[tx.dialect.name], [_row(ref, noted) for noted in found])}
    told = [_told(keys, noted) for noted in found if (noted.kind, noted.ref) in new]
    if told:
        audit.append(tx, now, "countersign", "ticket.noted", keys.ticket(ref), {"events": told})


def _row(ref: TicketRef, noted: Noted) -> dict[str, object]:
    facts = canonical(noted.facts).decode()
    return {
        "host": ref.host,
        "ticket": ref.ticket,
        "kind": noted.kind,
        "ref": noted.ref,
        "at": noted.at,
        "facts": facts,
    }


def _told(keys: Keys, noted: Noted) -> dict[str, object]:
    at = noted.at.isoformat(timespec="microseconds")
    return {"kind": noted.kind, "ref": keys.host_id(noted.ref), "at": at, "facts": dict(noted.facts)}


_ADD = {
    name: insert(table).on_conflict_do_nothing().returning(table.c.kind, table.c.ref)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def gone(tx: Connection, keys: Keys, ref: TicketRef, now: datetime) -> None:
    """The host has no such ticket any more: what it would have told is not counted as good."""
    if known(tx, ref).refs:
        add(tx, keys, ref, [Noted("removed", "removed", now, {"how": "deleted"})], now)


# --- reading -----------------------------------------------------------------------------------------------------------


def read(tx: Connection, keys: Keys, since: datetime) -> list[Event]:
    """Everything that happened since, for the figures: the one read that they, the guardrails and a replay share."""
    return events_of(records(tx, keys, since), since)


def of_week(tx: Connection, keys: Keys, since: datetime, monday: datetime) -> list[Event]:
    """The same, of the tickets alone that were answered in that week, and of those that went on from them."""
    answered = sa.and_(table.c.kind == "answered", table.c.at >= monday, table.c.at < monday + _WEEK)
    here = {(row.host, row.ticket) for row in tx.execute(_TICKET.where(answered))}
    names = {keys.ticket(TicketRef(*place)) for place in here}
    later = sa.and_(table.c.kind == "opened", table.c.at >= monday, table.c.at < monday + 3 * _WEEK)
    opened = tx.execute(_TICKET.where(later, table.c.facts.contains('"follows":"')))
    here |= {(row.host, row.ticket) for row in opened if json.loads(row.facts)["follows"] in names}
    return [event for some in _some(here) for event in events_of(_of_tickets(tx, keys, since, *some), since)]


def _some(places: set[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """A few hundred tickets of one host at a time."""
    for host, group in groupby(sorted(places), key=lambda place: place[0]):
        tickets = [ticket for _, ticket in group]
        yield from ((host, tickets[at : at + _AT_ONCE]) for at in range(0, len(tickets), _AT_ONCE))


def _of_tickets(tx: Connection, keys: Keys, since: datetime, host: str, tickets: list[str]) -> Records:
    def there(one: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(one.c.host == host, one.c.ticket.in_(tickets))

    recent, called = table.c.at >= since, escalation.c.opened_at >= since
    return _records(tx, keys, sa.and_(there(table), recent), there(proposal), sa.and_(there(escalation), called))


def records(tx: Connection, keys: Keys, since: datetime) -> Records:
    """What our rows hold, under the names of the log."""
    mine = proposal.c.id.in_(_touched(since))
    return _records(tx, keys, table.c.at >= since, mine, escalation.c.opened_at >= since)


Where = sa.ColumnElement[bool]


def _records(tx: Connection, keys: Keys, happened: Where, mine: Where, called: Where) -> Records:
    named = cache(lambda host, ticket: keys.ticket(TicketRef(host, ticket)))  # a ticket comes many times
    return Records(
        happened=[
            Happened(named(host, ticket), kind, keys.host_id(ref) if kind == "answered" else "", at, _FACTS(facts))
            for host, ticket, kind, ref, at, facts in tx.execute(_HAPPENED.where(happened).order_by(table.c.id))
        ],
        begun={
            name: Begun(name, named(host, ticket), keys.host_id(comment), category, offered_at)
            for name, host, ticket, comment, category, offered_at in tx.execute(
                _BEGUN.where(mine).order_by(proposal.c.id)
            )
        },
        ended=_ended(tx, mine),
        sent={row.send_id: Sent(row.proposal_id, row.approval_id is not None) for row in tx.execute(_SENT.where(mine))},
        called={
            row.proposal_id: Called(row.opened_at, row.opened_by)
            for row in tx.execute(sa.select(escalation).where(called).order_by(escalation.c.id))
        },
    )


def went_alone(tx: Connection) -> bool:
    """Has any answer gone out by itself? Until then there is nothing to guard."""
    return tx.execute(sa.select(outbox.c.id).where(ALONE).limit(1)).first() is not None


def unseen(tx: Connection, since: datetime, until: datetime) -> int:
    """Answers that went out by themselves between these times and that nobody has seen on their tickets: a gap, not good news."""
    noted = sa.exists().where(
        table.c.host == outbox.c.host,
        table.c.ticket == outbox.c.ticket,
        table.c.kind == "answered",
        table.c.ref == outbox.c.host_result_id,
    )
    between = sa.and_(outbox.c.settled_at > since, outbox.c.settled_at <= until)
    return tx.execute(sa.select(sa.func.count()).select_from(outbox).where(ALONE, between, ~noted)).scalar_one()


_WEEK, _AT_ONCE = timedelta(weeks=1), 500
_TICKET = sa.select(table.c.host, table.c.ticket, table.c.facts)
_FACTS = msgspec.json.Decoder(dict[str, Any]).decode
_HAPPENED = sa.select(table.c.host, table.c.ticket, table.c.kind, table.c.ref, table.c.at, table.c.facts)
_BEGUN = sa.select(
    proposal.c.id, proposal.c.host, proposal.c.ticket, proposal.c.comment, proposal.c.category, proposal.c.offered_at
)
_SENT = (
    sa.select(outbox.c.send_id, outbox.c.proposal_id, outbox.c.approval_id)
    .select_from(outbox.join(proposal, proposal.c.id == outbox.c.proposal_id))
    .where(outbox.c.purpose == "answer")
)


def _touched(since: datetime) -> sa.Select[tuple[str]]:
    """Every proposal of a ticket where anything happened since, and what ended or was called for since."""
    there = sa.and_(table.c.host == proposal.c.host, table.c.ticket == proposal.c.ticket, table.c.at >= since)
    ended = sa.select(outcome.c.proposal_id).where(outcome.c.at >= since)
    called = sa.select(escalation.c.proposal_id).where(escalation.c.opened_at >= since)
    lively = sa.or_(sa.exists().where(there), proposal.c.id.in_(ended), proposal.c.id.in_(called))
    return sa.select(proposal.c.id).where(lively)


def _ended(tx: Connection, mine: sa.ColumnElement[bool]) -> dict[str, Ended]:
    joined = outcome.join(proposal, proposal.c.id == outcome.c.proposal_id)
    return {
        row.proposal_id: Ended(
            at=row.at,
            outcome=Outcome(row.outcome),
            how=row.how,
            reason=row.reason,
            mode=row.mode,
            category=row.category,
            tier=row.tier,
            drafted=row.drafted,
            held_out=row.held_out,
        )
        for row in tx.execute(sa.select(outcome).select_from(joined).where(mine).order_by(outcome.c.id))
    }

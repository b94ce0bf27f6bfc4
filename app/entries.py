"""The log's entries for people: read with names and ticket numbers, and searched."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.deps import Deps
from app.host import TicketRef
from app.store import searching, staff
from app.store.keys import Keys
from app.store.tables import audit as log
from app.store.tables import event, proposal

PAGE = 100


@dataclass(frozen=True, slots=True)
class Told:
    """One entry for people: `by` in words, `action` and `header` as they were hashed, `named` whoever the header names."""

    seq: int
    at: datetime
    by: str
    action: str
    about: str
    header: Mapping[str, Any]
    place: TicketRef | None = None  # the ticket, where we know it by its number
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for; empty asks for everything. `about` is a proposal, a ticket number, a scope, a version."""

    about: str = ""
    by: str = ""
    action: str = ""
    before: int | None = None


def find(deps: Deps, wanted: Wanted) -> list[Told]:
    """The newest first, a page at a time; `before` is the last number of the page before."""
    with deps.readers.begin() as tx:
        objects = (wanted.about, *_of_ticket(tx, deps.keys, wanted.about)) if wanted.about else ()
        actors = _ids(tx, wanted.by) if wanted.by else ()
        found = searching.newest(tx, PAGE, objects, actors, wanted.action, wanted.before)
        rows = tx.execute(_columns().where(log.c.seq.in_(found)).order_by(log.c.seq.desc())).all()
        places = _places(tx, deps.keys, proposal.c.id.in_({row.object for row in rows}))
        known, noted = names(tx), _noted(tx, deps.keys, [row for row in rows if row.action == "ticket.noted"])
        return [_told(row, known, {**noted, **places}) for row in rows]


def of(tx: Connection, proposal_id: str) -> list[Told]:
    """All of one message, the oldest first."""
    rows = tx.execute(_columns().where(log.c.object == proposal_id).order_by(log.c.seq)).all()
    known = names(tx)
    return [_told(row, known, {}) for row in rows]


def _columns() -> sa.Select[Any]:
    return sa.select(log.c.seq, log.c.ts, log.c.actor, log.c.action, log.c.object, log.c.stored)


def _of_ticket(tx: Connection, keys: Keys, ticket: str) -> list[str]:
    return list(_places(tx, keys, searching.is_ticket(tx, ticket.lstrip("#"))))


def _places(tx: Connection, keys: Keys, where: sa.ColumnElement[bool]) -> dict[str, TicketRef]:
    """The tickets of these messages, by message and by what the log calls a ticket."""
    found = tx.execute(sa.select(proposal.c.id, proposal.c.host, proposal.c.ticket).where(where))
    places = {one.id: TicketRef(one.host, one.ticket) for one in found}
    return places | {keys.ticket(place): place for place in places.values()}


def _noted(tx: Connection, keys: Keys, rows: Sequence[sa.Row[Any]]) -> dict[str, TicketRef]:
    """The tickets of these readings, by what the log calls them: found by when something happened on them."""
    told = (json.loads(row.stored)["header"]["events"] for row in rows if row.object)
    times = {datetime.fromisoformat(found[0]["at"]) for found in told if found}
    there = sa.select(event.c.host, event.c.ticket).where(event.c.at.in_(times)).distinct()
    places = (TicketRef(one.host, one.ticket) for one in tx.execute(there)) if times else ()
    return {keys.ticket(place): place for place in places}


def names(tx: Connection) -> dict[str, str]:
    """Who stands behind an id."""
    return {member.id: member.name for member in staff.everybody(tx)}


def _ids(tx: Connection, text: str) -> list[str]:
    """Whom they mean: part of a name or an address, or the id itself."""
    said = text.lower()
    people = [one.id for one in staff.everybody(tx) if said in one.name.lower() or said in one.email]
    return [*people, text]


def _told(row: sa.Row[Any], known: Mapping[str, str], places: Mapping[str, TicketRef]) -> Told:
    by, about = known.get(row.actor, row.actor), known.get(row.object, row.object)
    header = json.loads(row.stored)["header"]
    named = {value: known[value] for value in header.values() if isinstance(value, str) and value in known}
    return Told(row.seq, row.ts, by, row.action, about, header, places.get(row.object), named)

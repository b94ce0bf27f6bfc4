"""Escalations: stopped, then owned, then acted on; here they open and are read, `handling` takes them further."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.roster import Case
from app.store import audit, staff
from app.store.glance import tell
from app.store.keys import Keys, seal, unseal
from app.store.tables import escalation as table

STOPPED, OWNED, ACTING = "STOPPED", "OWNED", "ACTING"
BY_A_PERSON = "person"  # stands where else the trigger stands
CLOSED = ("DOCUMENTED", "NO-DOCUMENT")
IS_OPEN = table.c.state.in_((STOPPED, OWNED, ACTING))
_KEY = "escalation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Why a ticket is stopped, whose it is, and by when they act."""

    proposal_id: str
    host: str
    ticket: str
    trigger: str
    owner: str  # empty: nobody yet
    due_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Place:
    """An open escalation without its words: what a notice or a line beside a ticket may say."""

    id: int
    proposal_id: str
    host: str
    ticket: str
    trigger: str
    owner: str
    due_at: datetime
    state: str
    assigned: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One matter of a person's, whole. `allowed`: the time that it gave at first."""

    id: int
    proposal_id: str
    host: str
    ticket: str
    trigger: str
    owner: str
    due_at: datetime
    state: str
    opened_by: str
    opened_at: datetime
    allowed: timedelta
    case: Case
    assigned: str | None  # what the host made of it: given, unknown, refused, away; None: not asked yet
    note: str
    next_action: str
    document: str | None
    closed_by: str | None
    closed_at: datetime | None
    closed_for: str
    link: str | None


def open_one(tx: Connection, keys: Keys, opening: Opening, by: str, now: datetime) -> int:
    """Stop, then name an owner. A proposal that has one already keeps it, with the newer reason, owner and time.

    The caller holds the switch and the proposal, and has taken back what waited: no claim for the ticket commits
    beside us.
    """
    values: dict[str, Any] = {
        "trigger": opening.trigger, "owner": opening.owner, "due_at": opening.due_at, "state": STOPPED, "allowed": int((opening.due_at - now).total_seconds()),
        "began_at": now, "reminded_at": None, "had": opening.owner, "assigned": None, "next_action": None,
        "document": None, "closed_by": None, "closed_at": None, "closed_for": None, "link": None,
        "note": sealed(keys, opening.note),
    }  # fmt: skip
    where = {"proposal_id": opening.proposal_id, "host": opening.host, "ticket": opening.ticket}
    mine = table.c.proposal_id == opening.proposal_id
    if tx.execute(table.update().where(mine).values(**values)).rowcount == 0:
        tx.execute(table.insert().values(**where, **values, opened_by=by, opened_at=now))
    found = tx.execute(sa.select(table.c.id).where(mine)).scalar_one()
    header = {"trigger": opening.trigger, "due": opening.due_at.isoformat(), "owned": bool(opening.owner)}
    audit.append(tx, now, by, "escalation.opened", opening.proposal_id, header)
    if opening.owner:
        tx.execute(table.update().where(mine).values(state=OWNED))
        tell_owned(tx, keys, opening.proposal_id, opening.owner, opening.due_at, by, now)
    return int(found)


def tell_owned(
    tx: Connection,
    keys: Keys,
    proposal_id: str,
    owner: str,
    due: datetime,
    by: str,
    now: datetime,
    *,
    late: bool = False,
) -> None:
    """The entry of each new owner, by the name that the log knows them by."""
    known = staff.by_email(tx, owner)
    header = {"owner": known.id if known else keys.host_id(owner), "due": due.isoformat(), "late": late}
    audit.append(tx, now, by, "escalation.owned", proposal_id, header)


# --- reading ---------------------------------------------------------------------------------------------------------


def stops(tx: Connection, host: str, ticket: str) -> bool:
    """Is an escalation open on that ticket? Then nothing is sent there."""
    return tx.execute(_STOPS, {"host": host, "ticket": ticket}).first() is not None


_STOPS = (
    sa.select(table.c.id)
    .where(table.c.host == sa.bindparam("host"), table.c.ticket == sa.bindparam("ticket"), IS_OPEN)
    .limit(1)
)


def still_open(tx: Connection, keys: Keys) -> Sequence[Escalation]:
    """All that are open, the most urgent first."""
    return [opened(row, keys) for row in tx.execute(sa.select(table).where(IS_OPEN).order_by(table.c.due_at))]


def closed_since(tx: Connection, keys: Keys, moment: datetime) -> Sequence[Escalation]:
    """What people have closed since then, the newest first and fifty at most: the log knows the others."""
    lately = sa.select(table).where(table.c.closed_at >= moment, sa.not_(IS_OPEN)).limit(50)
    return [opened(row, keys) for row in tx.execute(lately.order_by(table.c.closed_at.desc()))]


def cases(tx: Connection) -> list[tuple[int, Case, timedelta]]:
    """(id, case, time allowed) of all that are open: what the clock looks at."""
    rows = tx.execute(sa.select(table).where(IS_OPEN).order_by(table.c.due_at))
    return [(row.id, _case(row), timedelta(seconds=row.allowed)) for row in rows]


def place_of(tx: Connection, proposal_id: str) -> Place | None:
    """The open escalation of that proposal."""
    row = tx.execute(_places().where(table.c.proposal_id == proposal_id)).one_or_none()
    return Place(**row._mapping) if row else None


def place_on(tx: Connection, host: str, ticket: str) -> Place | None:
    """What is open on that ticket; the newest, if several are."""
    here = _places().where(table.c.host == host, table.c.ticket == ticket)
    row = tx.execute(here.order_by(table.c.id.desc()).limit(1)).one_or_none()
    return Place(**row._mapping) if row else None


def look(tx: Connection, tickets: Iterable[tuple[str, str]]) -> None:
    """What is open on all these tickets, (host, ticket) each, for a glance."""
    wanted = set(tickets)
    here = _places().where(table.c.ticket.in_({ticket for _, ticket in wanted})).order_by(table.c.id)
    found = {(row.host, row.ticket): Place(**row._mapping) for row in tx.execute(here)}
    tell(tx, stops, {one: one in found for one in wanted})
    tell(tx, place_on, {one: found.get(one) for one in wanted})


def unassigned(tx: Connection, since: datetime) -> list[Place]:
    """Where the host was away when it was asked, or was not asked since then."""
    late = sa.and_(table.c.assigned.is_(None), table.c.began_at <= since)
    wanted = _places().where(table.c.owner != "", sa.or_(table.c.assigned == "away", late))
    return [Place(**row._mapping) for row in tx.execute(wanted.order_by(table.c.id))]


def _places() -> sa.Select[Any]:
    return sa.select(*(table.c[name] for name in Place.__dataclass_fields__)).where(IS_OPEN)


def opened(row: sa.Row[Any], keys: Keys) -> Escalation:
    """A row with its words unsealed."""
    plain = {name: row._mapping[name] for name in Escalation.__dataclass_fields__ if name in row._mapping}
    words = {name: _unsealed(keys, row._mapping[name]) for name in ("note", "next_action", "closed_for")}
    return Escalation(**{**plain, **words, "allowed": timedelta(seconds=row.allowed), "case": _case(row)})


def _case(row: sa.Row[Any]) -> Case:
    return Case(tuple(filter(None, row.had.split("\n"))), row.began_at, row.due_at, row.reminded_at)


def sealed(keys: Keys, words: str) -> bytes:
    """A person's words about a customer's matter."""
    return seal(keys.sealing(_KEY), words.encode())


def _unsealed(keys: Keys, stored: bytes | None) -> str:
    return unseal(keys.sealing(_KEY), stored).decode() if stored else ""

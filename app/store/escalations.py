"""Escalations: stopped, a named owner, a next action with a time; closed only with a decision on what to document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store import audit
from app.store.keys import Keys, seal, unseal
from app.store.tables import escalation as table

STOPPED, OWNED, ACTING = "STOPPED", "OWNED", "ACTING"
BY_A_PERSON = "person"  # stands where else the trigger stands
CLOSED = ("DOCUMENTED", "NO-DOCUMENT")


@dataclass(frozen=True, slots=True)
class Escalation:
    """One open matter of a person's."""

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
    note: str


def open_one(
    tx: Connection,
    keys: Keys,
    where: dict[str, str],
    trigger: str,
    owner: str,
    due_at: datetime,
    by: str,
    note: str,
    now: datetime,
) -> None:
    """Stop and name an owner; a proposal that has one already keeps it, with the newer owner and time."""
    values: dict[str, Any] = {
        "trigger": trigger,
        "owner": owner,
        "due_at": due_at,
        "state": OWNED if owner else STOPPED,
    }
    sealed = seal(keys.sealing("escalation"), note.encode())
    mine = table.c.proposal_id == where["proposal_id"]
    if tx.execute(table.update().where(mine).values(**values, note=sealed)).rowcount == 0:
        tx.execute(table.insert().values(**where, **values, note=sealed, opened_by=by, opened_at=now))
    header = {"trigger": trigger, "due": due_at.isoformat(), "owned": bool(owner)}
    audit.append(tx, now, by, "escalation.opened", where["proposal_id"], header)


def stops(tx: Connection, host: str, ticket: str) -> bool:
    """Is somebody's escalation open on that ticket? Then nothing is sent there."""
    where = sa.and_(table.c.host == host, table.c.ticket == ticket, table.c.state.not_in(CLOSED))
    return tx.execute(sa.select(table.c.id).where(where).limit(1)).first() is not None


def still_open(tx: Connection, keys: Keys) -> Sequence[Escalation]:
    """All that are open, the most urgent first."""
    rows = tx.execute(sa.select(table).where(table.c.state.not_in(CLOSED)).order_by(table.c.due_at)).all()
    key = keys.sealing("escalation")
    return [_opened(row, key) for row in rows]


def _opened(row: sa.Row[Any], key: bytes) -> Escalation:
    names = [name for name in Escalation.__dataclass_fields__ if name != "note"]
    note = unseal(key, row.note).decode() if row.note else ""
    return Escalation(**{name: row._mapping[name] for name in names}, note=note)


def owner_of(tx: Connection, proposal_id: str) -> str | None:
    """Who owns the escalation of that proposal."""
    return tx.execute(sa.select(table.c.owner).where(table.c.proposal_id == proposal_id)).scalar()


def of_proposal(tx: Connection, proposal_id: str) -> int | None:
    """The open escalation of that proposal."""
    return _open_of(tx, proposal_id, sa.true())


def is_a_persons(tx: Connection, proposal_id: str) -> bool:
    """Did a person escalate it, and is that still open?"""
    return _open_of(tx, proposal_id, table.c.trigger == BY_A_PERSON) is not None


def _open_of(tx: Connection, proposal_id: str, which: sa.ColumnElement[bool]) -> int | None:
    where = sa.and_(table.c.proposal_id == proposal_id, table.c.state.not_in(CLOSED), which)
    return tx.execute(sa.select(table.c.id).where(where)).scalar()


def owner_by_ticket(tx: Connection, host: str, ticket: str) -> str | None:
    """Who owns what is open on that ticket; the newest, if several are."""
    where = sa.and_(table.c.host == host, table.c.ticket == ticket, table.c.state.not_in(CLOSED))
    return tx.execute(sa.select(table.c.owner).where(where).order_by(table.c.id.desc()).limit(1)).scalar()


def close(tx: Connection, keys: Keys, escalation_id: int, outcome: str, reason: str, by: str, now: datetime) -> bool:
    """DOCUMENTED or NO-DOCUMENT, decided by a person, with a reason. False: it was closed before."""
    if outcome not in CLOSED or not reason:
        raise ValueError("closing wants DOCUMENTED or NO-DOCUMENT, and why")
    mine = sa.and_(table.c.id == escalation_id, table.c.state.not_in(CLOSED))
    values = {"state": outcome, "closed_for": seal(keys.sealing("escalation"), reason.encode())}
    row = tx.execute(table.update().where(mine).values(**values).returning(table.c.proposal_id)).one_or_none()
    if row is None:
        return False
    audit.append(tx, now, by, "escalation.closed", row.proposal_id, {"outcome": outcome})
    return True

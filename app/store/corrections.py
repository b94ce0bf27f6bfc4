"""Corrections: a run of them, and for each of its customers the one message that sets right what they were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.decision import Decision
from app.governance.proposal import Tier
from app.host import TicketRef
from app.store import audit, names
from app.store.keys import Keys
from app.store.received import ANSWER, Received, Sought
from app.store.record import Record, sealed
from app.store.tables import correction as item
from app.store.tables import correction_run as table
from app.store.tables import escalation
from app.store.tables import proposal as about

UNCLEAR = "nobody knows whether the answer arrived: look at the ticket first"
_UNSENT = ("human", "handled", "superseded", "rejected")  # an earlier one in such a state may be taken up again


@dataclass(frozen=True, slots=True)
class Item:
    """One customer of a run. `made`: the message that sets it right; None: not yet, or `why` it cannot be.

    Where it is made, `why` says what to look at before it is approved.
    """

    proposal_id: str
    made: str | None
    tried_at: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """What was sought, what everybody of it is told, and how far that is."""

    id: str
    by: str
    sought: Sought
    text: str
    made_at: datetime
    items: tuple[Item, ...]

    @property
    def waiting(self) -> tuple[Item, ...]:
        """Nobody came to these yet."""
        return tuple(one for one in self.items if one.tried_at is None)


def begin(tx: Connection, sought: Sought, found: Sequence[Received], text: str, by: str, now: datetime) -> str:
    """Write down all of it before the first message is made: whatever breaks off, the rest is known."""
    run_id = names.new(now)
    asked = {"kind": sought.kind, "sought": sought.what, "since": sought.since}
    tx.execute(table.insert().values(id=run_id, by=by, text=text, made_at=now, **asked))
    for place, one in enumerate(found):
        left = {"tried_at": now, "why": UNCLEAR} if one.unclear else {}
        row = {"run_id": run_id, "proposal_id": one.proposal_id, "subject": one.subject, "place": place}
        tx.execute(item.insert().values(**row, **left))
    # The words of an answer stay out of the log; a source's or a category's name says nothing of anybody.
    named = {} if sought.kind == ANSWER else {"sought": sought.what}
    header = {"kind": sought.kind, **named, "since": sought.since.isoformat(), "customers": len(found)}
    audit.append(tx, now, by, "correction.begun", run_id, header)
    return run_id


def read(tx: Connection, run_id: str) -> Run | None:
    """That one."""
    row = tx.execute(sa.select(table).where(table.c.id == run_id)).one_or_none()
    return _read(tx, row) if row else None


def newest(tx: Connection, limit: int = 20) -> list[Run]:
    """The last that were begun."""
    return [_read(tx, row) for row in tx.execute(sa.select(table).order_by(table.c.id.desc()).limit(limit)).all()]


def _read(tx: Connection, row: Row[Any]) -> Run:
    columns = [item.c[name] for name in Item.__dataclass_fields__]
    rows = tx.execute(sa.select(*columns).where(item.c.run_id == row.id).order_by(item.c.place))
    items = tuple(Item(**one._mapping) for one in rows)
    return Run(row.id, row.by, Sought(row.kind, row.sought, row.since), row.text, row.made_at, items)


def take(tx: Connection, run_id: str, proposal_id: str, now: datetime, why: str | None = None) -> bool:
    """Whoever comes first makes that one, or says why it cannot be. False: somebody did."""
    mine = sa.and_(item.c.run_id == run_id, item.c.proposal_id == proposal_id, item.c.tried_at.is_(None))
    return tx.execute(item.update().where(mine).values(tried_at=now, why=why)).rowcount == 1


def made(tx: Connection, run_id: str, proposal_id: str, corrective: str, first: str | None = None) -> None:
    """That message sets it right. `first`: what to look at before."""
    mine = sa.and_(item.c.run_id == run_id, item.c.proposal_id == proposal_id)
    tx.execute(item.update().where(mine).values(made=corrective, why=first))


def note(tx: Connection, run_id: str, proposal_id: str, why: str) -> None:
    """It could not be made now; it stays to be tried."""
    mine = sa.and_(item.c.run_id == run_id, item.c.proposal_id == proposal_id, item.c.tried_at.is_(None))
    tx.execute(item.update().where(mine).values(why=why))


def leave(tx: Connection, run_id: str, proposal_id: str, why: str) -> None:
    """It was taken, and cannot be made."""
    mine = sa.and_(item.c.run_id == run_id, item.c.proposal_id == proposal_id)
    tx.execute(item.update().where(mine).values(why=why))


def reopen(tx: Connection, run_id: str) -> int:
    """Those that were left, and those that came back unsent, are to be made anew; how many."""
    back = sa.select(about.c.id).where(about.c.state.in_(("human", "superseded")))
    mine = sa.and_(item.c.run_id == run_id, item.c.tried_at.is_not(None))
    wanted = sa.and_(mine, sa.or_(item.c.made.is_(None), item.c.made.in_(back)))
    return tx.execute(item.update().where(wanted).values(tried_at=None, why=None, made=None)).rowcount


def is_told(tx: Connection, run: Run, subject: str) -> bool:
    """Does another message of ours to them wait, or did one go that whoever began this run cannot have known of?"""
    going = about.c.state.in_(("offered", "approved", "sending"))
    went = sa.and_(about.c.state.in_(("sent", "unclear")), about.c.changed_at > run.made_at)
    others = sa.select(item.c.made).join(about, about.c.id == item.c.made)
    found = others.where(item.c.subject == subject, item.c.run_id != run.id, sa.or_(going, went))
    return tx.execute(found.limit(1)).first() is not None


def is_for_people(tx: Connection, ref: TicketRef, comment: str) -> bool:
    """Was that message of the customer's tier 3, or escalated? However that ended, people go on with it."""
    here = sa.and_(about.c.host == ref.host, about.c.ticket == ref.ticket, about.c.comment == comment)
    was = sa.and_(about.c.state == "handled", sa.exists().where(escalation.c.proposal_id == about.c.id))
    reserved = sa.or_(about.c.state == "escalated", was, about.c.tier == int(Tier.HIGH_STAKES))
    return tx.execute(sa.select(about.c.id).where(here, reserved)).first() is not None


def put(
    tx: Connection, keys: Keys, subject: str, record: Record, decision: Decision, version: int, now: datetime
) -> str | None:
    """The message as a proposal that waits for its yes; None: another one for the same comment waits or went."""
    said = record.proposal
    here = (about.c.host == said.host, about.c.ticket == said.ticket, about.c.comment == said.comment)
    before = tx.execute(sa.select(about.c.id, about.c.state).where(*here).with_for_update()).one_or_none()
    values: dict[str, Any] = {
        "state": "offered", "action": decision.action.name, "mode": decision.mode.name, "category": said.category,
        "tier": int(said.tier or 3), "rules": ",".join(reason.rule for reason in decision.reasons), "queue": said.queue,
        "policy_version": version, "sealed": sealed(tx, keys, subject, record), "subject_key": subject,
        "changed_at": now, "edited_by": None, "rejected_for": None,
    }  # fmt: skip
    if before is None:
        new = {"id": names.new(now), "host": said.host, "ticket": said.ticket, "comment": said.comment}
        tx.execute(about.insert().values(**new, **values, attempt=0, created_at=now))
        return str(new["id"])
    if before.state not in _UNSENT:
        return None
    tx.execute(about.update().where(about.c.id == before.id).values(**values))
    return str(before.id)

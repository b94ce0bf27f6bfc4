"""Offering: the draft put where a person can edit and send it by hand, on request, through the one door."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from app import notes, review
from app.deps import Deps
from app.governance.decision import Decision, Reason, Switch, decide
from app.host import Purpose
from app.review import Actor, Changed, Refused
from app.store import audit, outbox, proposals
from app.store.record import Stored
from app.store.tables import outbox as table

_TICK = 0.05


@dataclass(frozen=True, slots=True)
class Offered:
    """A draft on its way to the host. `at` is the host's id of it; empty: not there yet. `why`: it will not come."""

    row: int
    at: str = ""
    why: str = ""


def offer(deps: Deps, proposal_id: str, seen: str, actor: Actor, mine: int | None = None) -> Offered:
    """Put exactly the draft that they saw into the ticket. What lies there is not believed to lie there still: people
    delete drafts and send them, so the host is asked anew, and what it finds there it leaves.

    `mine`: what the same person asked for a moment ago and was told to wait for.
    """
    with review.changing(deps, proposal_id, proposals.OFFERED) as (tx, stored, facts):
        draft = stored.proposal.draft
        if facts.seen != seen or draft is None:
            raise Changed(Reason("changed", "it changed since you saw it"))
        if facts.setting.state is not Switch.LIVE:
            raise Refused(Reason("rollback", f"the switch is {facts.setting.state}"))
        before = _of(tx, stored, draft.text)
        if before is not None and (before.row == mine or not (before.at or before.why)):
            return before
        decision = decide(facts.proposal, facts.policy, facts.controls)
        row = _put(tx, deps, stored, decision, _serial(draft.text, before))
        audit.append(tx, facts.at, actor.member.id, "draft.inserted", stored.id, {"row": row, "via": actor.via})
    deps.ring("deliver", [row])
    return Offered(row)


def renew(deps: Deps, proposal_id: str, actor: Actor) -> bool:
    """The draft that was put into the ticket says from now on what its proposal says. False: none was, or it may not.

    The host puts it in the place of the one before; what a person wrote into that one stays as it is.
    """
    with review.changing(deps, proposal_id, proposals.OFFERED) as (tx, stored, facts):
        draft, before = stored.proposal.draft, _newest(tx, table.c.proposal_id == stored.id)
        if draft is None or before is None or before.why or facts.setting.state is not Switch.LIVE:
            return False
        decision = decide(facts.proposal, facts.policy, facts.controls)
        row = _put(tx, deps, stored, decision, _serial(draft.text, before))
        audit.append(tx, facts.at, actor.member.id, "draft.inserted", stored.id, {"row": row, "via": actor.via})
    deps.ring("deliver", [row])
    return True


def _put(tx: Connection, deps: Deps, stored: Stored, decision: Decision, serial: str) -> int:
    said = notes.offer(stored.proposal, decision)
    row = outbox.put(tx, deps.keys, stored, Purpose.OFFER, said, deps.clock.now(), serial=serial)
    if row is None:  # it was there a line ago, or gave the same row back
        raise Changed(Reason("changed", "somebody has just put it there: look again"))
    return row


def _of(tx: Connection, stored: Stored, text: str) -> Offered | None:
    """What holds these very words already: what a person asked for, or what was offered by itself and nobody edited since."""
    mine, asked = table.c.proposal_id == stored.id, table.c.msg_key.contains(_serial(text))
    return _newest(tx, mine if stored.edited_by is None else sa.and_(mine, asked))


def _newest(tx: Connection, which: sa.ColumnElement[bool]) -> Offered | None:
    wanted = sa.select(table.c.id).where(which, table.c.purpose == Purpose.OFFER)
    newest = tx.execute(wanted.order_by(table.c.id.desc()).limit(1)).scalar()
    return _standing(tx, newest) if newest is not None else None


def _serial(text: str, before: Offered | None = None) -> str:
    again = f"-{before.row}" if before else ""
    return f"by-hand-{hashlib.sha256(text.encode()).hexdigest()[:16]}{again}"


def _standing(tx: Connection, row_id: int) -> Offered:
    row = tx.execute(sa.select(table).where(table.c.id == row_id)).one()
    if row.state == outbox.HUMAN:
        return Offered(row_id, why=row.reason or "it could not be put there")
    return Offered(row_id, at=row.host_result_id or "" if row.state == outbox.SENT else "")


def wait(deps: Deps, offered: Offered, seconds: float) -> Offered:
    """Until a worker put it there, or for so long: whoever pressed has little patience, and presses again."""
    deadline = time.monotonic() + seconds
    while not offered.at and not offered.why and time.monotonic() < deadline:
        time.sleep(_TICK)
        with deps.readers.begin() as tx:
            offered = _standing(tx, offered.row)
    return offered

"""Drills: each rehearsal of the stop, how far it is, and what the last good one says of the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.canary import QUEUE
from app.governance.policy import Policy
from app.governance.rehearsal import Rehearsed
from app.host import Fate, Purpose
from app.store import audit, canaries, engine, proposals, switch, turns
from app.store.tables import drill as table
from app.store.tables import outbox, proposal
from app.store.tables import switch as switches

LONGEST = timedelta(minutes=15)  # a drill that has not ended by then died with its process
STOPPED = "the switch was turned off"


@dataclass(frozen=True, slots=True)
class Drill:
    """One rehearsal. `step` for people while it runs; `entry`: the number of its certificate in the log."""

    id: int
    queue: str
    started_by: str
    started_at: datetime
    step: str
    seen: Mapping[str, Any]
    ended_at: datetime | None
    passed: bool | None
    entry: int | None
    offered_again_at: datetime | None


_COLUMNS = [table.c[name] for name in Drill.__dataclass_fields__]


def drill_state(tx: Connection, policy: Policy | None) -> Rehearsed:
    """When the stop was last rehearsed well, whose it is and how often it should be. Read it wherever auto-send depends."""
    at: datetime | None = tx.execute(sa.select(sa.func.max(table.c.ended_at)).where(table.c.passed.is_(True))).scalar()
    if policy is None:
        return Rehearsed(at)
    return Rehearsed(at, policy.reviews.drill, policy.owners.rollback)


def listed(tx: Connection, limit: int = 10) -> list[Drill]:
    """The newest first."""
    rows = tx.execute(sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit))
    return [Drill(**{**row._mapping, "seen": json.loads(row.seen)}) for row in rows]


def running(tx: Connection) -> Drill | None:
    """The one that has not ended."""
    return next((drill for drill in listed(tx) if drill.ended_at is None), None)


def begin(tx: Connection, queue: str, by: str, now: datetime) -> int | None:
    """A new drill, with the canary queue's row of the switch where it is about that. None: one is running."""
    turns.close_turnstile(tx)
    engine.one_at_a_time(tx, "drill")
    if running(tx) is not None:
        return None
    row = table.insert().values(queue=queue, started_by=by, started_at=now, step="preparing", seen="{}")
    drill_id = int(tx.execute(row.returning(table.c.id)).scalar_one())
    if queue == QUEUE:
        switch.install(tx, QUEUE, now)
    audit.append(tx, now, by, "drill.begun", f"drill:{drill_id}", {"queue": queue})
    return drill_id


def step(tx: Connection, drill_id: int, name: str) -> None:
    """How far it is, for whoever watches."""
    tx.execute(table.update().where(table.c.id == drill_id).values(step=name))


def end(tx: Connection, drill: Drill, certificate: Mapping[str, Any], now: datetime) -> int:
    """The certificate into the log, and the canary queue away: without its row nothing can be sent from there."""
    turns.close_turnstile(tx)
    gone = tx.execute(switches.delete().where(switches.c.scope == QUEUE).returning(switches.c.gen)).scalar()
    canaries.let_go(tx)
    what = f"drill:{drill.id}"
    if gone is not None:
        audit.append(tx, now, drill.started_by, "switch.removed", QUEUE, {"gen": gone})
    entry = audit.append(tx, now, drill.started_by, "drill.certificate", what, certificate)
    values = {"step": "over", "ended_at": now, "passed": certificate["passed"], "entry": entry}
    tx.execute(table.update().where(table.c.id == drill.id).values(**values, seen=json.dumps(certificate)))
    return entry


def left_behind(tx: Connection, now: datetime) -> Drill | None:
    """A drill whose process died: it proves nothing, and its canaries must go."""
    found = running(tx)
    return found if found and not timedelta() <= now - found.started_at < LONGEST else None


def sent_since(tx: Connection, queue: str, moment: datetime) -> int:
    """Sends of that queue that came to their end as sent later than that: after CONFIRMED there is none."""
    late = (outbox.c.settled_at > moment, outbox.c.fate == Fate.SENT, outbox.c.purpose != Purpose.HAND_OVER)
    wanted = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.queue == queue, *late)
    return int(tx.execute(wanted).scalar_one())


# --- a drill on a real queue: what it stopped is offered again ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stopped:
    """What the drill that is to be restored took from the outbox, held by the caller's transaction."""

    drill_id: int
    proposals: tuple[str, ...]
    arrived: int  # what came while it was OFF, and stays with people


def hold_stopped(tx: Connection, row: sa.Row[Any]) -> Stopped | None:
    """`row`: of the switch, held. None: it was no drill that stopped this scope."""
    scope = row.scope
    last = next((drill for drill in listed(tx) if drill.queue == scope), None)
    if last is None or last.offered_again_at is not None or last.seen.get("off_gen") != row.gen:
        return None
    of = sa.select(outbox.c.proposal_id).where(
        outbox.c.queue == scope,
        outbox.c.purpose == Purpose.ANSWER,
        outbox.c.state == "HUMAN",
        outbox.c.fate == Fate.NEVER_SENT,
        outbox.c.reason == STOPPED,
        outbox.c.settled_at >= row.off_at,
    )
    mine = sa.and_(proposal.c.id.in_(of), proposal.c.state == proposals.HUMAN)
    proposals.lock(tx, mine)
    found = tuple(tx.execute(sa.select(proposal.c.id).where(mine).order_by(proposal.c.id)).scalars())
    came = sa.and_(proposal.c.queue == scope, proposal.c.state == proposals.HUMAN, proposal.c.created_at >= row.off_at)
    arrived = tx.execute(sa.select(sa.func.count()).select_from(proposal).where(came)).scalar_one()
    return Stopped(last.id, found, arrived)


def offer_again(tx: Connection, stopped: Stopped, by: str, now: datetime) -> None:
    """Back to where they were offered; each wants a new yes."""
    for proposal_id in stopped.proposals:
        proposals.move(tx, proposal_id, proposals.OFFERED, now)
    tx.execute(table.update().where(table.c.id == stopped.drill_id).values(offered_again_at=now))
    header = {"offered_again": len(stopped.proposals), "left_with_people": stopped.arrived}
    audit.append(tx, now, by, "drill.restored", f"drill:{stopped.drill_id}", header)

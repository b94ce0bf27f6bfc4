"""The switch: LIVE → OFF → CONFIRMED, one row for everything and one for each queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.decision import Switch
from app.store import audit, turns
from app.store.tables import approval, outbox, proposal, switch

ALL = "*"


@dataclass(frozen=True, slots=True)
class Setting:
    """Both rows that a claim needs, as one: the lower state and both generations."""

    state: Switch
    generations: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ScopeState:
    """One scope as people see it."""

    scope: str
    state: Switch
    changed_by: str
    changed_at: datetime
    reason: str | None
    off_at: datetime | None
    confirmed_at: datetime | None
    sent_before: int | None
    unclear: int | None
    to_humans: int | None
    restore_asked_by: str | None


def install(tx: Connection, scope: str, now: datetime) -> None:
    """A row for a scope that has none: LIVE, since a policy must allow anything first."""
    if tx.execute(sa.select(switch.c.gen).where(switch.c.scope == scope)).scalar() is None:
        tx.execute(
            switch.insert().values(scope=scope, state=Switch.LIVE, gen=1, changed_by="installation", changed_at=now)
        )
        audit.append(tx, now, "installation", "switch.installed", scope, {"gen": 1})


def read_locked(tx: Connection, queue: str | None) -> Setting:
    """Both rows, held until the caller commits: an OFF waits for us, or we see OFF. A missing row is OFF."""
    turns.pass_turnstile(tx)
    return _setting(tx.execute(_PAIR_LOCKED, {"queue": queue or ALL}).all(), queue or ALL)


def read_held(tx: Connection, queue: str | None) -> Setting:
    """The same, with the queue's row for us alone: no claim in it commits beside what we write."""
    turns.pass_turnstile(tx)
    rows = tx.execute(_ONE_LOCKED, {"queue": ALL}).all()
    if queue is not None:
        rows = [*rows, *tx.execute(_ONE_HELD, {"queue": queue})]
    return _setting(rows, queue or ALL)


def hold_all(tx: Connection) -> None:
    """Every row for us alone: a new policy is ordered against every claim."""
    turns.close_turnstile(tx)
    tx.execute(sa.select(switch.c.gen).order_by(switch.c.scope).with_for_update())


def read(tx: Connection, queue: str | None) -> Setting:
    """The same for showing, without a lock. A ticket outside every queue obeys the switch for everything."""
    return _setting(tx.execute(_PAIR, {"queue": queue or ALL}).all(), queue or ALL)


_ROW: sa.Select[tuple[str, str, int]] = sa.select(switch.c.scope, switch.c.state, switch.c.gen)
_ONE = _ROW.where(switch.c.scope == sa.bindparam("queue"))
_ONE_LOCKED, _ONE_HELD = _ONE.with_for_update(read=True), _ONE.with_for_update()
_BOTH = sa.or_(switch.c.scope == ALL, switch.c.scope == sa.bindparam("queue"))
_PAIR = _ROW.where(_BOTH).order_by(switch.c.scope)  # always the same row first, or two of us wait for each other
_PAIR_LOCKED = _PAIR.with_for_update(read=True)


def _setting(rows: Sequence[sa.Row[tuple[str, str, int]]], queue: str) -> Setting:
    found = {row.scope: row for row in rows}
    if ALL not in found or queue not in found:
        return Setting(Switch.OFF, (0, 0))
    pair = (found[ALL], found[queue])
    dark = [Switch(row.state) for row in pair if row.state != Switch.LIVE]
    return Setting(dark[0] if dark else Switch.LIVE, (pair[0].gen, pair[1].gen))


def scopes(tx: Connection) -> list[ScopeState]:
    """Every scope, everything first."""
    columns = [column for column in switch.c if column.name != "gen"]
    rows = tx.execute(sa.select(*columns).order_by(switch.c.scope)).all()
    return [ScopeState(**{**row._mapping, "state": Switch(row.state)}) for row in rows]


def within(scope: str) -> sa.ColumnElement[bool]:
    """The outbox rows that a scope governs; hand-over notes are exempt, people must be able to get them."""
    inside = outbox.c.purpose != "hand-over"
    return inside if scope == ALL else sa.and_(inside, outbox.c.queue == scope)


def roll_back(tx: Connection, scope: str, actor: str, reason: str, now: datetime) -> bool:
    """OFF: after this commit no claim in the scope can commit. False: it was not LIVE."""
    return bool(roll_back_each(tx, [scope], actor, reason, now))


def roll_back_each(tx: Connection, scopes: Sequence[str], actor: str, reason: str, now: datetime) -> list[str]:
    """OFF for several scopes at once; which of them were LIVE. Everything is locked before the log is, as everywhere."""
    turns.close_turnstile(tx)
    wanted = sa.select(switch).where(switch.c.scope.in_(scopes)).order_by(switch.c.scope)
    rows = tx.execute(wanted.with_for_update()).all()
    live = [row for row in rows if row.state == Switch.LIVE]
    _hold_waiting(tx, [row.scope for row in live])
    stopped = {row.scope: _turn_off(tx, row, actor, reason, now) for row in live}
    asked = [row for row in rows if row not in live and row.restore_asked_by is not None]
    for row in asked:  # whoever stops again takes back what was asked before
        tx.execute(switch.update().where(switch.c.scope == row.scope).values(restore_asked_by=None))
        audit.append(tx, now, actor, "switch.restore-taken-back", row.scope, {"gen": row.gen})
    for row in live:
        header = {"gen": row.gen + 1, "stopped": stopped[row.scope]}
        audit.append(tx, now, actor, "switch.off", row.scope, header)
    return list(stopped)


def _turn_off(tx: Connection, row: sa.Row[Any], actor: str, reason: str, now: datetime) -> int:
    stopped = _stop_ready(tx, row.scope, now)
    values = {"state": Switch.OFF, "gen": row.gen + 1, "changed_by": actor, "changed_at": now, "reason": reason}
    cleared = {"confirmed_at": None, "sent_before": None, "unclear": None, "restore_asked_by": None}
    where = switch.c.scope == row.scope
    tx.execute(switch.update().where(where).values(**values, **cleared, off_at=now, to_humans=stopped))
    return stopped


def _hold_waiting(tx: Connection, scopes: Sequence[str]) -> None:
    """The proposals of everything that waits in these scopes, before any outbox row, as everybody: no stop deadlocks."""
    ready = sa.and_(outbox.c.state == "READY", sa.or_(sa.false(), *map(within, scopes)))
    waiting = sa.select(proposal.c.id).where(proposal.c.id.in_(sa.select(outbox.c.proposal_id).where(ready)))
    tx.execute(waiting.order_by(proposal.c.id).with_for_update())


def _stop_ready(tx: Connection, scope: str, now: datetime) -> int:
    """READY → HUMAN; how many of them were answers."""
    stop = {"state": "HUMAN", "fate": "never-sent", "settled_at": now, "reason": "the switch was turned off"}
    ready = sa.and_(outbox.c.state == "READY", within(scope))
    stopped = tx.execute(
        outbox.update().where(ready).values(**stop).returning(outbox.c.proposal_id, outbox.c.purpose)
    ).all()
    answers = [row.proposal_id for row in stopped if row.purpose == "answer"]
    for proposal_id in answers:
        open_one = sa.and_(approval.c.voided_at.is_(None), approval.c.proposal_id == proposal_id)
        tx.execute(approval.update().where(open_one).values(voided_at=now, void_reason="the switch was turned off"))
        tx.execute(proposal.update().where(proposal.c.id == proposal_id).values(state="human", changed_at=now))
    return len(answers)


def in_flight(tx: Connection, scope: str) -> list[tuple[str, str]]:
    """(host, ticket) of each send whose end is not known yet."""
    rows = tx.execute(sa.select(outbox.c.host, outbox.c.ticket).where(outbox.c.state == "SENDING", within(scope)))
    return [(row.host, row.ticket) for row in rows]


def confirm(tx: Connection, scope: str, now: datetime) -> bool:
    """CONFIRMED, if nothing in the scope is in flight any more."""
    turns.close_turnstile(tx)
    row = tx.execute(sa.select(switch).where(switch.c.scope == scope).with_for_update()).one()
    if row.state != Switch.OFF or in_flight(tx, scope):
        return bool(row.state == Switch.CONFIRMED)
    sent = _settled_since(tx, scope, row.off_at, "sent")
    unclear = _settled_since(tx, scope, row.off_at, "unclear")
    values = {"state": Switch.CONFIRMED, "confirmed_at": now, "sent_before": sent, "unclear": unclear}
    tx.execute(switch.update().where(switch.c.scope == scope).values(**values))
    header = {"gen": row.gen, "sent_before": sent, "unclear": unclear, "to_humans": row.to_humans}
    audit.append(tx, now, "countersign", "switch.confirmed", scope, header)
    return True


def _settled_since(tx: Connection, scope: str, since: datetime, fate: str) -> int:
    answers = sa.and_(outbox.c.purpose == "answer", within(scope))
    settled = sa.and_(outbox.c.settled_at >= since, outbox.c.fate == fate, answers)
    return tx.execute(sa.select(sa.func.count()).select_from(outbox).where(settled)).scalar_one()


class AskedMeanwhile(Exception):
    """Somebody asked for a restore that this person has not seen: what they meant as asking would have granted."""


def hold(tx: Connection, scope: str) -> sa.Row[Any]:
    """That scope's row for us alone, before anything else of the transaction locks."""
    turns.close_turnstile(tx)
    return tx.execute(sa.select(switch).where(switch.c.scope == scope).with_for_update()).one()


def restore(
    tx: Connection, scope: str, actor: str, now: datetime, *, granting: bool = True, held: sa.Row[Any] | None = None
) -> bool:
    """Back to LIVE takes two: the first call asks, another person's call grants. True: it is LIVE again.

    `granting` False: they saw no request, so they can only ask. Raises AskedMeanwhile where that would grant.

    Rows that went to people do not come back. `held`: the row, where the caller holds it already.
    """
    row = hold(tx, scope) if held is None else held
    if row.state != Switch.CONFIRMED:
        return bool(row.state == Switch.LIVE)
    where = switch.c.scope == scope
    if row.restore_asked_by in {None, actor}:
        tx.execute(switch.update().where(where).values(restore_asked_by=actor))
        audit.append(tx, now, actor, "switch.restore-asked", scope, {"gen": row.gen})
        return False
    if not granting:
        raise AskedMeanwhile
    values = {
        "state": Switch.LIVE,
        "gen": row.gen + 1,
        "changed_by": actor,
        "changed_at": now,
        "restore_asked_by": None,
    }
    tx.execute(switch.update().where(where).values(**values))
    audit.append(tx, now, actor, "switch.live", scope, {"gen": row.gen + 1, "asked_by": row.restore_asked_by})
    return True

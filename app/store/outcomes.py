"""Outcomes: one row for each proposal, written in the transaction of the act that ended it, never changed or removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from app.governance.decision import held_out, rule_name
from app.governance.outcome import How, of_sent
from app.governance.reviews import Outcome
from app.store import approvals, audit, readings
from app.store.glance import tell
from app.store.keys import Keys
from app.store.readings import Reading
from app.store.record import WITH_KEY, Stored, from_row
from app.store.tables import outbox, outcome, proposal

LOOKED_AT_WITHIN = timedelta(days=7)
HELD_OUT = rule_name(held_out)
BATCH = "batch"  # the road of an approval that was one of many
_NOT_NOW = ("working", "sending", "erased")  # still moving, or forgotten with all that could be compared


@dataclass(frozen=True, slots=True)
class Ending:
    """How a proposal ended, and by whose hand. `shown_ms`: how long it was on their screen, where that is known."""

    outcome: Outcome
    how: How
    by: str | None = None
    reason: str | None = None
    kinds: tuple[str, ...] = ()
    shown_ms: int | None = None


def record(tx: Connection, stored: Stored, ending: Ending, now: datetime) -> bool:
    """Write it down, with its audit entry. False: that proposal has its outcome already, and keeps it."""
    first = stored.record.first
    words = len(first.text.split()) if first else 0
    hurried = readings.is_hurried(ending.outcome, ending.shown_ms, words)
    values = {
        "proposal_id": stored.id,
        "outcome": ending.outcome,
        "how": ending.how,
        "by": ending.by,
        "reason": ending.reason,
        "kinds": ",".join(ending.kinds),
        "hurried": hurried,
        "queue": stored.proposal.queue,
        "category": first.category if first else stored.proposal.category,
        "tier": first.tier if first else stored.proposal.tier and int(stored.proposal.tier),
        "mode": stored.mode.name if stored.mode else None,
        "policy_version": stored.policy_version,
        "drafted": first is not None,
        "held_out": any(reason.rule == HELD_OUT for reason in stored.record.reasons),
        "corrected": bool(stored.record.corrected or stored.confirmed_by),
        "words": words,
        "offered_at": stored.created_at,
        "at": now,
    }
    if tx.execute(_ADD[tx.dialect.name], values).scalar() is None:
        return False
    if ending.by:
        readings.note(tx, Reading(ending.by, ending.outcome, ending.shown_ms, hurried), now)
    shown = ("outcome", "how", "reason", "mode", "category", "tier", "drafted", "held_out")
    header = {**{name: values[name] for name in shown}, "kinds": list(ending.kinds)}
    audit.append(tx, now, ending.by or "countersign", "proposal.ended", stored.id, header)
    return True


_ADD = {
    name: insert(outcome).on_conflict_do_nothing().returning(outcome.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def sent(tx: Connection, keys: Keys, row_id: int, now: datetime) -> None:
    """That outbox row's answer went out: somebody approved these words, which are compared with the first ones."""
    row = tx.execute(_SENT, {"row": row_id}).one()
    stored = from_row(tx, keys, row)
    approval = approvals.by_id(tx, row.approval_id)
    if approval is None:  # nobody looked at it, so nobody judged it
        record(tx, stored, Ending(Outcome.UNREVIEWED, How.NOBODY, reason="sent without a click"), now)
        return
    draft = stored.proposal.draft
    judged, kinds = of_sent(stored.record.first, draft.text if draft else "")
    how = How.BATCH if approval.via == BATCH else How.CLICKED
    record(tx, stored, Ending(judged, how, approval.actor, None, kinds, approval.shown_ms), now)


_SENT = WITH_KEY.add_columns(outbox.c.approval_id).where(
    outbox.c.id == sa.bindparam("row"), proposal.c.id == outbox.c.proposal_id
)
_ONE = WITH_KEY.where(proposal.c.id == sa.bindparam("one"))


def unreviewed(tx: Connection, keys: Keys, proposal_id: str, why: str, now: datetime) -> None:
    """It ended before anybody judged it."""
    record(tx, _load(tx, keys, proposal_id), Ending(Outcome.UNREVIEWED, How.NOBODY, reason=why), now)


def _load(tx: Connection, keys: Keys, proposal_id: str) -> Stored:
    return from_row(tx, keys, tx.execute(_ONE, {"one": proposal_id}).one())


# --- what has not ended ------------------------------------------------------------------------------------------------


def _unended(one: sa.FromClause) -> sa.ColumnElement[bool]:
    """Asked row by row: PostgreSQL would go through all outcomes for each of them to see that it is not in a long list."""
    return ~sa.exists().where(outcome.c.proposal_id == one.c.id)


_MOVED = proposal.c.state.not_in(_NOT_NOW)
_EACH = proposal.alias()


def open_on(tx: Connection, keys: Keys, host: str, ticket: str) -> list[Stored]:
    """That ticket's proposals without an outcome, held until the caller commits."""
    where = sa.and_(proposal.c.host == host, proposal.c.ticket == ticket, _unended(proposal), _MOVED)
    rows = tx.execute(sa.select(proposal).where(where).order_by(proposal.c.id).with_for_update()).all()
    return [from_row(tx, keys, row) for row in rows]


def overdue(tx: Connection, now: datetime, limit: int = 100) -> list[str]:
    """Proposals that nobody judged within seven days. Found by their names alone: the few are read, not all there ever were."""
    few = sa.select(_EACH.c.id).where(_unended(_EACH))
    where = sa.and_(proposal.c.id.in_(few), _MOVED, proposal.c.created_at <= now - LOOKED_AT_WITHIN)
    return list(tx.execute(sa.select(proposal.c.id).where(where).limit(limit)).scalars())


# --- reading -----------------------------------------------------------------------------------------------------------


def of(tx: Connection, proposal_id: str) -> Row[Any] | None:
    """How that proposal ended."""
    return tx.execute(sa.select(outcome).where(outcome.c.proposal_id == proposal_id)).one_or_none()


def look(tx: Connection, proposals: Sequence[str]) -> None:
    """How all these ended, for a glance."""
    rows = {row.proposal_id: row for row in tx.execute(sa.select(outcome).where(outcome.c.proposal_id.in_(proposals)))}
    tell(tx, of, {(one,): rows.get(one) for one in proposals})


def counted(tx: Connection, category: str | None = None) -> dict[Outcome, int]:
    """How many of each; every outcome is named, also those that never came."""
    where = outcome.c.category == category if category else sa.true()
    rows = tx.execute(sa.select(outcome.c.outcome, sa.func.count()).where(where).group_by(outcome.c.outcome)).all()
    found: Sequence[tuple[str, int]] = [(row[0], row[1]) for row in rows]
    return {**dict.fromkeys(Outcome, 0), **{Outcome(name): number for name, number in found}}


def unlabelled(tx: Connection, categories: Iterable[str], since: datetime) -> list[str]:
    """Those of these whose drafts people once judged, and nobody has since then."""
    newest = {name: tx.execute(_judged(name)).scalar() for name in categories}
    return [name for name, at in newest.items() if at is not None and at < since]


def _judged(category: str) -> sa.Select[Any]:
    """When the last of its drafts was judged: the end of an index, however many there are."""
    mine = sa.and_(outcome.c.category == category, outcome.c.by.is_not(None))
    return sa.select(outcome.c.at).where(mine).order_by(outcome.c.at.desc()).limit(1)

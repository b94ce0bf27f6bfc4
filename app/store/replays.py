"""Replays: how far a trial of a policy on real decisions has come; whoever goes on finds it here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.events import By
from app.governance.proposal import Proposal
from app.store.keys import Keys, unseal
from app.store.record import understood
from app.store.tables import event, proposal, subject_key
from app.store.tables import policy_replay as table

RUNNING, STOPPED, DONE = "running", "stopped", "done"
AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Replay:
    """One trial. `through`: the last proposal that is counted."""

    id: int
    sha256: str
    toml: str
    since: datetime
    until: datetime
    total: int
    through: str
    counts: Mapping[str, int]
    state: str
    asked_by: str
    asked_at: datetime
    moved_at: datetime

    @property
    def done(self) -> int:
        """How many decisions are counted."""
        return self.counts.get("tried", 0) + self.counts.get("forgotten", 0)


@dataclass(frozen=True, slots=True)
class Past:
    """A proposal as it was decided. `proposal` None: its customer was forgotten."""

    id: str
    proposal: Proposal | None
    confirmed: bool
    corrected: bool  # a person edited or rejected it


_COLUMNS = [table.c[name] for name in Replay.__dataclass_fields__]


def begin(tx: Connection, sha256: str, toml: str, since: datetime, until: datetime, who: str) -> Replay:
    """Start one, or go on with the unfinished one of the same text and length."""
    unfinished = sa.and_(table.c.sha256 == sha256, table.c.state != DONE)
    for row in tx.execute(sa.select(*_COLUMNS).where(unfinished).order_by(table.c.id.desc())):
        if row.until - row.since == until - since:
            move(tx, row.id, RUNNING, until)
            return read(tx, row.id)
    total = tx.execute(sa.select(sa.func.count()).select_from(proposal).where(_within(since, until))).scalar_one()
    values = {"sha256": sha256, "toml": toml, "since": since, "until": until, "total": total, "asked_by": who}
    made = table.insert().values(**values, through="", counts="{}", state=RUNNING, asked_at=until, moved_at=until)
    return read(tx, tx.execute(made.returning(table.c.id)).scalar_one())


def find(tx: Connection, replay_id: int) -> Replay | None:
    """That one."""
    row = tx.execute(sa.select(*_COLUMNS).where(table.c.id == replay_id)).one_or_none()
    return Replay(**{**row._mapping, "counts": json.loads(row.counts)}) if row else None


def read(tx: Connection, replay_id: int) -> Replay:
    """That one, which is there."""
    found = find(tx, replay_id)
    assert found is not None  # noqa: S101 - whoever asks began it
    return found


def move(tx: Connection, replay_id: int, state: str, now: datetime) -> None:
    """Stop it, or let it go on."""
    tx.execute(table.update().where(table.c.id == replay_id).values(state=state, moved_at=now))


def advance(
    tx: Connection, before: Replay, through: str, counts: Mapping[str, int], now: datetime, *, done: bool
) -> bool:
    """Write down how far it came. False: somebody else went on with it, or stopped it."""
    mine = sa.and_(table.c.id == before.id, table.c.through == before.through, table.c.state == RUNNING)
    values = {
        "through": through,
        "counts": json.dumps(dict(counts)),
        "moved_at": now,
        "state": DONE if done else RUNNING,
    }
    return tx.execute(table.update().where(mine).values(**values)).rowcount == 1


def _within(since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(proposal.c.created_at >= since, proposal.c.created_at <= until, proposal.c.action.is_not(None))


def past(tx: Connection, keys: Keys, replay: Replay, limit: int) -> list[Past]:
    """The next decisions, oldest first."""
    columns = (proposal.c.id, proposal.c.sealed, proposal.c.confirmed_by, proposal.c.edited_by, proposal.c.state)
    wanted = sa.select(*columns, proposal.c.subject_key, subject_key.c.wrapped)
    joined = wanted.join(subject_key, subject_key.c.subject == proposal.c.subject_key, isouter=True)
    where = sa.and_(_within(replay.since, replay.until), proposal.c.id > replay.through)
    known, wrap = dict[str, bytes](), keys.sealing("wrap")
    return [_past(row, known, wrap) for row in tx.execute(joined.where(where).order_by(proposal.c.id).limit(limit))]


def _past(row: Any, known: dict[str, bytes], wrap: bytes) -> Past:
    shown = None
    if row.sealed is not None and row.wrapped is not None:
        if row.subject_key not in known:
            known[row.subject_key] = unseal(wrap, row.wrapped)
        shown = understood(unseal(known[row.subject_key], row.sealed)).proposal
    corrected = row.edited_by is not None or row.state == "rejected"
    return Past(row.id, shown, row.confirmed_by is not None, corrected)


def came_again(tx: Connection, ids: list[str]) -> set[str]:
    """Those whose reply went out and whose customer wrote again, or opened the ticket again, within a week."""
    later = proposal.alias()
    same = sa.and_(later.c.host == proposal.c.host, later.c.ticket == proposal.c.ticket, later.c.id > proposal.c.id)
    wanted = sa.select(proposal.c.id, proposal.c.changed_at, sa.func.min(later.c.created_at).label("next"))
    chosen = wanted.join(later, same).where(proposal.c.id.in_(ids), proposal.c.state == "sent")
    rows = tx.execute(chosen.group_by(proposal.c.id, proposal.c.changed_at)).all()
    wrote = {row.id for row in rows if datetime.fromisoformat(str(row.next)) - row.changed_at <= AGAIN}
    return wrote | _reopened(tx, ids)


def _reopened(tx: Connection, ids: list[str]) -> set[str]:
    """Those whose customer opened the solved ticket again within a week, by the host's own account of its status."""
    joined = event.join(proposal, sa.and_(event.c.host == proposal.c.host, event.c.ticket == proposal.c.ticket))
    sent = sa.and_(proposal.c.id.in_(ids), proposal.c.state == "sent")
    later = sa.and_(event.c.kind == "status", event.c.at > proposal.c.changed_at)
    wanted = sa.select(proposal.c.id, proposal.c.changed_at, event.c.at, event.c.facts).select_from(joined)
    rows = tx.execute(wanted.where(sent, later)).all()
    return {row.id for row in rows if row.at - row.changed_at <= AGAIN and _opens_again(json.loads(row.facts))}


def _opens_again(facts: Mapping[str, Any]) -> bool:
    was_done, is_done = (facts[when] in {"solved", "closed"} for when in ("before", "after"))
    return bool(was_done and not is_done and facts["by"] == By.CUSTOMER)

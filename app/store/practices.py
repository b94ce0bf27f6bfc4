"""Practice drafts as SQL has them: a table of their own that no approval, outcome or outbox row can point to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.practice import due_after
from app.store import audit, names
from app.store.readings import KEPT
from app.store.record import Record, understood, written
from app.store.tables import practice as table
from app.store.tables import reading

UNJUDGED = timedelta(days=7)
CAUGHT, MISSED, NOT_JUDGED, UNUSABLE = "caught", "missed", "not judged", "unusable"


@dataclass(frozen=True, slots=True)
class Practice:
    """One of them. `said` None: nobody judged it yet."""

    id: str
    record: Record
    mode: str
    was: str
    now: str
    made_at: datetime
    by: str | None
    said: str | None


def add(tx: Connection, record: Record, mode: str, was: str, spoilt: str, now: datetime) -> str:
    """A new one for reviewers. The log says that it was made; it never says who caught it."""
    row_id, made = names.new(now), record.proposal
    words = {"was": was, "now": spoilt, "question": made.text or "", "record": written(record)}
    tx.execute(table.insert().values(id=row_id, mode=mode, made_at=now, **words))
    audit.append(tx, now, "countersign", "practice.made", row_id, {"category": made.category})
    return row_id


def set_aside(tx: Connection, question: str, now: datetime) -> None:
    """An example that yields no practice draft: not tried again while it is remembered, nor any before its time."""
    nothing = {"mode": "", "was": "", "now": "", "record": b""}
    ended = {"made_at": now, "judged_at": now, "said": UNUSABLE}
    tx.execute(table.insert().values(id=names.new(now), question=question, **nothing, **ended))


def find(tx: Connection, practice_id: str) -> Practice | None:
    """That one."""
    wanted = sa.and_(table.c.id == practice_id, sa.or_(table.c.said.is_(None), table.c.said != UNUSABLE))
    row = tx.execute(sa.select(table).where(wanted)).one_or_none()
    return _read(row) if row else None


def waiting(tx: Connection) -> Practice | None:
    """The one that nobody judged yet."""
    wanted = sa.select(table).where(table.c.said.is_(None)).order_by(table.c.made_at).limit(1)
    row = tx.execute(wanted).one_or_none()
    return _read(row) if row else None


def _read(row: Row[tuple[object, ...]]) -> Practice:
    plain = {name: row._mapping[name] for name in ("id", "mode", "was", "now", "made_at", "by", "said")}
    return Practice(record=understood(row._mapping["record"]), **plain)


def is_due(tx: Connection) -> bool:
    """None waits, and people judged enough real drafts since the last one."""
    last = tx.execute(sa.select(table).order_by(table.c.made_at.desc()).limit(1)).one_or_none()
    if last is None or last.said is None:
        return last is None
    since = sa.select(sa.func.count()).select_from(reading).where(reading.c.at >= last.made_at)
    return tx.execute(since).scalar_one() >= due_after(last.id)


def asked(tx: Connection) -> frozenset[str]:
    """Questions that are remembered: none comes twice while they are."""
    return frozenset(tx.execute(sa.select(table.c.question)).scalars())


def judge(tx: Connection, practice_id: str, said: str, by: str, now: datetime) -> bool:
    """A person's judgement ends it. False: somebody was first. The log names neither the person nor what they found."""
    mine = sa.and_(table.c.id == practice_id, table.c.said.is_(None))
    if not tx.execute(table.update().where(mine).values(said=said, by=by, judged_at=now)).rowcount:
        return False
    audit.append(tx, now, "countersign", "practice.revealed", practice_id, {})
    return True


def since(tx: Connection, at: datetime) -> list[tuple[str, str]]:
    """(who, caught or missed)."""
    counted = sa.and_(table.c.judged_at >= at, table.c.said.in_((CAUGHT, MISSED)))
    return [(row.by, row.said) for row in tx.execute(sa.select(table.c.by, table.c.said).where(counted))]


def expire(tx: Connection, now: datetime) -> None:
    """After 90 days nobody's figures are known any more; one that nobody judged goes after seven."""
    old = sa.and_(table.c.said.is_(None), table.c.made_at < now - UNJUDGED)
    tx.execute(table.delete().where(sa.or_(old, table.c.judged_at < now - KEPT)))

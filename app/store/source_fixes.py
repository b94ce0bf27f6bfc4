"""Source fixes: what somebody found that a source should say, until its owner has seen to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store import audit
from app.store.tables import source_fix as table


@dataclass(frozen=True, slots=True)
class Fix:
    """One wish, and whose it is."""

    id: int
    source_id: str | None
    words: str
    owner: str
    asked_by: str
    asked_at: datetime


_COLUMNS = [table.c[name] for name in Fix.__dataclass_fields__]


def ask(tx: Connection, source_id: str | None, words: str, owner: str, by: str, now: datetime) -> int:
    """Write it down. The words are about a source and name no customer; the log holds only that there was one."""
    row = {"source_id": source_id, "words": words, "owner": owner, "asked_by": by, "asked_at": now}
    made = int(tx.execute(table.insert().values(**row).returning(table.c.id)).scalar_one())
    audit.append(tx, now, by, "source.fix-asked", str(made), {"source": source_id, "owner": owner})
    return made


def still_open(tx: Connection) -> list[Fix]:
    """Oldest first."""
    rows = tx.execute(sa.select(*_COLUMNS).where(table.c.done_at.is_(None)).order_by(table.c.id))
    return [Fix(**row._mapping) for row in rows]


def done(tx: Connection, fix_id: int, by: str, now: datetime) -> bool:
    """Somebody has seen to it. False: it was done already, or never was."""
    mine = sa.and_(table.c.id == fix_id, table.c.done_at.is_(None))
    if tx.execute(table.update().where(mine).values(done_by=by, done_at=now)).rowcount == 0:
        return False
    audit.append(tx, now, by, "source.fix-done", str(fix_id), {})
    return True

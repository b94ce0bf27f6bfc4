"""Approved sources: the text as it stood stays, the newest in each language is current."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.proposal import Passage
from app.governance.sources import Source, parse_source, passages
from app.store import audit
from app.store.tables import source as table


def add(tx: Connection, text: str, name: str, actor: str, now: datetime) -> Source:
    """Make a document current in its language. Raises SourceError, and then the one before stays."""
    source = parse_source(text, name)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    same = sa.and_(table.c.source_id == source.id, table.c.language == source.language, table.c.current)
    if tx.execute(sa.select(table.c.sha256).where(same)).scalar() == sha256:
        return source
    tx.execute(table.update().where(same).values(current=False))
    row = {"source_id": source.id, "language": source.language, "sha256": sha256, "text": text, "name": name}
    tx.execute(table.insert().values(**row, added_by=actor, added_at=now, current=True))
    audit.append(tx, now, actor, "source.added", f"{source.id}.{source.language}", {"sha256": sha256})
    return source


def current(tx: Connection) -> tuple[Source, ...]:
    """All sources in force, every language."""
    rows = tx.execute(sa.select(table.c.text, table.c.name).where(table.c.current).order_by(table.c.id)).all()
    return tuple(parse_source(row.text, row.name) for row in rows)


def internal(tx: Connection) -> tuple[Passage, ...]:
    """Passages that no customer may read."""
    return tuple(passage for source in current(tx) if source.audience == "internal" for passage in passages(source))


def edition(tx: Connection) -> tuple[int, int]:
    """Changes whenever a source does."""
    row = tx.execute(sa.select(sa.func.count(), sa.func.max(table.c.id)).where(table.c.current)).one()
    return int(row[0]), int(row[1] or 0)

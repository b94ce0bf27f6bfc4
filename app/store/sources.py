"""Approved sources: each text as it stood stays for ever; the newest in each language is in force, unless it retires."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.proposal import Passage
from app.governance.sources import Source, parse_source, passages
from app.store import audit
from app.store.tables import source as table

_read = lru_cache(maxsize=4096)(parse_source)  # every look at a draft reads the same few texts
NEW, CHANGED, RENEWED, RETIRED = "new", "changed", "renewed", "retired"
INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Version:
    """One row: what a document said from a moment on, and who let it."""

    id: int
    source_id: str
    language: str
    version: int
    change: str
    sha256: str
    says: str
    text: str
    name: str
    author: str
    approved_by: str | None
    reason: str
    added_at: datetime

    @property
    def source(self) -> Source:
        """The document, read."""
        return _read(self.text, self.name)

    @property
    def key(self) -> tuple[str, str]:
        """Which document."""
        return self.source_id, self.language

    @property
    def in_force(self) -> bool:
        """The newest of its document may be its end."""
        return self.change != RETIRED


_COLUMNS = [table.c[name] for name in Version.__dataclass_fields__]


def add(
    tx: Connection,
    text: str,
    name: str,
    author: str,
    now: datetime,
    *,
    approved_by: str | None = None,
    widens: bool = False,
    reason: str = "",
) -> Source:
    """Make a document the one in force in its language. Raises SourceError, and then the one before stays.

    The store asks nobody: whether a second person must say yes is `app.sourcing`'s to know. The text that is in force
    already adds nothing.
    """
    source = parse_source(text, name)
    before = newest(tx, source.id, source.language)
    if before is None or not before.in_force or before.text != text:
        said = {"author": author, "approved_by": approved_by, "widens": widens, "reason": reason, "added_at": now}
        _insert(tx, source, before, change_of(before, source), {"text": text, "name": name, **said})
    return source


def retire(tx: Connection, last: Version, author: str, now: datetime, reason: str, approved_by: str | None) -> None:
    """Take it out of force. Its texts stay."""
    said = {"author": author, "approved_by": approved_by, "widens": approved_by is not None}
    values = {"text": last.text, "name": last.name, "reason": reason, "added_at": now, **said}
    _insert(tx, last.source, last, RETIRED, values)


def _insert(tx: Connection, source: Source, before: Version | None, change: str, values: dict[str, Any]) -> None:
    hashes = {"sha256": hashlib.sha256(values["text"].encode()).hexdigest(), "says": source.says}
    version = before.version + 1 if before else 1
    row = {"source_id": source.id, "language": source.language, "version": version, "change": change}
    tx.execute(table.insert().values(**row, **hashes, **values))
    header = {"version": version, "change": change, "approved_by": values["approved_by"], **hashes}
    audit.append(tx, values["added_at"], values["author"], f"source.{change}", f"{source.id}.{source.language}", header)


def change_of(before: Version | None, source: Source) -> str:
    """What this text would be beside the one before it."""
    if before is None or not before.in_force:
        return NEW
    return RENEWED if before.says == source.says else CHANGED


def newest(tx: Connection, source_id: str, language: str) -> Version | None:
    """The last version, which may have retired the document."""
    rows = history(tx, source_id, language)
    return rows[0] if rows else None


def history(tx: Connection, source_id: str, language: str) -> list[Version]:
    """Every version, the newest first."""
    mine = sa.and_(table.c.source_id == source_id, table.c.language == language)
    rows = tx.execute(sa.select(*_COLUMNS).where(mine).order_by(table.c.id.desc()))
    return [Version(**row._mapping) for row in rows]


def last_versions(tx: Connection, of: Iterable[str] | None = None) -> list[Version]:
    """The newest of each document, retired ones too; of these ids only, where some are named."""
    rows = tx.execute(_LAST) if of is None else tx.execute(_LAST_OF, {"of": list(of)})
    return [Version(*row) for row in rows]


def _last(named: sa.ColumnElement[bool]) -> sa.Select[Any]:
    newest_ids = sa.select(sa.func.max(table.c.id)).where(named).group_by(table.c.source_id, table.c.language)
    return sa.select(*_COLUMNS).where(table.c.id.in_(newest_ids)).order_by(table.c.source_id, table.c.language)


_LAST, _LAST_OF = _last(sa.true()), _last(table.c.source_id.in_(sa.bindparam("of", expanding=True)))


def current(tx: Connection) -> tuple[Source, ...]:
    """All documents in force, every language."""
    return tuple(version.source for version in last_versions(tx) if version.in_force)


def internal(tx: Connection) -> tuple[Passage, ...]:
    """Passages that no customer may read."""
    return tuple(passage for source in current(tx) if source.audience == "internal" for passage in passages(source))


def public(tx: Connection) -> tuple[Passage, ...]:
    """Passages that every customer may read."""
    return tuple(passage for source in current(tx) if source.audience == "public" for passage in passages(source))


def edition(tx: Connection) -> tuple[int, int]:
    """Changes whenever a source does."""
    row = tx.execute(_EDITION).one()
    return int(row[0]), int(row[1] or 0)


_EDITION = sa.select(sa.func.count(), sa.func.max(table.c.id))

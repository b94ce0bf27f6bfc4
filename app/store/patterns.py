"""Failure patterns as SQL has them: one person opens one, two people say that it is fixed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.patterns import Pattern
from app.store import audit
from app.store.glance import once
from app.store.tables import failure_pattern as table

OPEN, FIXED = "open", "fixed"


@dataclass(frozen=True, slots=True)
class Known:
    """A pattern with its life."""

    id: int
    pattern: Pattern
    description: str
    owner: str
    examples: tuple[str, ...]
    review_by: date
    state: str
    opened_by: str
    opened_at: datetime
    fix_asked_by: str | None
    fixed_for: str | None
    fixed_by: str | None
    fixed_at: datetime | None


def open_one(
    tx: Connection, pattern: Pattern, told: dict[str, str], examples: tuple[str, ...], by: str, now: datetime
) -> int:
    """Add to the list. `told`: description, owner, review_by. From this commit on it stops what matches."""
    lists = {"categories": pattern.categories, "phrases": pattern.phrases, "examples": examples}
    row = {
        "name": pattern.name,
        "finding": pattern.finding,
        **{key: json.dumps(value, ensure_ascii=False) for key, value in lists.items()},
    }
    made = table.insert().values(**row, **told, state=OPEN, opened_by=by, opened_at=now).returning(table.c.id)
    pattern_id = int(tx.execute(made).scalar_one())
    header = {"name": pattern.name, "categories": list(pattern.categories)}
    audit.append(tx, now, by, "pattern.opened", str(pattern_id), header)
    return pattern_id


def listed(tx: Connection) -> list[Known]:
    """All of them, the open ones first."""
    rows = tx.execute(sa.select(table).order_by(table.c.state.desc(), table.c.id.desc()))
    return [_read(row) for row in rows]


def held(tx: Connection, pattern_id: int) -> Known | None:
    """That one, nobody else's to change until the caller commits."""
    row = tx.execute(sa.select(table).where(table.c.id == pattern_id).with_for_update()).one_or_none()
    return _read(row) if row else None


def open_ones(tx: Connection) -> tuple[Pattern, ...]:
    """What every draft is compared with now."""
    return tuple(_read(row).pattern for row in tx.execute(_OPEN))


_OPEN = sa.select(table).where(table.c.state == OPEN).order_by(table.c.id)


def open_patterns(tx: Connection, category: str) -> tuple[str, ...]:
    """Names of the open ones that concern a category: those that name it, and those that name none."""
    return tuple(one.name for one in once(tx, open_ones) if not one.categories or category in one.categories)


def ask_to_close(tx: Connection, pattern_id: int, done: str, by: str, now: datetime) -> None:
    """The first person's word, with what was done about it."""
    values = {"fix_asked_by": by, "fix_asked_at": now, "fixed_for": done}
    tx.execute(table.update().where(table.c.id == pattern_id).values(**values))
    audit.append(tx, now, by, "pattern.fix-asked", str(pattern_id), {})


def close(tx: Connection, pattern_id: int, by: str, now: datetime) -> None:
    """The second person's; SQL itself refuses the first."""
    tx.execute(table.update().where(table.c.id == pattern_id).values(state=FIXED, fixed_by=by, fixed_at=now))
    audit.append(tx, now, by, "pattern.fixed", str(pattern_id), {})


def _read(row: sa.Row[tuple[object, ...]]) -> Known:
    plain = dict(row._mapping)
    categories, phrases, examples = (tuple(json.loads(plain[key])) for key in ("categories", "phrases", "examples"))
    pattern = Pattern(name=plain["name"], categories=categories, phrases=phrases, finding=plain["finding"])
    names = ("id", "description", "owner", "state", "opened_by", "opened_at")
    ends = ("fix_asked_by", "fixed_for", "fixed_by", "fixed_at")
    return Known(
        pattern=pattern,
        examples=examples,
        review_by=date.fromisoformat(plain["review_by"]),
        **{name: plain[name] for name in (*names, *ends)},
    )

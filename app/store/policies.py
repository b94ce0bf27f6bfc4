"""Policy versions: immutable rows; the newest one in effect is the policy in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.document import PolicyError, Problem, parse
from app.governance.policy import Policy
from app.store import audit, glance, switch
from app.store.tables import policy_version as table

FIRST = "first"


@dataclass(frozen=True, slots=True)
class Version:
    """One published version as it stands in SQL."""

    version: int
    sha256: str
    toml: str
    author: str
    approved_by: str | None
    verdict: str
    reason: str
    published_at: datetime
    effective_from: datetime


_COLUMNS = [table.c[name] for name in Version.__dataclass_fields__]


@lru_cache(maxsize=8)
def _parsed(toml: str, version: int, sha256: str) -> Policy:
    policy = parse(toml, f"policy version {version}", version)
    if policy.sha256 != sha256:
        raise PolicyError([Problem(f"policy version {version}", 1, "is not what was published: its hash differs")])
    return policy


def in_force(tx: Connection, now: datetime) -> Policy | None:
    """The policy that governs at that moment. Raises PolicyError if a stored one no longer reads: nothing is sent."""
    row = tx.execute(_IN_FORCE, {"now": now}).one_or_none()
    return _parsed(row.toml, row.version, row.sha256) if row else None


_IN_FORCE = (
    sa.select(table.c.toml, table.c.version, table.c.sha256)
    .where(table.c.effective_from <= sa.bindparam("now"))
    .order_by(table.c.version.desc())
    .limit(1)
)


def versions(tx: Connection, limit: int = 50) -> list[Version]:
    """The newest first."""
    rows = tx.execute(sa.select(*_COLUMNS).order_by(table.c.version.desc()).limit(limit))
    return [Version(**row._mapping) for row in rows]


def scheduled(tx: Connection, now: datetime) -> list[Policy]:
    """Published, and not in force yet; an older one than the one in force never will be."""
    current = in_force(tx, now)
    later = sa.and_(table.c.effective_from > now, table.c.version > (current.version if current else 0))
    rows = tx.execute(sa.select(table.c.toml, table.c.version, table.c.sha256).where(later).order_by(table.c.version))
    return [_parsed(row.toml, row.version, row.sha256) for row in rows]


def read(tx: Connection, version: int) -> Version | None:
    """That one."""
    row = tx.execute(sa.select(*_COLUMNS).where(table.c.version == version)).one_or_none()
    return Version(**row._mapping) if row else None


def text(tx: Connection, version: int) -> str:
    """That version's document as it was published."""
    return str(tx.execute(sa.select(table.c.toml).where(table.c.version == version)).scalar_one())


def publish(
    tx: Connection,
    toml: str,
    author: str,
    approved_by: str | None,
    now: datetime,
    *,
    verdict: str = "wider",
    reason: str = "",
    effective_from: datetime | None = None,
) -> Policy:
    """Put a document in force, now or later. Raises PolicyError, and then the one in force stays.

    SQL itself refuses a widening without a second person. Whoever calls holds the switch, or lets us.
    """
    switch.hold_all(tx)
    glance.forget(tx)
    last = tx.execute(sa.select(sa.func.max(table.c.version))).scalar() or 0
    policy = parse(toml, "policy.toml", last + 1)
    people = {"author": author, "approved_by": approved_by}
    times = {"published_at": now, "effective_from": effective_from or now}
    said = {"verdict": verdict, "reason": reason}
    tx.execute(table.insert().values(version=last + 1, sha256=policy.sha256, toml=toml, **people, **said, **times))
    for scope in (switch.ALL, *(queue.name for queue in policy.queues)):
        switch.install(tx, scope, now)
    header: dict[str, object] = {"sha256": policy.sha256, "approved_by": approved_by, "verdict": verdict}
    header["effective_from"] = times["effective_from"].isoformat(timespec="microseconds")
    audit.append(tx, now, author, "policy.published", str(last + 1), header)
    return policy


def install(tx: Connection, toml: str, now: datetime) -> Policy:
    """The first version of all: nobody is there yet who could approve it."""
    return publish(tx, toml, "installation", None, now, verdict=FIRST, reason="installed")

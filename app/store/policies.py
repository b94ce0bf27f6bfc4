"""Policy versions: immutable rows; the newest one in effect is the policy in force."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.document import parse
from app.governance.policy import Policy
from app.store import audit, switch
from app.store.tables import policy_version


@lru_cache(maxsize=8)
def _parsed(toml: str, version: int) -> Policy:
    return parse(toml, f"policy version {version}", version)


def in_force(tx: Connection, now: datetime) -> Policy | None:
    """The policy that governs at that moment. Raises PolicyError if a stored one no longer reads: nothing is sent."""
    wanted = sa.select(policy_version.c.toml, policy_version.c.version).where(policy_version.c.effective_from <= now)
    row = tx.execute(wanted.order_by(policy_version.c.version.desc()).limit(1)).one_or_none()
    return _parsed(row.toml, row.version) if row else None


def text(tx: Connection, version: int) -> str:
    """That version's document as it was published."""
    return str(tx.execute(sa.select(policy_version.c.toml).where(policy_version.c.version == version)).scalar_one())


def publish(tx: Connection, toml: str, author: str, approved_by: str, now: datetime) -> Policy:
    """Put a document in force. Raises PolicyError, and then the one in force stays."""
    switch.hold_all(tx)
    last = tx.execute(sa.select(sa.func.max(policy_version.c.version))).scalar() or 0
    policy = parse(toml, "policy.toml", last + 1)
    people = {"author": author, "approved_by": approved_by}
    times = {"published_at": now, "effective_from": now}
    tx.execute(policy_version.insert().values(version=last + 1, sha256=policy.sha256, toml=toml, **people, **times))
    for scope in (switch.ALL, *(queue.name for queue in policy.queues)):
        switch.install(tx, scope, now)
    header = {"sha256": policy.sha256, "approved_by": approved_by}
    audit.append(tx, now, author, "policy.published", str(last + 1), header)
    return policy

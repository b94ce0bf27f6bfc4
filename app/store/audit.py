"""The audit log: appended in the transaction of the change it records, chained, verified from its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance import chain
from app.governance.canonical import canonical
from app.store.tables import audit, audit_tail


def append(tx: Connection, now: datetime, actor: str, action: str, what: str, header: Mapping[str, object]) -> int:
    """Write one entry and return its number. `header` holds no customer's data: ids, hashes, rule names, numbers.

    The tail row is locked until the caller commits, so the log never forks.
    """
    tail = tx.execute(sa.select(audit_tail.c.size, audit_tail.c.chain).with_for_update()).one()
    seq = int(tail.size) + 1
    stamp = now.isoformat(timespec="microseconds")
    entry = {"seq": seq, "ts": stamp, "actor": actor, "action": action, "object": what, "header": header}
    stored = canonical(entry)
    leaf = chain.leaf(stored)
    link = chain.link(tail.chain, leaf)
    row = {"seq": seq, "ts": now, "actor": actor, "action": action, "object": what}
    tx.execute(audit.insert().values(**row, stored=stored, leaf=leaf, chain=link))
    tx.execute(audit_tail.update().values(size=seq, chain=link))
    return seq


def entries(tx: Connection) -> Iterator[chain.Entry]:
    """All entries in order, as they were hashed."""
    rows = tx.execute(sa.select(audit.c.seq, audit.c.stored, audit.c.leaf, audit.c.chain).order_by(audit.c.seq))
    return (chain.Entry(row.seq, row.stored, row.leaf, row.chain) for row in rows)


def _columns(row: Any) -> tuple[object, ...]:
    return (row.seq, row.ts.isoformat(timespec="microseconds"), row.actor, row.action, row.object)


def _told(stored: bytes) -> tuple[object, ...] | None:
    """What was hashed says of itself; None: it is no entry of ours."""
    try:
        told = json.loads(stored)
        return tuple(told[name] for name in ("seq", "ts", "actor", "action", "object"))
    except (ValueError, KeyError, TypeError):
        return None


def _as_shown(tx: Connection, verdict: chain.Verdict) -> chain.Verdict:
    """The columns that people search and read must say what was hashed."""
    columns = (audit.c.seq, audit.c.ts, audit.c.actor, audit.c.action, audit.c.object, audit.c.stored)
    for row in tx.execute(sa.select(*columns).order_by(audit.c.seq)):
        if _columns(row) != _told(row.stored):
            return chain.Verdict(verdict.size, verdict.head, row.seq, "a column differs from what was hashed")
    return verdict


def verify(tx: Connection) -> chain.Verdict:
    """Walk the whole chain and compare its end with the tail, so that a cut end is noticed too."""
    verdict = chain.verify(entries(tx))
    if verdict.broken_at is None:
        verdict = _as_shown(tx, verdict)
    if verdict.broken_at is not None:
        return verdict
    tail = tx.execute(sa.select(audit_tail.c.size, audit_tail.c.chain)).one()
    if (tail.size, tail.chain) != (verdict.size, verdict.head):
        return chain.Verdict(verdict.size, verdict.head, verdict.size + 1, "entries are missing at the end")
    return verdict

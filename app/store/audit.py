"""The audit log: appended in the transaction of the change it records, chained, verified from its bytes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app import crash
from app.governance import chain
from app.governance.canonical import canonical
from app.store.glance import came_along, kept
from app.store.keys import seal, unseal
from app.store.tables import audit, audit_tail, audit_text

PRUNED = "pruned"
_SALT = 32
_AT_ONCE = 1_000  # rows in memory while the whole log is walked


@dataclass(frozen=True, slots=True)
class Words:
    """A customer's text that an entry commits to: kept apart from the entry, under that customer's key."""

    subject: str
    key: bytes
    text: bytes


def append(
    tx: Connection,
    now: datetime,
    actor: str,
    action: str,
    what: str,
    header: Mapping[str, object],
    words: Words | None = None,
) -> int:
    """Write one entry and return its number. `header` holds no customer's data: ids, hashes, rule names, numbers.

    The tail row is locked until the caller commits, so the log never forks.
    """
    crash.point("audit-unappended")
    size, head = kept(tx, _tail)
    seq = size + 1
    stamp = now.isoformat(timespec="microseconds")
    entry: dict[str, object] = {
        "seq": seq, "ts": stamp, "actor": actor, "action": action, "object": what, "header": header
    }  # fmt: skip
    salt = os.urandom(_SALT) if words else b""
    if words:
        entry["commit"] = hashlib.sha256(salt + words.text).hexdigest()
    stored = canonical(entry)
    leaf = chain.leaf(stored)
    link = chain.link(head, leaf)
    row = {"seq": seq, "ts": now, "actor": actor, "action": action, "object": what}
    tx.execute(_ADD, {**row, "stored": stored, "leaf": leaf, "chain": link})
    if words:
        sealed = seal(words.key, salt + words.text)
        tx.execute(_ADD_TEXT, {"seq": seq, "subject": words.subject, "sealed": sealed})
    tx.execute(_MOVE_TAIL, {"size": seq, "chain": link})
    came_along(tx, _tail, (seq, link))  # it is ours until we commit: the next entry need not read it
    return seq


def _tail(tx: Connection) -> tuple[int, bytes]:
    """(size, chain), locked from now on."""
    row = tx.execute(_TAIL).one()
    return int(row.size), row.chain


# Made once: every change passes here, while everybody else waits for the tail.
_TAIL = sa.select(audit_tail.c.size, audit_tail.c.chain).with_for_update()
_ADD, _ADD_TEXT, _MOVE_TAIL = audit.insert(), audit_text.insert(), audit_tail.update()


def words_of(key: bytes, sealed: bytes) -> tuple[bytes, bytes]:
    """(salt, text) of what an entry committed to; no text when its time is over. Raises KeyLost with another key."""
    plain = unseal(key, sealed)
    return plain[:_SALT], plain[_SALT:]


def entries(tx: Connection, upto: int | None = None) -> Iterator[chain.Entry]:
    """All entries in order, as they were hashed, a thousand in memory at a time."""
    wanted = sa.select(audit.c.seq, audit.c.stored, audit.c.leaf, audit.c.chain).order_by(audit.c.seq)
    wanted = wanted if upto is None else wanted.where(audit.c.seq <= upto)
    with tx.execute(wanted.execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            yield chain.Entry(row.seq, row.stored, row.leaf, row.chain)


def _columns(row: Any) -> tuple[object, ...]:
    return (row.seq, row.ts.isoformat(timespec="microseconds"), row.actor, row.action, row.object)


def _told(stored: bytes) -> tuple[object, ...] | None:
    """What was hashed says of itself; None: it is no entry of ours."""
    try:
        told = json.loads(stored)
        return tuple(told[name] for name in ("seq", "ts", "actor", "action", "object"))
    except (ValueError, KeyError, TypeError):
        return None


def _walked(tx: Connection, lies: list[int]) -> Iterator[chain.Entry]:
    """Every entry once; the first whose columns, which people search and read, say other than what was hashed."""
    columns = (audit.c.seq, audit.c.ts, audit.c.actor, audit.c.action, audit.c.object)
    wanted = sa.select(*columns, audit.c.stored, audit.c.leaf, audit.c.chain).order_by(audit.c.seq)
    with tx.execute(wanted.execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            if row.stored and not lies and _columns(row) != _told(row.stored):
                lies.append(row.seq)
            yield chain.Entry(row.seq, row.stored, row.leaf, row.chain)


def _pruned_upto(tx: Connection) -> int:
    said = tx.execute(sa.select(audit.c.stored).where(audit.c.action == "log.pruned")).scalars()
    return max((int(json.loads(stored)["header"]["upto"]) for stored in said), default=0)


def verify(tx: Connection) -> chain.Verdict:
    """Walk the whole chain and compare its end with the tail, so that a cut end is noticed too."""
    lies = list[int]()
    verdict = chain.verify(_walked(tx, lies))
    if verdict.broken_at is not None:
        return verdict
    if lies:
        return chain.Verdict(verdict.size, verdict.head, lies[0], "a column differs from what was hashed")
    if verdict.pruned > _pruned_upto(tx):
        why = "the entry is not there, and no entry says that its time was over"
        return chain.Verdict(verdict.size, verdict.head, verdict.pruned, why)
    tail = tx.execute(sa.select(audit_tail.c.size, audit_tail.c.chain)).one()
    if (tail.size, tail.chain) != (verdict.size, verdict.head):
        return chain.Verdict(verdict.size, verdict.head, verdict.size + 1, "entries are missing at the end")
    return verdict

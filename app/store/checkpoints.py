"""Checkpoints: the log's signed roots, and the proofs that an entry is in the log as it was signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from app.governance import chain, merkle
from app.governance.checkpoint import Checkpoint, signed
from app.store.keys import Keys
from app.store.tables import audit, audit_node, audit_tail
from app.store.tables import checkpoint as table

BLOCK = 1024  # leaves under the lowest stored node: what is hashed anew for a proof
EVERY_ENTRIES, EVERY = 1_000, timedelta(hours=1)


class Inconsistent(Exception):
    """The log no longer holds what the last checkpoint signed. Nothing is signed on top of it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it was signed; `kept_at` None: no keeper outside has it yet."""

    size: int
    root: bytes
    chain: bytes
    signed_at: datetime
    note: str
    kept_at: datetime | None


def signing_key(keys: Keys) -> Ed25519PrivateKey:
    """The deployment's key for checkpoints, derived: nothing more to keep."""
    return Ed25519PrivateKey.from_private_bytes(keys.derived("checkpoint"))


def public_key(keys: Keys) -> bytes:
    """32 bytes, for whoever checks."""
    raw = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return signing_key(keys).public_key().public_bytes(*raw)


def last(tx: Connection) -> Signed | None:
    """The newest."""
    row = tx.execute(sa.select(table).order_by(table.c.size.desc()).limit(1)).one_or_none()
    return Signed(**row._mapping) if row else None


def every(tx: Connection) -> list[Signed]:
    """All of them, oldest first."""
    return [Signed(**row._mapping) for row in tx.execute(sa.select(table).order_by(table.c.size))]


def unkept(tx: Connection) -> list[Signed]:
    """Those that no keeper has, oldest first."""
    rows = tx.execute(sa.select(table).where(table.c.kept_at.is_(None)).order_by(table.c.size))
    return [Signed(**row._mapping) for row in rows]


def kept(tx: Connection, size: int, now: datetime) -> None:
    """The keeper has it."""
    tx.execute(table.update().where(table.c.size == size).values(kept_at=now))


def due(tx: Connection, now: datetime) -> bool:
    """Is it time for another: a thousand entries, or an hour and anything new?"""
    size = tx.execute(sa.select(audit_tail.c.size)).scalar_one()
    before = last(tx)
    new = size - (before.size if before else 0)
    old = before is None or not timedelta() <= now - before.signed_at < EVERY  # also if the clock was set back
    return bool(new >= EVERY_ENTRIES or (new and old))


def sign(tx: Connection, keys: Keys, deployment: str, now: datetime) -> Signed:
    """Sign the log as it stands. Raises Inconsistent rather than sign over an altered past."""
    tail = tx.execute(sa.select(audit_tail.c.size, audit_tail.c.chain).with_for_update()).one()
    before = last(tx)
    if before is not None and before.size == tail.size:
        return before
    _follow(tx, before, tail.size, tail.chain)
    _grow(tx, tail.size)
    root = root_at(tx, tail.size)
    checkpoint = Checkpoint(f"countersign/{deployment}", tail.size, root, now)
    note = signed(checkpoint, public_key(keys), signing_key(keys).sign)
    made = Signed(tail.size, root, tail.chain, now, note, None)
    tx.execute(table.insert().values({name: getattr(made, name) for name in Signed.__dataclass_fields__}))
    return made


def _follow(tx: Connection, before: Signed | None, size: int, head: bytes) -> None:
    """Every entry since the last checkpoint must follow from it, up to the tail."""
    seen, at = (before.chain, before.size) if before else (chain.GENESIS, 0)
    if before is not None and root_at(tx, before.size) != before.root:
        raise Inconsistent(f"the first {before.size} entries are not those that were signed")
    wanted = sa.select(audit.c.seq, audit.c.stored, audit.c.leaf).where(audit.c.seq > at).order_by(audit.c.seq)
    with tx.execute(wanted.execution_options(yield_per=BLOCK)) as rows:
        for row in rows:
            if row.seq != at + 1 or chain.leaf(row.stored) != row.leaf:
                raise Inconsistent(f"entry {at + 1} was altered or removed")
            seen, at = chain.link(seen, row.leaf), row.seq
    if (at, seen) != (size, head):
        raise Inconsistent("entries are missing at the end")


def _grow(tx: Connection, size: int) -> None:
    """Store each complete subtree from BLOCK leaves up that is not stored yet."""
    done = tx.execute(sa.select(sa.func.max(audit_node.c.start)).where(audit_node.c.size == BLOCK)).scalar()
    start = 0 if done is None else done + BLOCK
    for begin in range(start, size - size % BLOCK, BLOCK):
        _store(tx, begin, BLOCK, merkle.root_of(_leaves(tx, begin, begin + BLOCK)))
        width, place = BLOCK, begin
        while (place // width) % 2 == 1:
            left, right = _node(tx, place - width, width), _node(tx, place, width)
            place, width = place - width, width * 2
            _store(tx, place, width, merkle.node(left, right))


def _store(tx: Connection, start: int, size: int, root: bytes) -> None:
    tx.execute(audit_node.insert().values(start=start, size=size, root=root))


def _node(tx: Connection, start: int, size: int) -> bytes:
    where = sa.and_(audit_node.c.start == start, audit_node.c.size == size)
    return bytes(tx.execute(sa.select(audit_node.c.root).where(where)).scalar_one())


def _leaves(tx: Connection, start: int, end: int) -> Sequence[bytes]:
    """Leaf hashes of the entries start + 1 to end."""
    where = sa.and_(audit.c.seq > start, audit.c.seq <= end)
    return tx.execute(sa.select(audit.c.leaf).where(where).order_by(audit.c.seq)).scalars().all()


def _subtree(tx: Connection) -> merkle.Subtree:
    def root(start: int, size: int) -> bytes:
        return _node(tx, start, size) if size >= BLOCK else merkle.root_of(_leaves(tx, start, start + size))

    return root


def root_at(tx: Connection, size: int) -> bytes:
    """The root over the first `size` entries."""
    return merkle.range_root(0, size, _subtree(tx)) if size else merkle.EMPTY


def proof(tx: Connection, seq: int) -> tuple[Signed, list[bytes]] | None:
    """The oldest checkpoint that covers that entry, and the path to its root. None: none covers it yet."""
    row = tx.execute(sa.select(table).where(table.c.size >= seq).order_by(table.c.size).limit(1)).one_or_none()
    if row is None:
        return None
    covering = Signed(**row._mapping)
    return covering, merkle.inclusion(seq - 1, covering.size, _subtree(tx))


def consistency(tx: Connection, old: int, new: int) -> list[bytes]:
    """The proof that the log over `new` entries, as it was signed, begins with the one over `old`."""
    return merkle.consistency(old, new, _subtree(tx))

"""The audit log's hashes: leaf and chain, and the verification that a stranger can repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

GENESIS = bytes(32)


def leaf(canonical_entry: bytes) -> bytes:
    """RFC 6962 leaf hash: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + canonical_entry).digest()


def link(previous: bytes, leaf_hash: bytes) -> bytes:
    """The next chain value. 0x02 keeps it apart from RFC 6962's 0x00 leaves and 0x01 nodes."""
    return hashlib.sha256(b"\x02" + previous + leaf_hash).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored line: its position, the very bytes that were hashed, and what was stored beside them.

    `stored` empty: its time was over, and only its hashes are left.
    """

    seq: int
    stored: bytes
    leaf: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken_at` None: every entry follows from the one before. `pruned`: the last of which only the hashes are left."""

    size: int
    head: bytes
    broken_at: int | None = None
    why: str = ""
    pruned: int = 0


def verify(entries: Iterable[Entry]) -> Verdict:
    """Walk the chain from its genesis; the first entry that does not follow is named."""
    head, size, pruned = GENESIS, 0, 0
    for entry in entries:
        if entry.seq != size + 1:
            return Verdict(size, head, entry.seq, f"entry {size + 1} is missing")
        if not entry.stored:
            pruned = entry.seq
        elif leaf(entry.stored) != entry.leaf:
            return Verdict(size, head, entry.seq, "the entry was altered")
        head = link(head, entry.leaf)
        if head != entry.chain:
            return Verdict(size, head, entry.seq, "the chain was cut or reordered")
        size += 1
    return Verdict(size, head, pruned=pruned)

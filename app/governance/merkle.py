"""The Merkle tree of RFC 6962 over the audit log's leaves: roots as it grows, and proofs that an entry is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

Subtree = Callable[[int, int], bytes]
"""subtree(start, size): the root over `size` leaves from `start`; size is a power of two that divides start."""

EMPTY = hashlib.sha256(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    """RFC 6962 interior node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows. `peaks` are its complete subtrees, (size, root) each, the largest first."""

    def __init__(self, peaks: Iterable[tuple[int, bytes]] = ()) -> None:
        self.peaks = list(peaks)

    @property
    def size(self) -> int:
        """How many leaves."""
        return sum(size for size, _ in self.peaks)

    def add(self, leaf: bytes) -> None:
        """One more leaf hash."""
        self.peaks.append((1, leaf))
        while len(self.peaks) > 1 and self.peaks[-1][0] == self.peaks[-2][0]:
            (size, right), (_, left) = self.peaks.pop(), self.peaks.pop()
            self.peaks.append((2 * size, node(left, right)))

    def root(self) -> bytes:
        """The Merkle tree hash as it stands; of an empty tree, SHA-256 of nothing."""
        roots = [root for _, root in self.peaks]
        if not roots:
            return EMPTY
        whole = roots.pop()
        while roots:
            whole = node(roots.pop(), whole)
        return whole


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of these leaf hashes."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def range_root(start: int, end: int, subtree: Subtree) -> bytes:
    """The root over leaves start to end, out of complete subtrees."""
    size = end - start
    if size & (size - 1) == 0:
        return subtree(start, size)
    middle = start + _split(size)
    return node(range_root(start, middle, subtree), range_root(middle, end, subtree))


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 §2.1.1: the siblings from the leaf up to the root."""
    path, start, end = list[bytes](), 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(start, middle, subtree))
            start = middle
    return path[::-1]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does that path lead from the leaf at `index` to the root over `size` leaves? (RFC 9162 §2.1.3.2)"""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 §2.1.2: what shows that the tree over `new` leaves only added to the one over `old`."""
    path, start, end, left = list[bytes](), 0, new, old
    whole = True  # is what is left of the old tree all of it?
    while start + left != end:
        middle = start + _split(end - start)
        if start + left <= middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(start, middle, subtree))
            left, start, whole = start + left - middle, middle, False
    if not whole:
        path.append(range_root(start, end, subtree))
    return path[::-1]

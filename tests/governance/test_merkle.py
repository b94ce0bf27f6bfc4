"""The Merkle tree: the published vectors, and proofs that hold for the right leaf and for no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governance import chain, merkle

LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")] + [
    bytes.fromhex("606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", ROOTS)
def test_the_merkle_root_is_that_of_rfc_6962(size: int) -> None:
    assert merkle.root_of([chain.leaf(entry) for entry in LEAVES[:size]]).hex() == ROOTS[size]


leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


def subtree_of(known: list[bytes]) -> merkle.Subtree:
    return lambda start, size: merkle.root_of(known[start : start + size])


def textbook_root(known: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(known) == 1:
        return known[0]
    split = 1
    while split * 2 < len(known):
        split *= 2
    return merkle.node(textbook_root(known[:split]), textbook_root(known[split:]))


@given(leaves)
def test_a_growing_tree_has_the_root_of_the_textbook(known: list[bytes]) -> None:
    assert merkle.root_of(known) == textbook_root(known)
    assert merkle.range_root(0, len(known), subtree_of(known)) == textbook_root(known)


@given(leaves)
def test_a_tree_goes_on_from_its_peaks(known: list[bytes]) -> None:
    half = merkle.Tree()
    for leaf in known[: len(known) // 2]:
        half.add(leaf)
    rest = merkle.Tree(half.peaks)
    for leaf in known[len(known) // 2 :]:
        rest.add(leaf)
    assert (rest.root(), rest.size) == (merkle.root_of(known), len(known))


@given(leaves, st.data())
def test_a_path_proves_its_own_leaf_and_no_other(known: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(known) - 1))
    path, root = merkle.inclusion(index, len(known), subtree_of(known)), merkle.root_of(known)
    assert merkle.included(known[index], index, len(known), path, root)
    assert not merkle.included(bytes(33), index, len(known), path, root)
    assert not merkle.included(known[index], index, len(known), [*path, bytes(32)], root)
    assert not merkle.included(known[index], len(known), len(known), path, root)
    if path:
        assert not merkle.included(known[index], index, len(known), path[:-1], root)


def test_the_consistency_proofs_are_those_of_rfc_6962() -> None:
    """§2.1.3: seven leaves, the nodes by the names they have there."""
    a, b, c, d, e, f, j = known = [bytes([number]) * 32 for number in range(7)]
    g, h, i = merkle.node(a, b), merkle.node(c, d), merkle.node(e, f)
    k, left = merkle.node(g, h), merkle.node(i, j)
    proofs = {3: [c, d, g, left], 4: [left], 6: [i, j, k], 7: []}
    assert {old: merkle.consistency(old, 7, subtree_of(known)) for old in proofs} == proofs

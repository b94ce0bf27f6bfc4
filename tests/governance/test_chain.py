"""The log's hashes: the published vectors, and no alteration that goes unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governance import chain
from app.governance.canonical import canonical


def entries(bodies: list[bytes]) -> list[chain.Entry]:
    made, head = [], chain.GENESIS
    for seq, body in enumerate(bodies, start=1):
        leaf = chain.leaf(body)
        head = chain.link(head, leaf)
        made.append(chain.Entry(seq, body, leaf, head))
    return made


bodies = st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=12, unique=True)


@given(bodies)
def test_an_untouched_chain_verifies(stored: list[bytes]) -> None:
    verdict = chain.verify(entries(stored))
    assert (verdict.size, verdict.broken_at) == (len(stored), None)


@given(bodies, st.data())
def test_a_changed_byte_is_found_where_it_stands(stored: list[bytes], data: st.DataObject) -> None:
    made = entries(stored)
    place = data.draw(st.integers(0, len(made) - 1))
    byte = data.draw(st.integers(0, len(made[place].stored) - 1))
    flipped = bytearray(made[place].stored)
    flipped[byte] ^= 1
    made[place] = replace(made[place], stored=bytes(flipped))
    assert chain.verify(made).broken_at == place + 1


@given(bodies, st.data())
def test_a_rewritten_entry_with_a_fresh_leaf_still_breaks_the_chain(stored: list[bytes], data: st.DataObject) -> None:
    made = entries(stored)
    place = data.draw(st.integers(0, len(made) - 1))
    made[place] = replace(made[place], stored=b"forged", leaf=chain.leaf(b"forged"))
    assert chain.verify(made).broken_at == place + 1


@given(bodies, st.data())
def test_a_deleted_or_swapped_entry_is_found(stored: list[bytes], data: st.DataObject) -> None:
    made = entries(stored)
    place = data.draw(st.integers(0, len(made) - 2))
    assert chain.verify([*made[:place], *made[place + 1 :]]).broken_at is not None
    swapped = [*made[:place], made[place + 1], made[place], *made[place + 2 :]]
    assert chain.verify(swapped).broken_at is not None


def test_canonical_json_has_one_form_and_no_floats() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()
    with pytest.raises(TypeError):
        canonical({"a": {"b": 0.1}})

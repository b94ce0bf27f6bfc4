"""Two checkpoints and no log: the proof that the later one continues the earlier one, and that no other does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.export import verify
from app.governance import merkle
from app.governance.checkpoint import Checkpoint, signed
from tests.conftest import FrozenClock


@settings(max_examples=40)
@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=70), st.data())
def test_a_later_checkpoint_continues_the_earlier_one_and_no_other(known: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(known) - 1))
    path = merkle.consistency(size, len(known), lambda start, width: merkle.root_of(known[start : start + width]))
    old, new = signed_over(known[:size]), signed_over(known)
    assert verify.follows(old, new, path)
    assert not verify.follows(signed_over([bytes(32), *known[1:size]]), new, path) or known[0] == bytes(32)
    assert not verify.follows(old, signed_over([*known[:-1], bytes(31) + b"x"]), path)
    assert not verify.follows(old, new, [*path, bytes(32)])
    assert not verify.follows(old, new, path[:-1])
    assert not verify.follows(new, old, path)


def signed_over(leaves: list[bytes]) -> verify.Checkpoint:
    note = signed(Checkpoint("log", len(leaves), merkle.root_of(leaves), FrozenClock().now()), b"", lambda _text: b"")
    return verify.Checkpoint(note.encode(), "a note")

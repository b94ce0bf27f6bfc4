"""Sets of messages in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.governance.policy import Mode
from app.governance.space import Space

DOES = {Mode.ASSISTED: "a reply after one click", Mode.AUTO: "a reply that nobody clicks"}


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def those(space: Space, chosen: int, real: int) -> str:
    """A set of atoms by what it spans; an axis that it spans wholly is not named.

    For a set that is no product of its axes this says where it lies, not that it fills the place.
    """
    parts = [DOES[mode] for mode in space.axes["mode"] if chosen & space.where("mode", [mode])]
    said = [listed(parts)]
    for axis, word in (("category", "about"), ("queue", "in"), ("tier", "of tier"), ("host", "on")):
        values = _spanned(space, axis, chosen)
        if len(values) < len(_spanned(space, axis, real)):
            said.append(f"{word} {listed(str(int(value)) if axis == 'tier' else str(value) for value in values)}")
    return " ".join([*said, *signs(space, chosen)])


def signs(space: Space, chosen: int) -> list[str]:
    """`where it shows urgent`, if the set holds nothing else; `unless it shows urgent` for the opposite."""
    found = {sign: _spanned(space, sign, chosen) for sign in space.signs}
    shown, hidden = ([sign for sign, values in found.items() if values == [only]] for only in (True, False))
    said = [f"where it shows {listed(shown)}"] if shown else []
    return [*said, f"unless it shows {' or '.join(hidden)}"] if hidden else said


def _spanned(space: Space, axis: str, chosen: int) -> list[Any]:
    return [value for value in space.axes[axis] if chosen & space.where(axis, [value])]

"""Space: every kind of message and mode that a policy can tell apart, one bit each. Finite, so nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from app.governance.permission import Kind
from app.governance.policy import TIER_LIMIT, Category, Mode, Policy, Rule
from app.governance.proposal import Tier

Row = Rule | Category
MODES = (Mode.ASSISTED, Mode.AUTO)  # in draft mode a person sends: nothing to allow


@dataclass(frozen=True, slots=True)
class Atom:
    """One kind of message in one mode."""

    kind: Kind
    mode: Mode


class Space:
    """The atoms of one policy, or of several for comparing them. A set of atoms is a whole number: one bit for each."""

    def __init__(self, *policies: Policy) -> None:
        signs = sorted({sign for policy in policies for rule in policy.rules for sign in rule.when})
        self.axes: dict[str, tuple[Any, ...]] = {
            "queue": _names(queue.name for policy in policies for queue in policy.queues),
            "category": _names(category.name for policy in policies for category in policy.categories),
            "host": _names(sorted(host for policy in policies for host, _ in _places(policy))),
            "tier": tuple(Tier),
            "mode": MODES,
            **dict.fromkeys(signs, (False, True)),
        }
        self.signs = tuple(signs)
        self._masks = _masks(self.axes)

    def where(self, axis: str, values: Iterable[Any]) -> int:
        """The atoms with one of these values there."""
        return union(self._masks.get((axis, value), 0) for value in values)

    def real(self, policy: Policy) -> int:
        """The atoms that can occur: queues on their hosts, and no message below its category's tier."""
        places = union(self.where("host", [host]) & self.where("queue", [queue]) for host, queue in _places(policy))
        tiers = union(
            self.where("category", [category.name])
            & self.where("tier", [tier for tier in Tier if tier >= category.tier])
            for category in policy.categories
        )
        return places & tiers

    @property
    def beyond_limits(self) -> int:
        """What no document can allow: compiled in."""
        over = ((tier, mode) for tier, mode in product(Tier, MODES) if mode > TIER_LIMIT[tier])
        return union(self.where("tier", [tier]) & self.where("mode", [mode]) for tier, mode in over)

    def spoken_of(self, row: Row) -> int:
        """The atoms that a row mentions, whether it allows or forbids them."""
        if isinstance(row, Category):
            return self.where("category", [row.name]) & self._named("queue", row.queues)
        named = (("queue", row.queues), ("host", row.hosts), ("category", row.categories), ("tier", row.tiers))
        found = self.where("mode", [mode for mode in MODES if (mode <= row.mode if row.allows else mode >= row.mode)])
        for axis, wanted in named:
            found &= self._named(axis, wanted)
        for sign in row.when:
            found &= self.where(sign, [True])
        return found

    def allowed_by(self, row: Row) -> int:
        """The same for a row that allows, without what no document can allow."""
        top = row.ceiling if isinstance(row, Category) else row.mode
        return self.spoken_of(row) & self.where("mode", [mode for mode in MODES if mode <= top]) & ~self.beyond_limits

    def _named(self, axis: str, wanted: Sequence[Any]) -> int:
        return self.where(axis, wanted or self.axes[axis])

    def allowed(self, policy: Policy) -> int:
        """Everything that the policy allows: some row allows it and none forbids it."""
        rows: list[Row] = [*policy.categories, *(rule for rule in policy.rules if rule.allows)]
        forbids = union(self.spoken_of(rule) for rule in policy.rules if not rule.allows)
        return union(self.allowed_by(row) for row in rows) & ~forbids & self.real(policy)

    def atoms(self, chosen: int) -> Iterator[Atom]:
        """The chosen atoms, one by one."""
        for place, values in enumerate(product(*self.axes.values())):
            if chosen >> place & 1:
                named = dict(zip(self.axes, values, strict=True))
                shown = frozenset(sign for sign in self.signs if named[sign])
                kind = Kind(named["host"], named["queue"], named["category"], named["tier"], shown)
                yield Atom(kind, named["mode"])


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _places(policy: Policy) -> set[tuple[str, str]]:
    return {(key.partition(":")[0], queue.name) for queue in policy.queues for key in queue.hosts}


def union(sets: Iterable[int]) -> int:
    """All atoms that are in any of these."""
    found = 0
    for one in sets:
        found |= one
    return found


def _masks(axes: dict[str, tuple[Any, ...]]) -> dict[tuple[str, Any], int]:
    """For each value of each axis the atoms that have it; the last axis changes fastest."""
    total = 1
    for values in axes.values():
        total *= len(values)
    masks, below = dict[tuple[str, Any], int](), total
    for axis, values in axes.items():
        period = below
        below = below // len(values) if values else 0
        again = ((1 << total) - 1) // ((1 << period) - 1) if period else 0
        for place, value in enumerate(values):
            masks[axis, value] = (((1 << below) - 1) << (below * place)) * again
    return masks

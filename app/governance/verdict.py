"""Verdict: what a change of policy does. Narrower takes one person; wider, or partly wider, takes two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.governance import ways
from app.governance.policy import Category, Policy, Queue
from app.governance.proposal import Tier
from app.governance.space import Space
from app.governance.spoken import DOES, listed, signs
from app.governance.ways import Compare, Way


class Kind(StrEnum):
    """What all changes come to together."""

    EQUIVALENT = "equivalent"
    NARROWER = "narrower"
    WIDER = "wider"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the new version says otherwise, in words. `atoms`: how many kinds of message it flips."""

    way: Way
    text: str
    atoms: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the change comes to, and every point of it."""

    kind: Kind
    changes: tuple[Change, ...]

    @property
    def needs_two(self) -> bool:
        """Automation may only be narrowed by one person."""
        return self.kind in {Kind.WIDER, Kind.INCOMPARABLE}


def compare(old: Policy | None, new: Policy) -> Verdict:
    """What the new version would change. Without an old one everything is new, and wider."""
    if old is None:
        return Verdict(Kind.WIDER, (Change(Way.WIDER, "the first policy: nothing was allowed before"),))
    changes = (*_flips(old, new), *_queues(old, new), *_categories(old, new), *_escalations(old, new), *_rest(old, new))
    return Verdict(_kind(changes), changes)


def _kind(changes: Sequence[Change]) -> Kind:
    ways = {change.way for change in changes}
    if not ways:
        return Kind.EQUIVALENT
    if len(ways) > 1 or Way.EITHER in ways:
        return Kind.INCOMPARABLE
    return Kind(ways.pop().value)


# --- what may happen to which messages ---------------------------------------------------------------------------------


def _flips(old: Policy, new: Policy) -> Iterator[Change]:
    """Every kind of message that the one allows and the other denies, told by category, queue and mode."""
    space = Space(old, new)
    before, after = space.allowed(old), space.allowed(new)
    for category in space.axes["category"]:
        for queue in space.axes["queue"]:
            for mode in space.axes["mode"]:
                here = space.where("category", [category]) & space.where("queue", [queue]) & space.where("mode", [mode])
                if gained := after & ~before & here:
                    yield _flip(space, gained, Way.WIDER, f"{category} in {queue}: now allowed, {DOES[mode]}")
                if lost := before & ~after & here:
                    yield _flip(space, lost, Way.NARROWER, f"{category} in {queue}: no longer allowed, {DOES[mode]}")


def _flip(space: Space, flipped: int, way: Way, text: str) -> Change:
    """With the tiers, hosts and signs that it flips for, each named."""
    atoms = list(space.atoms(flipped))
    tiers = listed(str(int(tier)) for tier in sorted({atom.kind.tier for atom in atoms}))
    hosts = listed(sorted({atom.kind.host for atom in atoms}))
    shown = signs(space, flipped)
    if not shown and len(atoms) % 2 ** len(space.signs):  # no product: each combination by itself
        combos = sorted({", ".join(sorted(atom.kind.signs)) or "no sign" for atom in atoms})
        shown = [f"showing {' / '.join(combos)}"]
    return Change(way, " ".join([f"{text}; tier {tiers}; {hosts}", *shown]), len(atoms))


# --- the conditions beside it ------------------------------------------------------------------------------------------


def _fields(name: str, old: Any, new: Any, known: Mapping[str, Compare]) -> Iterator[Change]:
    for field, way_of in known.items():
        before, after = getattr(old, field), getattr(new, field)
        if way := way_of(before, after):
            yield Change(way, f"{name}: {field} {ways.said(before, after)}")


def _queues(old: Policy, new: Policy) -> Iterator[Change]:
    kept = [queue.name for queue in old.queues if new.queue(queue.name)]
    if kept != [queue.name for queue in new.queues if old.queue(queue.name)]:
        yield Change(Way.EITHER, "the queues stand in another order: the first that fits governs a ticket")
    for queue in old.queues:
        if (other := new.queue(queue.name)) is not None:
            yield from _fields(f"queue {queue.name}", queue, other, ways.QUEUE)
        else:
            yield Change(_hosts_elsewhere(queue, new), f"queue {queue.name}: removed")
    for queue in new.queues:
        if old.queue(queue.name) is None:
            yield Change(Way.WIDER, f"queue {queue.name}: added, for {listed(queue.hosts)}")


def _hosts_elsewhere(queue: Queue, new: Policy) -> Way:
    """Its tickets may fall to another queue, with other rules."""
    others = {host for other in new.queues for host in other.hosts}
    return Way.EITHER if others & set(queue.hosts) else Way.NARROWER


def _categories(old: Policy, new: Policy) -> Iterator[Change]:
    for category in old.categories:
        if (other := new.category(category.name)) is not None:
            yield from _fields(category.name, category, other, ways.CATEGORY)
        else:
            yield Change(Way.EITHER, f"{category.name}: removed; its messages may be taken for another category")
    for category in new.categories:
        if old.category(category.name) is None:
            yield Change(_added(category), f"{category.name}: added, tier {int(category.tier)}, {category.mode.label}")


def _added(category: Category) -> Way:
    """It draws messages away from other categories; only to tier 3 is that certainly narrower."""
    return Way.NARROWER if category.tier is Tier.HIGH_STAKES else Way.EITHER


def _escalations(old: Policy, new: Policy) -> Iterator[Change]:
    for entry in old.escalations:
        if (other := new.escalation(entry.trigger)) is not None:
            yield from _fields(f"escalation {entry.trigger}", entry, other, ways.ESCALATION)
        else:
            yield Change(Way.WIDER, f"escalation {entry.trigger}: removed")
    for entry in new.escalations:
        if old.escalation(entry.trigger) is None:
            yield Change(Way.NARROWER, f"escalation {entry.trigger}: added, to {entry.owner}")


def _roster(old: Policy, new: Policy) -> Iterator[Change]:
    """Who is asked next, and when, can be ordered by nobody."""
    before, after = ({duty.person: duty for duty in policy.roster} for policy in (old, new))
    for person in before.keys() & after.keys():
        yield from _fields(f"roster {person}", before[person], after[person], ways.DUTY)
    if list(before) != list(after):
        yield Change(Way.EITHER, f"roster: {ways.said(tuple(before), tuple(after))}")


def _rest(old: Policy, new: Policy) -> Iterator[Change]:
    for part, known in ways.REST.items():
        yield from _fields(part, getattr(old, part), getattr(new, part), known)
    if way := ways.more_is_wider(old.summaries, new.summaries):
        yield Change(way, f"tier 3 summaries for people: {ways.said(old.summaries, new.summaries)}")
    if old.review_by != new.review_by:
        later = old.review_by is not None and (new.review_by is None or new.review_by > old.review_by)
        yield Change(Way.WIDER if later else Way.NARROWER, f"to be reviewed by {new.review_by or 'no day'}")
    yield from _disclosures(old, new)
    yield from _freezes(old, new)
    yield from _roster(old, new)


def _disclosures(old: Policy, new: Policy) -> Iterator[Change]:
    """Without its line nothing goes out by itself: a new line is what lets it."""
    before = {(line.brand, line.language): line.text for line in old.disclosures}
    after = {(line.brand, line.language): line.text for line in new.disclosures}
    for place in dict.fromkeys([*before, *after]):
        if before.get(place) != after.get(place):
            way = Way.WIDER if place not in before else Way.NARROWER if place not in after else Way.EITHER
            yield Change(way, f"disclosure {place[0]} {place[1]}: “{after.get(place, 'none')}”")


def _freezes(old: Policy, new: Policy) -> Iterator[Change]:
    known: Mapping[str, Compare] = {"baseline": ways.more_is_wider, "alarm": ways.more_is_wider}
    before, after = ({rule.when: rule for rule in policy.freezes} for policy in (old, new))
    for when in dict.fromkeys([*before, *after]):
        if when in before and when in after:
            yield from _fields(f"freeze on {when}", before[when], after[when], known)
        else:
            gone = when in before
            yield Change(Way.WIDER if gone else Way.NARROWER, f"freeze on {when}: {'removed' if gone else 'added'}")


def without_rule(policy: Policy, name: str) -> Policy:
    """The same policy without one row: what deleting it would change."""
    return replace(policy, rules=tuple(rule for rule in policy.rules if rule.name != name))

"""Own figures: what a person made of drafts in 90 days, for that person alone; of others only what nobody can be seen in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from app.deps import Deps
from app.governance.reviews import Outcome
from app.review import Actor
from app.store import practices, readings
from app.store.readings import Reading

FEWEST = 4  # people, before the others' figures are shown: among fewer, one could be told from the rest


@dataclass(frozen=True, slots=True)
class Figures:
    """`seconds`: the median time that a draft was on screen; None: nobody's page said."""

    judged: int
    unchanged: int
    changed: int
    rejected: int
    hurried: int
    seconds: float | None


def own(deps: Deps, actor: Actor) -> Figures:
    """The asker's own; there is no way to ask for another's."""
    with deps.readers.begin() as tx:
        return _figures(readings.since(tx, deps.clock.now() - readings.KEPT, actor.member.id))


def team(deps: Deps) -> Figures | None:
    """Everybody's together; None: too few people for that."""
    with deps.readers.begin() as tx:
        found = readings.since(tx, deps.clock.now() - readings.KEPT)
    return _figures(found) if len({one.by for one in found}) >= FEWEST else None


@dataclass(frozen=True, slots=True)
class Practised:
    """Practice drafts judged, and how many of their mistakes were caught."""

    judged: int
    caught: int


def practised(deps: Deps, actor: Actor) -> tuple[Practised, Practised | None]:
    """The asker's own, and everybody's together where enough people judged some."""
    with deps.readers.begin() as tx:
        found = practices.since(tx, deps.clock.now() - readings.KEPT)
    enough = len({by for by, _ in found}) >= FEWEST
    return _practised([one for one in found if one[0] == actor.member.id]), _practised(found) if enough else None


def _practised(found: Sequence[tuple[str, str]]) -> Practised:
    return Practised(len(found), sum(said == practices.CAUGHT for _, said in found))


def _figures(found: Sequence[Reading]) -> Figures:
    made = [one.outcome for one in found]
    times = [one.shown_ms / 1000 for one in found if one.shown_ms is not None]
    return Figures(
        judged=len(found),
        unchanged=made.count(Outcome.ACCEPTED),
        changed=made.count(Outcome.LIGHT_EDIT) + made.count(Outcome.MATERIAL_EDIT),
        rejected=made.count(Outcome.REJECTED) + made.count(Outcome.OWN_ANSWER),
        hurried=sum(one.hurried for one in found),
        seconds=median(times) if times else None,
    )

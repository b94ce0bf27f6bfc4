"""Curves: how the evidence of a category grew, review by review, and the line at which the gate opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from app import scales
from app.charts import LEFT, RIGHT, WIDTH
from app.governance import evidence
from app.governance.evidence import Bar
from app.governance.reviews import Review, counted_of
from app.store.evidence import Report

_POINTS = 160  # of a line: more than the eye tells apart
_LISTED = 20  # rows of a table that people read
_SCALES = (0.0, 0.5, 0.8, 0.9)  # where the axis may begin
_bound = lru_cache(maxsize=16384)(evidence.lower_bound)  # most of a curve is as it was yesterday


@dataclass(frozen=True, slots=True)
class Step:
    """After one more review: how many were good and how many failed, and whether the gate would open."""

    number: int
    proposal: str
    at: datetime
    was_good: bool
    good: int
    failed: int
    alpha: float
    opens: bool

    @property
    def bound(self) -> float:
        """At least this share is good; asked only of what is drawn, for it takes a while."""
        return _bound(self.good, self.failed, self.alpha)


@dataclass(frozen=True, slots=True)
class Curve:
    """As it is drawn. `boundary`: the height of what was promised; `floor`: where the fewest reviews are reached."""

    line: str
    boundary: float
    promised: float
    floor: float
    marks: tuple[tuple[float, str], ...]  # (y, share) beside the axis
    names: tuple[tuple[float, int], ...]  # (x, how many reviews) under it
    failures: tuple[tuple[float, float, Step], ...]
    listed: tuple[Step, ...]  # the newest first
    last: Step
    fewest: int


def steps(reviews: Sequence[Review], bar: Bar, floor: int) -> Iterator[Step]:
    """In the order in which people judged. Whether it opens is asked of the gate's own bar, not read off the picture."""
    good = failed = 0
    for number, one in enumerate(reviews, 1):
        was_good = one.final is not None and one.final.is_good
        good, failed = good + was_good, failed + (not was_good)
        opens = bar.reached(good, failed) and number >= floor
        at = one.at or one.offered_at
        yield Step(number, one.proposal, at, was_good, good, failed, bar.alpha, opens)


def steps_of(report: Report) -> list[Step]:
    """Those that the verdict looked at; none where nothing is promised yet."""
    found = report.registered
    if found is None:
        return []
    counted = counted_of(report.reviews, found.plan)
    counted.sort(key=lambda one: (one.at or one.offered_at, one.proposal))
    return list(steps(counted, report.verdict.bar, found.plan.floor))


def curve(found: Sequence[Step], report: Report) -> Curve | None:
    """None: nobody has judged anything yet, so there is nothing to draw."""
    if not found or report.registered is None:
        return None
    bar, floor, needed = report.verdict.bar, report.registered.plan.floor, report.verdict.needed
    across = max(len(found) + min(needed, 2 * floor), floor, 1)
    shown = [*found[:: max(1, len(found) // _POINTS)], found[-1]]
    bottom = max(scale for scale in _SCALES if scale <= max(0.0, shown[-1].bound - 0.05))

    def x(number: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * number / across, 1)

    def y(share: float) -> float:
        over = (max(share, bottom) - bottom) / (1 - bottom)
        return scales.height(over)

    return Curve(
        line=" ".join(f"{x(one.number)},{y(one.bound)}" for one in shown),
        boundary=y(bar.p0),
        promised=bar.p0,
        floor=x(floor),
        marks=tuple((y(share), f"{100 * share:g} %") for share in (bottom, (1 + bottom) / 2, 1.0)),
        names=tuple((min(x(number), WIDTH - 2.0 * RIGHT), number) for number in sorted({len(found), floor, across})),
        failures=tuple((x(one.number), y(one.bound), one) for one in found if not one.was_good),
        listed=tuple(reversed(found[-_LISTED:])),
        last=found[-1],
        fewest=floor,
    )


def rows(found: Sequence[Step]) -> Iterator[tuple[str | int | float, ...]]:
    """The curve's table, for a spreadsheet."""
    yield ("review", "at", "found", "good so far", "failed so far", "at least this share is good", "enough", "message")
    for one in found:
        said = "good" if one.was_good else "failed"
        share, opens = round(one.bound, 6), "yes" if one.opens else "no"
        yield (one.number, one.at.isoformat(), said, one.good, one.failed, share, opens, one.proposal)

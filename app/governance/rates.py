"""Figures for people: answers counted by week, mode, tier and category; whole numbers, so that two counts agree exactly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from app.governance.binomial import p_rise, ranks, wilson
from app.governance.events import Answered, Reviewed
from app.governance.metrics import LAG, WINDOWS, History, Judged

ENOUGH = 30
"""Fewer mature answers say nothing: "too few to judge" is a state of its own, and never green."""

KEYS = ("cohort", "mode", "tier", "category", "host")
_SHARES = (0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many whose window has closed; and so far of those whose window is open."""

    bad: int = 0
    of: int = 0
    young_bad: int = 0
    young: int = 0

    @property
    def share(self) -> float | None:
        """None: too few to judge."""
        return self.bad / self.of if self.of >= ENOUGH else None

    @property
    def whiskers(self) -> tuple[float, float]:
        """For the eye only."""
        return wilson(self.bad, self.of)

    @property
    def words(self) -> str:
        """3 of 41 (7.3 %), or why there is no share."""
        judged = f"{self.bad} of {self.of} ({self.share:.1%})" if self.share is not None else None
        few = f"too few to judge: {self.bad} of {self.of}" if self.of else "too few to judge"
        young = f"; {self.young_bad} so far of the {self.young} newest" if self.young else ""
        return (judged or few) + young


@dataclass(frozen=True, slots=True)
class Times:
    """How long it took, in whole seconds. Nearest rank: always a time that was. `…_low`, `…_high`: how far off it may be."""

    count: int = 0
    median: int | None = None
    p90: int | None = None
    median_low: int | None = None
    median_high: int | None = None
    p90_low: int | None = None
    p90_high: int | None = None

    @classmethod
    def of(cls, spans: Iterable[timedelta]) -> Times:
        """Of these."""
        seconds = sorted(int(span.total_seconds()) for span in spans)
        if not seconds:
            return cls()
        at = [max(0, ceil(share * len(seconds)) - 1) for share in _SHARES]
        ends = [end for share in _SHARES for end in ranks(len(seconds), share)]
        return cls(len(seconds), *(seconds[place] for place in (*at, *ends)))

    @property
    def judged(self) -> bool:
        """Enough to say so."""
        return self.count >= ENOUGH


@dataclass(frozen=True, slots=True)
class Figures:
    """One group of answers. The volume always stands beside the rates."""

    volume: int
    rates: Mapping[str, Rate]
    solved: tuple[int, int]  # a ticket that was never solved cannot be reopened
    draft: Times
    first: Times
    resolution: Times


Key = tuple[object, ...]


def figures(history: History, by: Sequence[str] = ("mode",)) -> dict[Key, Figures]:
    """Grouped by some of KEYS, in their order."""
    groups: defaultdict[Key, list[Judged]] = defaultdict(list)
    for one in history.judged:
        groups[tuple(_part(one.answer, name) for name in by)].append(one)
    return {key: _figures(groups[key]) for key in sorted(groups, key=repr)}


def _part(answer: Answered | Reviewed, name: str) -> object:
    if name == "cohort":
        return cohort(answer.at)
    if name == "mode":
        return answer.label if isinstance(answer, Answered) else answer.mode
    return answer.ticket.partition(":")[0] if name == "host" else getattr(answer, name)


def cohort(moment: datetime) -> str:
    """The week of its sending, in UTC: 2026-W10."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02}"


def _figures(group: Sequence[Judged]) -> Figures:
    zendesk = [one for one in group if one.answer.host == "zendesk" and not one.removed]
    mature = [one for one in zendesk if "reopened" not in one.young]
    return Figures(
        volume=len(group),
        rates={metric: _rate(group, metric) for metric in WINDOWS},
        solved=(sum("reopened" not in one.out for one in mature), len(mature)),
        draft=Times.of(one.drafted_after for one in group if one.drafted_after is not None),
        first=Times.of(one.first_after for one in group if one.first_after is not None),
        resolution=Times.of(one.resolved_after for one in group if one.resolved_after is not None),
    )


def _rate(group: Sequence[Judged], metric: str) -> Rate:
    told = [one for one in group if metric not in one.out]
    young = [one for one in told if metric in one.young]
    bad, young_bad = sum(metric in one.bad for one in told), sum(metric in one.bad for one in young)
    return Rate(bad - young_bad, len(told) - len(young), young_bad, len(young))


WORSE = 0.05


def compared(judged: Iterable[Judged], metric: str) -> str:
    """Auto-send against what was held back in the same weeks, in words. Weeks that have only one of them are left out."""
    told = [one for one in judged if metric not in one.out | one.young and one.answer.label in {"auto", "held-out"}]
    weeks: defaultdict[str, set[str]] = defaultdict(set)
    for one in told:
        weeks[cohort(one.answer.at)].add(one.answer.label)
    both = [one for one in told if len(weeks[cohort(one.answer.at)]) == 2]
    rates = [_rate([one for one in both if one.answer.label == label], metric) for label in ("held-out", "auto")]
    if any(rate.share is None for rate in rates):
        return "too few to compare"
    held, auto = rates
    if p_rise((held.bad, held.of), (auto.bad, auto.of)) < WORSE:
        return f"worse than held back ({auto.share:.1%}, {held.share:.1%})"
    return f"not seen to be worse than held back ({auto.share:.1%}, {held.share:.1%})"


def outcomes(history: History, by: Sequence[str] = ("category",)) -> dict[Key, Counter[str]]:
    """What people made of the drafts, by some of KEYS."""
    found: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for one in history.reviewed:
        found[tuple(_part(one, name) for name in by)][one.outcome.value] += 1
    return {key: found[key] for key in sorted(found, key=repr)}


def stream(judged: Iterable[Judged], metric: str) -> list[bool]:
    """Outcomes for an alarm, in time: a bad one when it happened, a good one when its window closed."""
    told = [one for one in judged if metric not in one.out]
    bad = [(one.bad[metric], one.answer.answer, True) for one in told if metric in one.bad]
    good = [
        (one.answer.at + WINDOWS[metric] + LAG, one.answer.answer, False)
        for one in told
        if metric not in one.bad and metric not in one.young
    ]
    return [was_bad for _, _, was_bad in sorted(bad + good)]

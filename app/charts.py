"""Charts: weeks of answers as points with whiskers. A week too young is hatched, one with too few answers has no point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import scales
from app.board import DRAWN, TIMED
from app.governance.drift import LIMIT
from app.governance.guardrails import Rise, Watch
from app.governance.rates import Figures, Rate, Times, cohort
from app.metrics import MODES, NAMES

WIDTH, LEFT, RIGHT = 560, 46, 8
_LABELS = 7  # so many weeks get their name under the axis
Weeks = Mapping[tuple[str, str], Figures]  # (week, mode)


@dataclass(frozen=True, slots=True)
class Point:
    """The answers of one week that went out in one way. No `y`: too few to judge. `ninth`: nine of ten took no longer."""

    week: str
    mode: str
    rate: Rate | None  # of a share
    times: Times | None  # of a time, which is known of so many of `first` replies
    first: int
    x: float
    y: float | None
    low: float
    high: float
    ninth: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric, week by week."""

    metric: str
    title: str
    points: tuple[Point, ...]
    young: tuple[tuple[float, float], ...]  # (x, width) of weeks that may still change
    names: tuple[tuple[float, str], ...]  # (x, week) under the axis
    marks: scales.Marks  # (y, share or time) beside the other

    @property
    def modes(self) -> list[tuple[str, str]]:
        """The ways that have a point, with their words: the legend."""
        here = {point.mode for point in self.points if point.y is not None}
        return [(mode, words) for mode, words in MODES.items() if mode in here]

    @property
    def timed(self) -> bool:
        """Of times, not of shares."""
        return self.metric in TIMED


@dataclass(frozen=True, slots=True)
class Path:
    """How near an alarm came to ringing, answer by answer."""

    line: str  # the points of a polyline
    limit: float  # the height at which it rings
    rises: tuple[tuple[float, float, Rise], ...]  # (x, y, the answer that turned out badly)
    rings_at: float = LIMIT


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a week's answers of one way show, before it has a place on the paper."""

    found: Rate | Times
    value: float | None
    ends: tuple[float, float]
    ninth: float | None = None

    @classmethod
    def of(cls, found: Rate | Times) -> _Mark:
        if isinstance(found, Rate):
            return cls(found, found.share, found.whiskers)
        if found.median is None or found.median_low is None or found.median_high is None or not found.judged:
            return cls(found, None, (0, 0))
        return cls(found, found.median, (found.median_low, found.median_high), found.p90)

    @property
    def reach(self) -> list[float]:
        """What its chart needs room for."""
        return [*self.ends, *([] if self.ninth is None else [self.ninth])] if self.value is not None else []


def charts(weeks: Weeks, since: datetime, now: datetime) -> tuple[Chart, ...]:
    """Every metric of these answers."""
    columns = _columns(since, now)
    found = {key: figures for key, figures in weeks.items() if key[0] in columns}
    return tuple(_chart(metric, found, columns) for metric in DRAWN) if found else ()


def _columns(since: datetime, now: datetime) -> list[str]:
    """All weeks, the empty ones too."""
    days = (now - since).days
    return list(dict.fromkeys(cohort(since + timedelta(days=day)) for day in range(days + 1)))


def _of(metric: str, figures: Figures) -> Rate | Times:
    return {"draft": figures.draft, "first": figures.first}[metric] if metric in TIMED else figures.rates[metric]


def _chart(metric: str, weeks: Weeks, columns: list[str]) -> Chart:
    timed = metric in TIMED
    shown = {key: one for key, one in weeks.items() if one.first.count or not timed}
    marks = {key: _Mark.of(_of(metric, one)) for key, one in shown.items()}
    reach = [end for mark in marks.values() for end in mark.reach]
    scale = scales.Times.of(reach) if timed else scales.Shares.of(reach)
    wide = (WIDTH - LEFT - RIGHT) / len(columns)
    modes = [mode for mode in MODES if any(key[1] == mode for key in marks)]
    young = {columns[-1]} if timed else {key[0] for key, one in weeks.items() if one.rates[metric].young}
    step = -(-len(columns) // _LABELS)
    return Chart(
        metric=metric,
        title=NAMES[metric],
        points=tuple(
            _point(week, mode, mark, shown[week, mode].first.count, LEFT + wide * (columns.index(week) + _beside(modes, mode)), scale)
            for (week, mode), mark in sorted(marks.items(), key=lambda one: one[0])
        ),
        young=tuple((LEFT + wide * at, wide) for at, week in enumerate(columns) if week in young),
        names=tuple((LEFT + wide * (at + 0.5), week[5:]) for at, week in enumerate(columns) if at % step == 0),
        marks=scale.marks,
    )  # fmt: skip


def _beside(modes: list[str], mode: str) -> float:
    """Whiskers of one week stand side by side."""
    return (modes.index(mode) + 1) / (len(modes) + 1)


def _point(week: str, mode: str, mark: _Mark, first: int, x: float, scale: scales.Shares | scales.Times) -> Point:
    found = mark.found
    return Point(
        week=week,
        mode=mode,
        rate=found if isinstance(found, Rate) else None,
        times=found if isinstance(found, Times) else None,
        first=first,
        x=x,
        y=None if mark.value is None else scale.height(mark.value),
        low=scale.height(mark.ends[0]),
        high=scale.height(mark.ends[1]),
        ninth=None if mark.ninth is None else scale.height(mark.ninth),
    )


def path(watch: Watch) -> Path:
    """The sum as it rose and fell; its axis ends a little above the line at which it rings."""
    levels = (0.0, *watch.levels)
    wide = (WIDTH - LEFT - RIGHT) / max(1, len(levels) - 1)
    top = 1.15 * LIMIT
    line = " ".join(f"{LEFT + wide * at:.1f},{_level(level, top)}" for at, level in enumerate(levels))
    rises = tuple(
        (round(LEFT + (WIDTH - LEFT - RIGHT) * rise.number / max(1, watch.heard), 1), _level(rise.level, top), rise)
        for rise in watch.rises
    )
    return Path(line, _level(LIMIT, top), rises)


def _level(level: float, top: float) -> float:
    return scales.height(min(level, top) / top)


def alarm_rows(watch: Watch) -> Iterator[tuple[str | int | float, ...]]:
    """The same for a spreadsheet: each answer that lifted it."""
    yield ("answer", "sent at", "of the way to the alarm", "message")
    for rise in watch.rises:
        yield (rise.number, rise.at.isoformat(), round(rise.level / LIMIT, 6), rise.proposal or "")


def rows(weeks: Weeks, metric: str) -> Iterator[tuple[str | int | float, ...]]:
    """The chart's table, for a spreadsheet: a head, then a line for each week and way."""
    yield _TIMED_HEAD if metric in TIMED else _HEAD
    for (week, mode), figures in sorted(weeks.items(), key=lambda one: one[0]):
        found = _of(metric, figures)
        told = _of_rate(found) if isinstance(found, Rate) else _of_times(found, figures.first.count)
        yield (week, MODES.get(mode, mode), *told)


_HEAD = ("week", "sent as", "went wrong", "of", "share", "low", "high", "went wrong so far", "of the newest")
_TIMED_HEAD = (
    "week", "sent as", "first replies", "known of", "half within (s)", "low", "high", "9 of 10 within (s)", "low", "high"
)  # fmt: skip


def _of_rate(rate: Rate) -> tuple[str | int | float, ...]:
    share = ("", "", "") if rate.share is None else tuple(round(one, 6) for one in (rate.share, *rate.whiskers))
    return (rate.bad, rate.of, *share, rate.young_bad, rate.young)


def _of_times(times: Times, first: int) -> tuple[str | int, ...]:
    spans = (times.median, times.median_low, times.median_high, times.p90, times.p90_low, times.p90_high)
    return (first, times.count, *("" if one is None or not times.judged else one for one in spans))

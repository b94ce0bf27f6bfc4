"""Charts: weeks of answers as points with whiskers. A week too young is hatched, one with too few answers has no point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.board import SHOWN
from app.governance.drift import LIMIT
from app.governance.guardrails import Watch
from app.governance.rates import Figures, Rate, cohort
from app.metrics import MODES, NAMES

WIDTH, HEIGHT = 560, 210
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 10, 26
_SCALES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)  # where the axis may end
_LABELS = 7  # so many weeks get their name under the axis
Weeks = Mapping[tuple[object, ...], Figures]


@dataclass(frozen=True, slots=True)
class Point:
    """The answers of one week that went out in one way. No `y`: too few to judge."""

    week: str
    mode: str
    rate: Rate
    x: float
    y: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric, week by week."""

    metric: str
    title: str
    points: tuple[Point, ...]
    young: tuple[tuple[float, float], ...]  # (x, width) of weeks in which something may still turn out badly
    names: tuple[tuple[float, str], ...]  # (x, week) under the axis
    marks: tuple[tuple[float, str], ...]  # (y, share) beside the other

    @property
    def modes(self) -> list[tuple[str, str]]:
        """The ways that have a point, with their words: the legend."""
        here = {point.mode for point in self.points if point.y is not None}
        return [(mode, words) for mode, words in MODES.items() if mode in here]


@dataclass(frozen=True, slots=True)
class Path:
    """How near an alarm came to ringing, answer by answer."""

    line: str  # the points of a polyline
    limit: float  # the height at which it rings


def charts(weeks: Weeks, since: datetime, now: datetime, category: str | None) -> tuple[Chart, ...]:
    """Every metric of that category's answers; None: of all together."""
    found = _grouped(weeks, category)
    columns = _columns(since, now)
    return tuple(_chart(metric, found, columns) for metric in SHOWN) if found else ()


def _grouped(weeks: Weeks, category: str | None) -> dict[tuple[str, str], dict[str, Rate]]:
    """(week, mode) to each metric's rate, categories added up."""
    found: dict[tuple[str, str], dict[str, Rate]] = {}
    for (week, its, mode), figures in weeks.items():
        if category in {None, its}:
            here = found.setdefault((str(week), str(mode)), dict.fromkeys(SHOWN, Rate()))
            for metric in SHOWN:
                here[metric] = _sum(here[metric], figures.rates[metric])
    return found


def _sum(one: Rate, other: Rate) -> Rate:
    return Rate(one.bad + other.bad, one.of + other.of, one.young_bad + other.young_bad, one.young + other.young)


def _columns(since: datetime, now: datetime) -> list[str]:
    """All weeks, the empty ones too."""
    days = (now - since).days
    return list(dict.fromkeys(cohort(since + timedelta(days=day)) for day in range(days + 1)))


def _chart(metric: str, found: Mapping[tuple[str, str], Mapping[str, Rate]], columns: list[str]) -> Chart:
    rates = {key: by_metric[metric] for key, by_metric in found.items() if key[0] in columns}
    top = _scale(rate.whiskers[1] for rate in rates.values() if rate.share is not None)
    wide = (WIDTH - LEFT - RIGHT) / len(columns)
    modes = [mode for mode in MODES if any(key[1] == mode for key in rates)]
    young = {week for (week, _), rate in rates.items() if rate.young}
    step = -(-len(columns) // _LABELS)
    return Chart(
        metric=metric,
        title=NAMES[metric],
        points=tuple(_points(rates, columns, modes, wide, top)),
        young=tuple((LEFT + wide * at, wide) for at, week in enumerate(columns) if week in young),
        names=tuple((LEFT + wide * (at + 0.5), week[5:]) for at, week in enumerate(columns) if at % step == 0),
        marks=tuple((_height(share, top), f"{100 * share:g} %") for share in (0, top / 2, top)),
    )


def _points(
    rates: Mapping[tuple[str, str], Rate], columns: list[str], modes: list[str], wide: float, top: float
) -> Iterator[Point]:
    for (week, mode), rate in sorted(rates.items()):
        beside = (modes.index(mode) + 1) / (len(modes) + 1)  # whiskers of one week stand side by side
        low, high = rate.whiskers
        y = _height(rate.share, top) if rate.share is not None else None
        x = LEFT + wide * (columns.index(week) + beside)
        yield Point(week, mode, rate, x, y, _height(low, top), _height(min(high, top), top))


def _scale(ends: Iterable[float]) -> float:
    highest = max(ends, default=0)
    return next(scale for scale in _SCALES if highest <= scale)


def _height(share: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - share / top * (HEIGHT - BOTTOM - TOP), 1)


def path(watch: Watch) -> Path:
    """The sum as it rose and fell; its axis ends a little above the line at which it rings."""
    levels = (0.0, *watch.levels)
    wide = (WIDTH - LEFT - RIGHT) / max(1, len(levels) - 1)
    top = 1.15 * LIMIT
    line = " ".join(f"{LEFT + wide * at:.1f},{_height(min(level, top), top)}" for at, level in enumerate(levels))
    return Path(line, _height(LIMIT, top))


def rows(weeks: Weeks, metric: str, category: str | None) -> Iterator[tuple[str | int | float, ...]]:
    """The chart's table, for a spreadsheet: a head, then a line for each week and way."""
    yield ("week", "sent as", "went wrong", "of", "share", "low", "high", "went wrong so far", "of the newest")
    for (week, mode), by_metric in sorted(_grouped(weeks, category).items()):
        rate = by_metric[metric]
        judged = (
            (round(rate.share, 6), *(round(end, 6) for end in rate.whiskers)) if rate.share is not None else ("",) * 3
        )
        yield (week, MODES.get(mode, mode), rate.bad, rate.of, *judged, rate.young_bad, rate.young)

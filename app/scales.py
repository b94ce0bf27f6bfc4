"""Scales: how high a share, or a time, stands on a chart, and what is written beside its axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

HEIGHT, TOP, BOTTOM = 210, 10, 26
_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)  # where an axis of shares may end
_TIMES = {
    1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 6 * 3600: "6 h", 86_400: "1 d", 7 * 86_400: "7 d",
    30 * 86_400: "30 d", 365 * 86_400: "365 d",
}  # fmt: skip
Marks = tuple[tuple[float, str], ...]


def height(part: float) -> float:
    """Of a part of the axis, from 0 to 1, on the paper."""
    return round(HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP), 1)


@dataclass(frozen=True, slots=True)
class Shares:
    """From none upwards, evenly."""

    top: float

    @classmethod
    def of(cls, ends: Iterable[float]) -> Shares:
        """Room for all of these."""
        highest = max(ends, default=0)
        return cls(next(scale for scale in _SHARES if highest <= scale))

    def height(self, share: float) -> float:
        return height(min(share, self.top) / self.top)

    @property
    def marks(self) -> Marks:
        return tuple((self.height(share), f"{100 * share:g} %") for share in (0, self.top / 2, self.top))


@dataclass(frozen=True, slots=True)
class Times:
    """Each line stands for several times the one below: a machine's seconds and a person's days fit on one paper."""

    low: int
    top: int

    @classmethod
    def of(cls, ends: Iterable[float]) -> Times:
        """Room for all of these."""
        seconds = list(ends) or [1.0]
        low = max((one for one in _TIMES if one <= min(seconds)), default=1)
        return cls(low, min((one for one in _TIMES if one >= max(seconds) and one > low), default=max(_TIMES)))

    def height(self, seconds: float) -> float:
        within = min(max(seconds, self.low), self.top)
        return height(log(within / self.low) / log(self.top / self.low))

    @property
    def marks(self) -> Marks:
        return tuple((self.height(one), words) for one, words in _TIMES.items() if self.low <= one <= self.top)

"""After promotion: alarms that narrow by themselves, and never widen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from app.governance.binomial import p_rise
from app.governance.evidence import log_e

DOUBT = 0.05
LIMIT = 4.0


@dataclass(frozen=True, slots=True)
class Cusum:
    """Bernoulli CUSUM: a share of `usual` is fine, `bad` is not. A false alarm comes once in e^limit outcomes at most.

    A bad outcome counts the moment it happens, a good one when its window closes: that can only raise it early.
    """

    usual: float
    bad: float
    limit: float = LIMIT
    level: float = 0.0

    def after(self, *were_bad: bool) -> Cusum:
        """The same alarm, some outcomes later."""
        level = self.level
        for was_bad in were_bad:
            level = max(0.0, level + self.step(was_bad=was_bad))
        return Cusum(self.usual, self.bad, self.limit, level)

    def step(self, *, was_bad: bool) -> float:
        """How far one outcome moves it."""
        return log(self.bad / self.usual) if was_bad else log((1 - self.bad) / (1 - self.usual))

    @property
    def rings(self) -> bool:
        """At the limit or above."""
        return self.level >= self.limit


def first_alarm(cusum: Cusum, were_bad: Iterable[bool]) -> int | None:
    """After how many outcomes it rang first; an alarm does not take itself back."""
    for number, was_bad in enumerate(were_bad, 1):
        cusum = cusum.after(was_bad)
        if cusum.rings:
            return number
    return None


def is_demoted(bad: int, outcomes: int, allowed: float = 0.02, alpha: float = 0.01) -> bool:
    """Evidence that more than `allowed` of the answers turn out badly, wrong with a chance of alpha over all time."""
    return log_e(bad, outcomes - bad, allowed) >= -log(alpha)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time whose answers are all mature. `bad` by metric: how many of how many."""

    sent_by_itself: int
    bad: dict[str, tuple[int, int]]


def wider_than_quality_allows(before: Window, after: Window) -> tuple[str, ...]:
    """The metrics that got worse while auto-send grew by a tenth or more; empty: none, or it did not grow."""
    if after.sent_by_itself == 0 or 10 * after.sent_by_itself < 11 * before.sent_by_itself:
        return ()
    return tuple(
        name for name, now in after.bad.items() if name in before.bad and p_rise(before.bad[name], now) < DOUBT
    )

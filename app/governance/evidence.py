"""The evidence gate: how sure we may be that a category's drafts are good, however often anybody looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log1p

from app.governance.binomial import largest, share_at_least

_HUGE = 1e200
NEVER = 1_000_000
"""More reviews than anybody will ever do."""


def log_e(good: int, failed: int, p0: float) -> float:
    """How strongly the reviews speak against "at most p0 are good", as the log of an e-value.

    E = P[Bin(n+1, p0) ≤ s] / ((n+1)·(1-p0)·P[Bin(n, p0) = s]), a supermartingale whenever the truth is p0 or less:
    it reaches 1/α with a chance of α at most, over all time. Dividing the sum by its own last term leaves a series
    of positive terms, so that nothing is lost to rounding and no factorial is needed.
    """
    odds = (1 - p0) / p0
    term, total, shift = 1.0, 1.0, 0.0
    for step in range(good):
        term *= (good - step) * odds / (failed + 2 + step)
        if term < total * 1e-18:
            break  # each further term is smaller still
        total += term
        if total > _HUGE:
            term, total, shift = term / _HUGE, total / _HUGE, shift + log(_HUGE)
    return log(total) + shift - log1p(failed)


def lower_bound(good: int, failed: int, alpha: float = 0.05) -> float:
    """At least this share is good, with confidence 1 - alpha at every moment that anybody looks."""
    return largest(lambda p0: log_e(good, failed, p0) >= -log(alpha))


def still_needed(good: int, failed: int, p0: float, alpha: float) -> int:
    """How many more good reviews reach 1/α, if none fails; NEVER if no number does."""
    enough, low, high = -log(alpha), -1, 0
    while log_e(good + high, failed, p0) < enough:
        if high >= NEVER:
            return NEVER
        low, high = high, 2 * high + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if log_e(good + middle, failed, p0) < enough else (low, middle)
    return high


def futility(good: int, failed: int, p0: float) -> float:
    """The log-likelihood ratio of "good enough to pass one day" (a quarter of the failures allowed) against p0."""
    p1 = 1 - (1 - p0) / 4
    return good * log(p1 / p0) + failed * log((1 - p1) / (1 - p0))


def is_futile(good: int, failed: int, p0: float, alpha: float, beta: float = 0.05) -> bool:
    """More reviews would not help: fix the drafts."""
    return futility(good, failed, p0) <= log(beta / (1 - alpha))


@dataclass(frozen=True, slots=True)
class Bar:
    """What must be proved, and how surely."""

    p0: float
    alpha: float

    def log_e(self, good: int, failed: int) -> float:
        """The evidence against this bar."""
        return log_e(good, failed, self.p0)

    def reached(self, good: int, failed: int) -> bool:
        """E ≥ 1/α."""
        return self.log_e(good, failed) >= -log(self.alpha)

    def needed(self, good: int, failed: int) -> int:
        """Further good reviews, if none fails."""
        return still_needed(good, failed, self.p0, self.alpha)


def adjusted(bar: Bar, caught: int, seeded: int) -> Bar:
    """The bar when practice drafts measured the reviewers: who misses some bad drafts must show fewer failures.

    Half of α pays for the reviews, half for the bound on how well bad drafts are caught.
    """
    detection = share_at_least(caught, seeded, 1 - bar.alpha / 2)
    return Bar(1 - (1 - bar.p0) * detection, bar.alpha / 2)


def together(log_es: Sequence[float], alpha: float = 0.05) -> int:
    """How many of several categories hold at once (e-BH): the largest k whose k-th best E is at least K/(αk)."""
    ranked = sorted(log_es, reverse=True)
    many = len(ranked)
    return max((k for k, one in enumerate(ranked, 1) if one >= log(many / (alpha * k))), default=0)

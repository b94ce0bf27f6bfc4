"""Exact counting statistics: binomial tails, bounds on a share, and whether a share rose. Floats, no tables."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, comb, exp, floor, lgamma, log, sqrt


def at_most(k: int, n: int, p: float) -> float:
    """P[Bin(n, p) ≤ k]."""
    if k >= n:
        return 1.0
    if not 0 < p < 1:
        return 1.0 if p <= 0 and k >= 0 else 0.0
    return min(1.0, sum(exp(_log_pmf(i, n, p)) for i in range(k + 1)))


def at_least(k: int, n: int, p: float) -> float:
    """P[Bin(n, p) ≥ k]."""
    return at_most(n - k, n, 1 - p)


def _log_pmf(k: int, n: int, p: float) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p)


def share_at_least(k: int, n: int, confidence: float) -> float:
    """Clopper and Pearson's lower bound: the true share behind k of n is above it, with that confidence."""
    return 0.0 if k == 0 else largest(lambda p: at_least(k, n, p) <= 1 - confidence)


def wilson(k: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Whiskers for a chart, never for a decision: 95 % on average, not in the worst case."""
    if n == 0:
        return 0.0, 1.0
    middle, spread = k / n + z * z / (2 * n), z * sqrt(k * (n - k) / n**3 + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def ranks(n: int, share: float, z: float = 1.959963984540054) -> tuple[int, int]:
    """Of n sorted values the places, from 0, between which the one with that share below it truly lies: whiskers as well."""
    spread = z * sqrt(n * share * (1 - share))
    return max(0, floor(n * share - spread) - 1), min(n - 1, ceil(n * share + spread))


def p_rise(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Fisher's exact one-sided p: as many bad ones (k of n) afterwards, had the share not risen."""
    (k0, n0), (k1, n1) = before, after
    bad, everything = k0 + k1, n0 + n1
    as_many = sum(comb(n1, k) * comb(n0, bad - k) for k in range(max(k1, bad - n0), min(bad, n1) + 1))
    return as_many / comb(everything, bad)


def p_unlike(k: int, n: int, p: float) -> float:
    """Exact two-sided p: k of n or something no likelier, were the share p."""
    here = _log_pmf(k, n, p) + 1e-9  # so that a rounding does not part two equal chances
    return min(1.0, sum(exp(chance) for i in range(n + 1) if (chance := _log_pmf(i, n, p)) <= here))


def largest(holds: Callable[[float], bool]) -> float:
    """The largest share at which it still holds; it holds below that and fails above."""
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in {low, high}:
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low

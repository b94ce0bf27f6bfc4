"""How often a team that looks at every review promotes drafts that only just fail the promise: gate against naive bound."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from app.governance import binomial
from app.governance.evidence import log_e
from benchmarks.report import Figure

NAME = "evidence"
TEAMS, REVIEWS, PER_DAY, P0, ALPHA = 20_000, 1500, 20, 0.98, 0.05
BLOCK = 2000


def measure(seed: int) -> list[Figure]:
    """Every team's drafts are good with probability p0 exactly, so each promotion is a wrong one."""
    chance = np.random.default_rng(seed)
    gate, naive = boundary(gate_passes, P0, REVIEWS), boundary(naive_passes, P0, REVIEWS)
    failures = [_failures(chance, P0, REVIEWS) for _ in range(TEAMS // BLOCK)]
    allowed = ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / TEAMS)
    daily = np.arange(1, REVIEWS + 1) % PER_DAY == 0
    easier = boundary(gate_passes, 0.95, REVIEWS)
    at_default = [_failures(chance, 0.95, REVIEWS) for _ in range(TEAMS // BLOCK)]
    return [
        Figure("teams", "teams, each looking after every review", TEAMS),
        Figure("reviews", "reviews of each", REVIEWS),
        Figure("false_promotion_gate", "wrongly promoted, by our gate", _share(failures, gate), at_most=allowed),
        Figure("false_promotion_naive", "wrongly promoted, by a one-look bound", _share(failures, naive)),
        Figure("false_promotion_gate_daily", "the gate, looked at daily", _share(failures, gate, daily), at_most=allowed),
        Figure("false_promotion_naive_daily", "the one-look bound, daily", _share(failures, naive, daily)),
        Figure("false_promotion_gate_95", "the gate at the default 95 %", _share(at_default, easier), at_most=allowed),
    ]  # fmt: skip


def _failures(chance: Any, p0: float, reviews: int) -> Any:
    """How many of the first n reviews failed: a row for each team."""
    return (chance.random((BLOCK, reviews), dtype=np.float32) >= p0).cumsum(axis=1, dtype=np.int16)


def _share(blocks: list[Any], boundary: Any, looks: Any = None) -> float:
    promoted = sum(
        int((block <= boundary)[:, slice(None) if looks is None else looks].any(axis=1).sum()) for block in blocks
    )
    return promoted / TEAMS


def boundary(passes: Any, p0: float, reviews: int) -> Any:
    """For each number of reviews the most failures with which it passes, -1 for none: it only grows."""
    most, found = -1, []
    for n in range(1, reviews + 1):
        while most < n and passes(n - most - 1, most + 1, p0):
            most += 1
        found.append(most)
    return np.array(found, dtype=np.int16)


def gate_passes(good: int, failed: int, p0: float) -> bool:
    """As the product decides."""
    return log_e(good, failed, p0) >= -np.log(ALPHA)


def naive_passes(good: int, failed: int, p0: float) -> bool:
    """The exact bound for a sample of fixed size, which is right for one look and wrong for many."""
    return binomial.at_most(failed, good + failed, 1 - p0) <= ALPHA

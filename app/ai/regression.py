"""Regression: softmax regression in numpy, fitted by L-BFGS; small, exact and the same on every run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
MEMORY = 10  # steps that L-BFGS looks back on
Progress = Callable[[int, int], None]


def softmax(scores: Numbers) -> Numbers:
    """Each row as shares of one."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def with_ones(rows: Numbers) -> Numbers:
    """A last column of ones, for the bias."""
    return np.hstack([rows, np.ones((len(rows), 1), dtype=rows.dtype)])


def shares_of(rows: Numbers, weights: Numbers) -> Numbers:
    """The probability of each class for each row."""
    return softmax(with_ones(rows) @ weights)


def fit(
    rows: Numbers,
    classes: NDArray[np.intp],
    count: int,
    *,
    penalty: float,
    rounds: int = 100,
    weight: Numbers | None = None,
    progress: Progress | None = None,
) -> Numbers:
    """Weights, a column a class, the last row the bias. `penalty` on squared weights, `weight` of each row."""
    full = with_ones(rows)
    share = np.full(len(rows), 1.0) if weight is None else weight
    share = (share / share.sum()).astype(rows.dtype)
    at = np.arange(len(rows))

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weights = flat.reshape(full.shape[1], count)
        shares = softmax(full @ weights)
        value = -float((share * np.log(shares[at, classes] + 1e-12)).sum()) + 0.5 * penalty * float(
            (weights[:-1] ** 2).sum()
        )
        shares[at, classes] -= 1.0
        slope = full.T @ (shares * share[:, None])
        slope[:-1] += penalty * weights[:-1]
        return value, slope.ravel()

    start = np.zeros(full.shape[1] * count, dtype=rows.dtype)
    return _least(loss, start, rounds, progress).reshape(full.shape[1], count)


def _least(
    loss: Callable[[Numbers], tuple[float, Numbers]], at: Numbers, rounds: int, progress: Progress | None
) -> Numbers:
    """Where the loss is least, by L-BFGS with halving steps."""
    seen: deque[tuple[Numbers, Numbers, float]] = deque(maxlen=MEMORY)
    value, slope = loss(at)
    for done in range(rounds):
        if progress is not None:
            progress(done, rounds)
        way = _direction(slope, seen)
        step, fall = 1.0, float(slope @ way)
        while True:
            beyond, new_slope = loss(at - step * way)
            if beyond <= value - 1e-4 * step * fall or step < 1e-4:
                break
            step /= 2
        moved, bend = -step * way, new_slope - slope
        if (curve := float(moved @ bend)) > 1e-12:
            seen.append((moved, bend, 1 / curve))
        at, gained, value, slope = at + moved, value - beyond, beyond, new_slope
        if abs(gained) < 1e-6:
            break
    if progress is not None:
        progress(rounds, rounds)
    return at


def _direction(slope: Numbers, seen: deque[tuple[Numbers, Numbers, float]]) -> Numbers:
    """The slope, bent by what the last steps taught about the curvature."""
    way, shares = slope.copy(), []
    for moved, bend, inverse in reversed(seen):
        shares.append(inverse * float(moved @ way))
        way -= shares[-1] * bend
    if seen:
        moved, bend, _ = seen[-1]
        way *= float(moved @ bend) / float(bend @ bend)
    for (moved, bend, inverse), share in zip(seen, reversed(shares), strict=True):
        way += moved * (share - inverse * float(bend @ way))
    return way

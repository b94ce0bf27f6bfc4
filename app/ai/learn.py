"""Learn: categories from labelled history, beside what the policy says of them; calibrated on what was held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.ai.alarms import Centring
from app.ai.embed import Embedder
from app.ai.learned import Learned, Skill, View, seen
from app.ai.regression import Numbers, fit
from app.ai.tiers import log_odds, tier_shares
from app.ai.weights import Vectors

PENALTY = 1e-5
FOLDS = 5
CENTRES = 8  # a label, at most; each the mean of three examples or more, where there are as many
AT_ONCE = 64
SAFE = 0.99  # of what is called a look-up at the threshold, this much is one
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Example:
    """A message and what people called it. `tier` is the policy's, or the row's where the policy has no such category."""

    text: str
    label: str
    tier: int


@dataclass(frozen=True, slots=True)
class Held:
    """What the examples were judged as by models that had not seen them: row by row as the examples came."""

    shares: Numbers
    folds: NDArray[np.intp]


def learn(examples: Sequence[Example], embedder: Embedder, progress: Progress) -> tuple[Learned, Held]:
    """Teach on all examples; calibrate on each fifth as judged by the other four."""
    labels = tuple(sorted({example.label for example in examples}))
    tiers = tuple(max(example.tier for example in examples if example.label == label) for label in labels)
    number = {label: at for at, label in enumerate(labels)}
    classes = np.array([number[example.label] for example in examples], dtype=np.intp)
    vectors = _vectors([example.text for example in examples], embedder, progress)
    held = _held_out(vectors, classes, len(labels), progress)
    skill = _taught(vectors, classes, len(labels), lambda at, of: progress("teach", at, of))
    truth = np.array(tiers)[classes]
    learned = Learned(
        labels, tiers, skill, right=_calibrated(held.shares, classes),
        lookup_threshold=threshold(tier_shares(held.shares, tiers)[:, 0], truth == 1),
        taught=len(examples),
    )  # fmt: skip
    return learned, held


def _vectors(texts: Sequence[str], embedder: Embedder, progress: Progress) -> tuple[Vectors, ...]:
    parts = []
    for start in range(0, len(texts), AT_ONCE):
        parts.append(seen(texts[start : start + AT_ONCE], embedder))
        progress("read", min(start + AT_ONCE, len(texts)), len(texts))
    return tuple(np.vstack(view) for view in zip(*parts, strict=True))


def _taught(
    vectors: Sequence[Vectors],
    classes: NDArray[np.intp],
    count: int,
    progress: Callable[[int, int], None] | None = None,
) -> Skill:
    """What these rows teach about `count` labels, some of which may have no row."""
    rows = [[one[classes == label] for label in range(count)] for one in vectors]
    owners = np.repeat(np.arange(count), [_how_many(len(of_label)) for of_label in rows[0]])
    views = tuple(View(Centring.of(one), _centres(parts)) for one, parts in zip(vectors, rows, strict=True))
    centred = np.hstack([view.centring.centred(one) for view, one in zip(views, vectors, strict=True)])
    return Skill(views, owners, fit(centred, classes, count, penalty=PENALTY, progress=progress))


def _held_out(vectors: Sequence[Vectors], classes: NDArray[np.intp], count: int, progress: Progress) -> Held:
    """Spread each label over the folds; a label with one example is judged by models that never saw it."""
    folds, shares = _folds(classes), np.zeros((len(classes), count))
    for fold in range(FOLDS):
        test, train = folds == fold, folds != fold
        if not train.any():
            train = test  # a single example: nothing to hold out
        if test.any():
            skill = _taught([one[train] for one in vectors], classes[train], count)
            asked = [one[test] for one in vectors]
            shares[test] = skill.shares(asked, skill.near(asked))
        progress("hold out", fold + 1, FOLDS)
    return Held(shares, folds)


def _folds(classes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Shuffled the same way each time, then dealt label by label."""
    order = np.random.default_rng(len(classes)).permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    folds = np.empty(len(classes), dtype=np.intp)
    folds[order] = np.arange(len(classes)) % FOLDS
    return folds


def _calibrated(shares: Numbers, classes: NDArray[np.intp]) -> tuple[float, float]:
    """Bias and slope of a logistic regression from the best share's log-odds to being right."""
    odds, right = log_odds(shares.max(axis=1)), (shares.argmax(axis=1) == classes).astype(np.intp)
    weights = fit(odds[:, None], right, 2, penalty=1e-3)
    slope, bias = weights[:, 1] - weights[:, 0]
    return float(bias), float(slope)


def threshold(scores: Numbers, right: NDArray[np.bool_], share: float = SAFE) -> float:
    """The lowest score from which on `share` of all are right; above 1 where there is none."""
    order = np.argsort(-scores)
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precise >= share)
    return float(scores[order[good[-1]]]) if len(good) else 1.01


def _how_many(examples: int) -> int:
    """Centres of a label with so many examples."""
    return min(CENTRES, max(1, examples // 3), examples)


def _centres(by_label: Sequence[Vectors]) -> Vectors:
    return np.asarray(np.vstack([_means(rows) for rows in by_label if len(rows)]), dtype=np.float32)


def _means(rows: Vectors) -> Vectors:
    """Spherical k-means from evenly drawn starts."""
    count = _how_many(len(rows))
    centres = rows[np.linspace(0, len(rows) - 1, count).astype(int)].copy()
    for _ in range(8):
        nearest = (rows @ centres.T).argmax(axis=1)
        for at in set(nearest.tolist()):
            mean = rows[nearest == at].mean(axis=0)
            centres[at] = mean / (np.linalg.norm(mean) or 1.0)
    return np.asarray(centres, dtype=np.float32)

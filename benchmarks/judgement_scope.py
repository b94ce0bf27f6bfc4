"""Out of scope: does `confidence` tell messages that some category covers from those that none does?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.ai.embed import Embedder
from app.ai.learn import Example, learn
from app.governance.policy import Policy
from benchmarks import judgement_data as data
from benchmarks.report import Figure

SETS = ("hint3-curekart", "hint3-sofmattress", "banking77-50", "clinc-bank-card-30")
COVERAGE = 0.95


def measure(embedder: Embedder, _policy: Policy, _seed: int) -> list[Figure]:
    """Taught on each set's training rows, asked about its others. The goals are those of real users: the HINT3 sets together."""
    found = {name: _of_set(name, embedder) for name in SETS}
    real = [found[name] for name in SETS[:2]]
    figures = [
        Figure("scope_auroc", "out of scope, real users: AUROC", _mean([one[0] for one in real]), floor=_mean([one[2] for one in real]), at_least=0.92),
        Figure("scope_accepted", "  accepted at 95 % coverage", _mean([one[1] for one in real]), floor=_mean([one[3] for one in real]), at_most=0.35),
    ]  # fmt: skip
    for name, (area, taken, floor_area, floor_taken) in found.items():
        key = name.replace("-", "_")
        figures.append(Figure(f"scope_auroc_{key}", f"  {name}: AUROC", area, floor=floor_area))
        figures.append(Figure(f"scope_accepted_{key}", f"  {name}: accepted at 95 %", taken, floor=floor_taken))
    return figures


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _of_set(name: str, embedder: Embedder) -> tuple[float, float, float, float]:
    """AUROC and share of uncovered messages accepted; then the same for the best share alone."""
    rows = [row for row in data.rows("oos") if row["set"] == name]
    train = [Example(row["text"], row["intent"], 2) for row in rows if row["role"] == "train"]
    asked = [row for row in rows if row["role"] == "eval"]
    learned, _ = learn(train, embedder, lambda *_: None)
    texts, covered = [row["text"] for row in asked], np.array([row["in_scope"] for row in asked])
    sure = np.array([one.confidence for one in learned.judge(texts, embedder)])
    centre = np.vstack([embedder.vectors([one.text for one in train], "en").mean(axis=0)])
    near = (embedder.vectors(texts, "en") @ centre.T)[:, 0]
    return data.auroc(sure, covered), accepted(sure, covered), data.auroc(near, covered), accepted(near, covered)


def accepted(scores: NDArray[np.floating], covered: NDArray[np.bool_]) -> float:
    """How many uncovered messages pass where 95 % of the covered ones do."""
    least = np.sort(scores[covered])[int((1 - COVERAGE) * covered.sum())]
    return float((scores[~covered] >= least).mean())

"""Teaching what desks are asked all the time: from public questions and the names of their intents."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.ai.embed import Embedder
from app.ai.familiar import NAMES, TROUBLES, Familiar, Reading, side_by_side
from app.ai.regression import fit
from app.ai.weights import Vectors
from benchmarks import judgement_data as data
from benchmarks.judgement_tiers import in_words

HELD = 0.3  # how much of the questions' own spread holds the turn back
TURN, DIMENSIONS = 0.6, 64

# What an intent's name says of what went wrong.
_NAMED = {
    "refused": r"declin|fail|not working|payment issue|registration problems|unable|not allowed|portal issue|billing issue",
    "missing": r"not show|not received|not updated|delay|lost luggage",
    "double": r"twice",
    "amount": r"extra charge|wrong amount|wrong exchange",
    "lost": r"lost or stolen|compromised|lost stolen card|report lost",
    "unknown": r"not recognised|dispute|report fraud",
    "refund": r"request refund|get refund|reverted|refund not",
    "undo": r"cancel (?:transfer|order|check)",
    "closing": r"terminate|delete account|close",
}


def teach(embedder: Embedder, unseen: frozenset[str] = frozenset(), without: str = "") -> Familiar:
    """From the tiering set, but for these texts and that domain. No article of any knowledge base is seen."""
    rows = [row for row in data.rows("tiering") if data.plain(row["text"]) not in unseen and row["domain"] != without]
    names = sorted({row["intent"] for row in rows})
    intents = np.array([names.index(row["intent"]) for row in rows], dtype=np.intp)
    texts, called = [row["text"] for row in rows], [in_words(name) for name in names]
    asked = {model: embedder.vectors(texts, model) for model in NAMES.values()}
    readings = {model: _reading(asked[model], embedder.vectors(called, model), intents) for model in asked}
    across = _regression(asked[""], asked["en"], intents).astype(np.float32)
    return Familiar(readings, across, _troubles(side_by_side(asked), called, intents))


def _troubles(asked: Vectors, called: list[str], intents: NDArray[np.intp]) -> Vectors:
    """Of each message what it tells of, by the name of its intent; large intents weigh less for each message."""
    named = [next((kind for kind, words in _NAMED.items() if re.search(words, name.lower())), "") for name in called]
    told = np.array([TROUBLES.index(kind) for kind in named], dtype=np.intp)[intents]
    weight = 1 / np.sqrt(np.bincount(intents)[intents])
    return fit(asked, told, len(TROUBLES), penalty=3e-4, rounds=120, weight=weight).astype(np.float32)


def _reading(questions: Vectors, called: Vectors, intents: NDArray[np.intp]) -> Reading:
    """A turn of each question to the middle between its intent's questions and name."""
    means = _unit(np.stack([questions[intents == at].mean(axis=0) for at in range(len(called))]))
    aims = _unit(called + means)[intents]
    turn = _regression(questions, aims - questions, intents)
    left, sizes, right = np.linalg.svd(turn)
    kept = slice(0, DIMENSIONS)
    out, back = left[:, kept] * sizes[kept], TURN * right[kept]
    return Reading(means, out.astype(np.float32), back.astype(np.float32))


def _regression(given: Vectors, wanted: Vectors, intents: NDArray[np.intp]) -> NDArray[np.float64]:
    """A ridge regression in which every intent weighs alike."""
    weight = 1 / np.sqrt(np.bincount(intents)[intents])[:, None]
    spread = (given * weight).T @ (given * weight)
    held = HELD * np.trace(spread) / len(spread) * np.eye(len(spread))
    return np.asarray(np.linalg.solve(spread + held, (given * weight).T @ (wanted * weight)))


def _unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def main(target: Path) -> None:
    """Teach the shipped file anew: `python -m benchmarks.judgement_familiar`; then tell app/ai/weights.py its hash."""
    teach(Embedder(remembered=100_000)).save(target)
    print(f"{target.name}: sha256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    from app.ai.familiar import FILE

    main(FILE)

"""Familiar: what support desks are asked all the time. A question is sought in the light of how others ask the same.

"COD?" is near no sentence about cash on delivery until one knows what people who write that want. And a question in another
language, of which the English model knows nothing, is carried over to it from the model that reads every language: what both
make of one text was learnt from the same English questions. Only the order of passages follows from all this: whether any is
near enough is judged by the customer's own words. What a message tells of having gone wrong is learnt from the same questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.regression import shares_of, softmax
from app.ai.weights import Vectors, checked

FILE = Path(__file__).parent / "familiar.npz"
# How near a question must be to known ones to be led at all, and to be led wholly; how much, and how sharply to the nearest.
FAINT, CLEAR, SHARE, SHARPLY = 0.4, 0.8, 0.8, 50.0

# What goes wrong for customers, named as in mishaps; the first: nothing. And how surely something must.
TROUBLES = ("", "refused", "missing", "double", "amount", "lost", "unknown", "refund", "undo", "closing")
SURELY = 0.7


@dataclass(frozen=True, slots=True)
class Reading:
    """For one model: the mean of the questions of each known intent, and a turn from question to what it is called."""

    questions: Vectors
    out: Vectors  # the turn has few dimensions: what is told by more is one company's, not everybody's
    back: Vectors

    def turned(self, asked: Vectors) -> Vectors:
        """The questions, turned a little towards the words in which answers are written."""
        return np.asarray(asked + asked @ self.out @ self.back, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Familiar:
    """By model. Taught on public questions of shops, banks, insurers and software desks, never on anybody's mail."""

    by_model: dict[str, Reading]
    across: Vectors  # from the vectors of the model that reads every language to those of the English one
    troubles: Vectors | None = None  # a regression: a column for each of TROUBLES; None hears none

    @classmethod
    def load(cls, file: Path = FILE) -> Familiar:
        """The taught one. Raises WeightsError when the file is not the known one."""
        with np.load(checked(file), allow_pickle=False) as kept:
            part: dict[str, NDArray[Any]] = {name: kept[name].astype(np.float32) for name in kept}
        readings = {model: Reading(*(part[f"{name}_{at}"] for at in range(3))) for name, model in NAMES.items()}
        return cls(readings, part[ACROSS], part[TROUBLED])

    def save(self, file: Path) -> None:
        """As `load` reads it; half precision is enough."""
        readings = {name: self.by_model[model] for name, model in NAMES.items()}
        parts = {
            f"{name}_{at}": part.astype(np.float16)
            for name, one in readings.items()
            for at, part in enumerate((one.questions, one.out, one.back))
        }
        parts |= {ACROSS: self.across.astype(np.float16)}
        parts |= {TROUBLED: self.troubles.astype(np.float16)} if self.troubles is not None else {}
        np.savez_compressed(file, allow_pickle=False, **parts)

    def read_in_english(self, asked: Vectors) -> dict[str, Vectors]:
        """Questions in any language under both models, each led half as far as an English one: it is known less surely."""
        both = {"": asked, "en": _unit(asked @ self.across)}
        return {model: _unit(vectors + both[model]) for model, vectors in self.led(both).items()}

    def alike(self, asked: dict[str, Vectors]) -> Vectors:
        """Rows: questions; columns: how near each is to what is usually asked, on average over the models that read it."""
        return np.asarray(
            sum(vectors @ self.by_model[model].questions.T for model, vectors in asked.items()) / len(asked)
        )

    def trouble(self, asked: dict[str, Vectors]) -> str:
        """What one message tells of having gone wrong, or wants undone; empty where it surely tells of neither."""
        if self.troubles is None:
            return ""
        shares = shares_of(side_by_side(asked), self.troubles)[0]
        return TROUBLES[1 + int(shares[1:].argmax())] if 1 - shares[0] >= SURELY else ""

    def led(self, asked: dict[str, Vectors]) -> dict[str, Vectors]:
        """The vectors of questions under each model that reads them, led towards those that they resemble."""
        alike = self.alike(asked)
        trust = SHARE * np.clip((alike.max(axis=1, keepdims=True) - FAINT) / (CLEAR - FAINT), 0.0, 1.0)
        shares = trust * shared(alike)
        return {model: self._one(model, vectors, shares) for model, vectors in asked.items()}

    def _one(self, model: str, asked: Vectors, shares: Vectors) -> Vectors:
        reading = self.by_model[model]
        led = _unit(reading.turned(asked)) + shares @ reading.questions
        return np.asarray(_unit(led), dtype=np.float32)


NAMES = {"english": "en", "every": ""}  # as they stand in the file: the models' names in the embedder
ACROSS, TROUBLED = "across", "troubles"


def shared(alike: Vectors) -> Vectors:
    """Which of the known ones each question probably is."""
    return np.asarray(softmax(SHARPLY * np.asarray(alike)))


def side_by_side(asked: dict[str, Vectors]) -> Vectors:
    """What both models make of each text, long enough for a gentle penalty."""
    return np.hstack([asked[model] for model in NAMES.values()]) * 3


def _unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

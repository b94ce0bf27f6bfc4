"""The development data that judgement is measured on: rows, folds and what the project wrote itself."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
FOLDS = 5
Row = dict[str, Any]


class Absent(SystemExit):
    """The data is not beside this working copy."""

    def __init__(self) -> None:
        super().__init__("bench-judgement: ../shared/data/bench is not there; without it nothing can be measured")


@cache
def folder() -> Path:
    """`shared/data/bench` beside the repository, or beside a folder above it where this is a second working copy."""
    found = next((at / "shared/data/bench" for at in ROOT.parents if (at / "shared/data/bench").is_dir()), None)
    if found is None:
        raise Absent
    return found


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Every row of one set, as it stands."""
    text = (folder() / f"{name}.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines() if line.strip())


@cache
def written() -> tuple[Row, ...]:
    """Our own escalations, near misses and plain lines, shaped as the rows of `escalation`; each line is a group of its own."""
    found = []
    for file, escalate in (("escalations", True), ("near_misses", False), ("plain", False)):
        for number, (category, language, text) in enumerate(_lines(file)):
            found.append(
                {"text": text, "escalate": escalate, "category": category, "lang": language, "form": "alone",
                 "source": "ours", "group": f"{file}-{number}"}
            )  # fmt: skip
    return tuple(found)


@cache
def foreign() -> tuple[Row, ...]:
    """Our own questions in five languages, each with the article of `kb` that answers it."""
    return tuple({"gold": article, "lang": language, "text": text} for article, language, text in _lines("foreign"))


def _lines(file: str) -> list[list[str]]:
    text = (ROOT / f"benchmarks/written/{file}.txt").read_text(encoding="utf-8")
    return [line.split("|", 2) for line in text.splitlines()]


def plain(text: str) -> str:
    """One key for texts that differ only in case, spaces and signs."""
    return " ".join(re.findall(r"\w+", text.lower()))


def folds(groups: Iterable[Hashable], seed: int) -> NDArray[np.intp]:
    """A fold for each row; rows of one group share it."""
    chance, known = np.random.default_rng(seed), dict[Hashable, int]()
    return np.array([known.setdefault(group, int(chance.integers(FOLDS))) for group in groups], dtype=np.intp)


def auroc(scores: Sequence[float] | NDArray[Any], positive: Sequence[bool] | NDArray[Any]) -> float:
    """The chance that a positive scores higher than a negative; ties count half."""
    values, which = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    order = values.argsort(kind="stable")
    ranks = np.empty(len(values))
    position = np.arange(1, len(values) + 1, dtype=float)
    for tied in np.split(np.arange(len(values)), np.flatnonzero(np.diff(values[order])) + 1):
        ranks[order[tied]] = position[tied].mean()
    count = int(which.sum())
    return float((ranks[which].sum() - count * (count + 1) / 2) / (count * (len(values) - count)))

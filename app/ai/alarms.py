"""Alarms: what a trained model hears in a message beyond the phrases of the code floor. It can only raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.embed import Embedder
from app.ai.regression import Numbers, shares_of
from app.ai.weights import checked
from app.governance.proposal import Trigger
from app.governance.prose import sentences

FILE = Path(__file__).parent / "alarms.npz"
QUIET = "none"
READ = 800  # characters of the whole; what lies beyond is heard sentence by sentence
MOST = 40  # sentences
WINDOW, STEP = 12, 6  # words: an alarm may hide in a line without a full stop
QUOTE = 120
# How much of a part must speak for some trigger: the fewer words are heard by themselves, the more.
WHOLE, SENTENCE, PIECE = 0.40, 0.55, 0.65
# Triggers that are told in like words. What sounds a little like every trouble sounds like none: some kin needs this share.
KIN = (
    ("legal", "regulator", "press", "discrimination", "executive"), ("safety", "selfharm", "threat", "vulnerable"),
    ("fraud", "takeover", "money"), ("privacy",), ("asks-for-person",),
)  # fmt: skip
OWN = 0.3


@dataclass(frozen=True, slots=True)
class Centring:
    """Training data's middle and spread, so that both models' vectors weigh alike."""

    middle: Numbers
    spread: float

    @classmethod
    def of(cls, rows: Numbers) -> Centring:
        """Fitted on these rows."""
        return cls(rows.mean(axis=0), float(np.sqrt(rows.var(axis=0).sum())) or 1.0)

    def centred(self, rows: Numbers) -> Numbers:
        """Rows of middle length about three: large enough for a gentle penalty."""
        return ((rows - self.middle) / self.spread * 3).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Softmax regression over sentence vectors: one for every language, and one with the English model beside it."""

    names: tuple[str, ...]  # the first is QUIET
    every: Centring
    english: Centring
    any_language: Numbers
    in_english: Numbers

    @classmethod
    def load(cls, file: Path = FILE) -> Alarms:
        """The trained ones. Raises WeightsError when the file is not the known one."""
        with np.load(checked(file), allow_pickle=False) as kept:
            part: dict[str, NDArray[Any]] = {name: kept[name].astype(np.float32) for name in kept if name != "names"}
            names = tuple(str(name) for name in kept["names"])
        return cls(
            names,
            Centring(part["every"], float(part["every_spread"])),
            Centring(part["english"], float(part["english_spread"])),
            part["any_language"],
            part["in_english"],
        )

    def save(self, file: Path) -> None:
        """As `load` reads it; half precision is enough."""
        half = np.float16
        np.savez_compressed(
            file, names=np.array(self.names), every=self.every.middle.astype(half),
            every_spread=self.every.spread, english=self.english.middle.astype(half), english_spread=self.english.spread,
            any_language=self.any_language.astype(half), in_english=self.in_english.astype(half),
        )  # fmt: skip

    def heard(self, full_text: str, language: str | None, embedder: Embedder) -> tuple[Trigger, ...]:
        """Each trigger that some part of the message sounds like, once, quoting that part; the surest first."""
        parts, shares, least = self.shares(full_text, language, embedder)
        found: dict[str, Trigger] = {}
        for at in np.argsort(shares[:, 0]):
            if 1 - shares[at, 0] >= least[at] and (name := self._named(shares[at])) is not None:
                found.setdefault(name, Trigger(name, short(parts[at]), by="model"))
        return tuple(found.values())

    def _named(self, shares: Numbers) -> str | None:
        """The likeliest trigger of the likeliest kin; None where no kin has evidence of its own."""
        share = dict(zip(self.names, map(float, shares), strict=True))
        together = {names: sum(share.get(name, 0.0) for name in names) for names in KIN}
        kin = max(together, key=together.__getitem__)
        return max(kin, key=lambda name: share.get(name, 0.0)) if together[kin] >= OWN else None

    def shares(self, full_text: str, language: str | None, embedder: Embedder) -> tuple[list[str], Numbers, Numbers]:
        """The parts of a message; for each the probability of QUIET and of every trigger; what it takes to be heard."""
        whole, windows = parts_of(full_text)
        if not whole:
            return [], np.empty((0, len(self.names))), np.empty(0)
        texts = [*whole, *windows]
        every = self.every.centred(embedder.vectors(texts, None))
        shares = shares_of(every, self.any_language)
        if language == "en":
            english = self.english.centred(embedder.vectors(whole, "en"))
            beside = shares_of(np.hstack([every[: len(whole)], english]), self.in_english)
            shares[: len(whole)] = 0.3 * shares[: len(whole)] + 0.7 * beside
        least = np.array([WHOLE, *[SENTENCE] * (len(whole) - 1), *[PIECE] * len(windows)])
        return texts, shares, least


def parts_of(full_text: str) -> tuple[list[str], list[str]]:
    """The message as one and its sentences; then windows over the long ones."""
    lines = [part for part in sentences(full_text) if any(char.isalpha() for char in part)][:MOST]
    if not lines:
        return [], []
    whole = [" ".join(full_text.split())[:READ], *(lines if len(lines) > 1 else [])]
    return list(dict.fromkeys(whole)), [window for line in lines for window in _windows(line.split())]


def _windows(words: Sequence[str]) -> list[str]:
    if len(words) <= WINDOW + 2:
        return []
    return [" ".join(words[start : start + WINDOW]) for start in range(0, min(len(words), 30 * STEP) - STEP, STEP)]


def short(quote: str) -> str:
    """The customer's words, cut where they are many."""
    flat = " ".join(quote.split())
    return flat if len(flat) <= QUOTE else flat[:QUOTE] + "…"

"""Learned: what labelled history taught about categories; judges a message and says how sure it is."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.ai.alarms import Centring
from app.ai.embed import Embedder
from app.ai.regression import Numbers, shares_of
from app.ai.weights import MiniLM, Universal, Vectors
from app.governance.proposal import Tier

FORMAT = 1
# What it costs to take a tier (row) for another (column): high stakes taken for a look-up hurts most.
COST = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [2.0, 1.15, 0.0]])
# From the best share's log-odds and the nearness to known examples to "some category covers this": fitted once by logistic
# regression over public sets with messages that nothing covers, one message in five being such a one.
COVERED_BIAS, COVERED_SHARE, COVERED_EVERY, COVERED_ENGLISH = -4.34, 0.36, 0.96, 7.29


class LearnedError(ValueError):
    """The stored file is not one that `learn` of this version wrote."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One message: the likeliest label, the tier that costs least, and the probability that the label is right and covered."""

    label: str
    tier: Tier
    confidence: float
    tiers: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Learned:
    """Softmax regression over sentence vectors; `centres` are means of alike examples, no single message is kept."""

    labels: tuple[str, ...]
    tiers: tuple[int, ...]
    every: Centring
    english: Centring
    weights: Numbers
    centres_every: Vectors
    centres_english: Vectors
    right: tuple[float, float]  # bias and slope from a share's log-odds to "the label is right", fitted out of fold
    lookup_threshold: float  # share of tier 1 from which 99 of 100 were tier 1, found on training data only
    taught: int
    models: str = f"{Universal.id} {MiniLM.id}"

    @property
    def fingerprint(self) -> str:
        """Names exactly this knowledge: evidence gathered under another one does not count."""
        parts = (json.dumps([self.labels, self.tiers, self.right, self.models]).encode(), self.weights.tobytes())
        return hashlib.sha256(b"".join(parts)).hexdigest()[:16]

    def vectors(self, texts: Sequence[str], embedder: Embedder) -> tuple[Vectors, Vectors]:
        """Under both models: side by side they judge best."""
        return embedder.vectors(texts, None), embedder.vectors(texts, "en")

    def rows(self, every: Vectors, english: Vectors) -> Numbers:
        """Both models' vectors as the regression takes them."""
        return np.hstack([self.every.centred(every), self.english.centred(english)])

    def judge(self, texts: Sequence[str], embedder: Embedder) -> list[Judged]:
        """One judgement a text."""
        if not texts:
            return []
        every, english = self.vectors(texts, embedder)
        shares = shares_of(self.rows(every, english), self.weights)
        sure = self.confidence(shares, every, english)
        tiers = tier_shares(shares, self.tiers)
        judged = least_cost(tiers)
        return [
            Judged(
                self.labels[int(row.argmax())], Tier(int(tier)), float(one), (float(of[0]), float(of[1]), float(of[2]))
            )
            for row, tier, one, of in zip(shares, judged, sure, tiers, strict=True)
        ]

    def confidence(self, shares: Numbers, every: Vectors, english: Vectors) -> Numbers:
        """Right, given that some category covers it, times covered."""
        odds = log_odds(shares.max(axis=1))
        near_every, near_english = (
            (every @ self.centres_every.T).max(axis=1),
            (english @ self.centres_english.T).max(axis=1),
        )
        covered = COVERED_BIAS + COVERED_SHARE * odds + COVERED_EVERY * near_every + COVERED_ENGLISH * near_english
        return np.asarray(logistic(self.right[0] + self.right[1] * odds) * logistic(covered))

    def save(self, file: Path) -> None:
        """Whole or not at all: the old one stays until the new one is complete."""
        beside = file.with_name(f".{file.name}")
        head = {"format": FORMAT, "labels": self.labels, "tiers": self.tiers, "right": self.right, "taught": self.taught,
                "lookup_threshold": self.lookup_threshold, "models": self.models}  # fmt: skip
        with beside.open("wb") as out:
            np.savez_compressed(
                out, head=np.array(json.dumps(head)), every=self.every.middle, every_spread=self.every.spread,
                english=self.english.middle, english_spread=self.english.spread, weights=self.weights,
                centres_every=self.centres_every, centres_english=self.centres_english,
            )  # fmt: skip
        beside.chmod(0o600)
        beside.replace(file)

    @classmethod
    def load(cls, file: Path) -> Learned:
        """Raises LearnedError where the file is damaged or was taught with other models."""
        try:
            with np.load(file, allow_pickle=False) as kept:
                head: dict[str, Any] = json.loads(str(kept["head"]))
                part = {name: np.asarray(kept[name]) for name in kept if name != "head"}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise LearnedError(f"{file.name} cannot be read; run `countersign learn` again") from error
        if head.get("format") != FORMAT or head.get("models") != f"{Universal.id} {MiniLM.id}":
            raise LearnedError(f"{file.name} was learnt by another version; run `countersign learn` again")
        return cls(
            tuple(head["labels"]), tuple(head["tiers"]), Centring(part["every"], float(part["every_spread"])),
            Centring(part["english"], float(part["english_spread"])), part["weights"], part["centres_every"],
            part["centres_english"], tuple(head["right"]), head["lookup_threshold"], head["taught"],
        )  # fmt: skip


def log_odds(share: Numbers) -> Numbers:
    """Kept within what single precision can tell."""
    kept = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))


def logistic(score: Numbers) -> Numbers:
    """From log-odds to a probability."""
    return np.asarray(1 / (1 + np.exp(-score)))


def tier_shares(shares: Numbers, tiers: Sequence[int]) -> Numbers:
    """The labels' shares added up for tiers 1, 2 and 3."""
    of = np.array(tiers)
    return np.stack([shares[:, of == tier].sum(axis=1) for tier in (1, 2, 3)], axis=1)


def least_cost(tiers: Numbers) -> Numbers:
    """The tier whose mistakes would cost least."""
    return np.asarray((tiers @ COST).argmin(axis=1) + 1)

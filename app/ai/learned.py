"""Learned: what labelled history taught about categories; judges a message and says how sure it is."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.ai.alarms import Centring
from app.ai.embed import Embedder
from app.ai.regression import Numbers, shares_of
from app.ai.tiers import Judged, assumed, best_within, log_odds, logistic, tier_shares
from app.ai.weights import MiniLM, Universal, Vectors
from app.governance.policy import Policy
from app.governance.proposal import Tier

FORMAT = 1
STAKES = 2.0  # a missed high-stakes message weighs as much as two others
# From the best share's log-odds and the nearness to known examples to "some category covers this": fitted once by logistic
# regression over public sets with messages that nothing covers, one message in five being such a one.
COVERED_BIAS, COVERED_SHARE, COVERED_EVERY, COVERED_ENGLISH = -4.34, 0.36, 0.96, 7.29


class LearnedError(ValueError):
    """The stored file is not one that `learn` of this version wrote."""


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

    def under(self, policy: Policy) -> Learned:
        """The same with this policy's tiers; a category that it does not have keeps the tier it was learnt with."""
        known = {category.name: int(category.tier) for category in policy.categories}
        return replace(
            self, tiers=tuple(known.get(label, tier) for label, tier in zip(self.labels, self.tiers, strict=True))
        )

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
        tiers = tier_shares(shares, self.tiers)
        judged = assumed(tiers, STAKES)
        best = best_within(shares, self.tiers, judged)
        sure = self.confidence(shares[np.arange(len(texts)), best], every, english)
        likeliest = shares.argmax(axis=1)
        return [
            Judged(
                self.labels[at],
                self.labels[top],
                Tier(int(tier)),
                float(one),
                (float(of[0]), float(of[1]), float(of[2])),
            )
            for at, top, tier, one, of in zip(best, likeliest, judged, sure, tiers, strict=True)
        ]

    def confidence(self, share: Numbers, every: Vectors, english: Vectors) -> Numbers:
        """Right, given that some category covers it, times covered."""
        odds = log_odds(share)
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
            with file.open("rb") as raw, np.load(raw, allow_pickle=False) as kept:
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

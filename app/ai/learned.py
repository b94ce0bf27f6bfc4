"""Learned: what labelled history taught about categories; judges a message and says how sure it is."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.alarms import Centring
from app.ai.embed import Embedder
from app.ai.regression import Numbers, softmax, with_ones
from app.ai.spelt import ID as SPELT
from app.ai.spelt import spelt
from app.ai.tiers import Judged, best_within, least_costly, log_odds, logistic, tier_shares
from app.ai.weights import MiniLM, Universal, Vectors
from app.governance.policy import Policy
from app.governance.proposal import Tier

FORMAT = 3
# What it costs to say a tier (column) where another is true (row). A person reads tier 2 before anything is sent; a look-up may go
# out unread, so high stakes taken for one weigh as much as seven others.
COSTS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [7.0, 1.0, 0.0]])
# How much the regression and the nearness to a label's examples count: the one tells labels apart, the other tempers it.
REGRESSED, NEAR = 0.75, 3.0
# From the best share's log-odds and the nearness to known examples in each view to "some category covers this": fitted once by
# logistic regression over two public sets, 4 to 50 of their intents taught by 6 examples or more, one message in five about others.
COVERED_BIAS, COVERED_SHARE, COVERED_NEAR = -6.91, 0.34, (0.77, 7.73, 3.96)
MODELS = f"{Universal.id} {MiniLM.id} {SPELT}"


class LearnedError(ValueError):
    """The stored file is not one that `learn` of this version wrote."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to read the examples: their middle and spread, and means of alike ones; no single message is kept."""

    centring: Centring
    centres: Vectors


@dataclass(frozen=True, slots=True)
class Skill:
    """From the views of a message to shares of labels: softmax regression, and how near the message is to each label's examples."""

    views: tuple[View, ...]  # in the order of `seen`
    owners: NDArray[np.intp]  # of each centre: its label; the same in every view, in rising order
    weights: Numbers

    def near(self, vectors: Sequence[Vectors]) -> tuple[Numbers, ...]:
        """View by view: how near each message (row) is to the nearest centre of each label (column)."""
        starts = np.flatnonzero(np.diff(self.owners, prepend=-1))
        found = []
        for view, one in zip(self.views, vectors, strict=True):
            nearest = np.zeros((len(one), self.weights.shape[1]), dtype=np.float32)
            nearest[:, self.owners[starts]] = np.maximum.reduceat(one @ view.centres.T, starts, axis=1)
            found.append(nearest)
        return tuple(found)

    def shares(self, vectors: Sequence[Vectors], near: Sequence[Numbers]) -> Numbers:
        """The probability of each label; `near` is what `near` finds for the same vectors."""
        rows = np.hstack([view.centring.centred(one) for view, one in zip(self.views, vectors, strict=True)])
        return softmax(REGRESSED * (with_ones(rows) @ self.weights) + NEAR * sum(near))


def seen(texts: Sequence[str], embedder: Embedder) -> tuple[Vectors, ...]:
    """The texts in each view: by the model of every language, by the English one, and by their letters. Together they judge best."""
    return embedder.vectors(texts, None), embedder.vectors(texts, "en"), spelt(texts)


@dataclass(frozen=True, slots=True)
class Learned:
    """A skill, calibrated: what its labels are called, their tiers, and how far its shares can be trusted."""

    labels: tuple[str, ...]
    tiers: tuple[int, ...]
    skill: Skill
    right: tuple[float, float]  # bias and slope from a share's log-odds to "the label is right", fitted out of fold
    lookup_threshold: float  # share of tier 1 from which 99 of 100 were tier 1, found on training data only
    taught: int
    models: str = MODELS

    @property
    def fingerprint(self) -> str:
        """Names exactly this knowledge: evidence gathered under another one does not count."""
        head = json.dumps([FORMAT, self.labels, self.tiers, self.right, self.models])
        parts = (head.encode(), self.skill.weights.tobytes())
        return hashlib.sha256(b"".join(parts)).hexdigest()[:16]

    def under(self, policy: Policy) -> Learned:
        """The same with this policy's tiers; a category that it does not have keeps the tier it was learnt with."""
        known = {category.name: int(category.tier) for category in policy.categories}
        return replace(
            self, tiers=tuple(known.get(label, tier) for label, tier in zip(self.labels, self.tiers, strict=True))
        )

    def judge(self, texts: Sequence[str], embedder: Embedder) -> list[Judged]:
        """One judgement a text."""
        if not texts:
            return []
        vectors = seen(texts, embedder)
        near = self.skill.near(vectors)
        shares = self.skill.shares(vectors, near)
        tiers = tier_shares(shares, self.tiers)
        judged = least_costly(tiers, COSTS)
        best = best_within(shares, self.tiers, judged)
        sure = self.confidence(shares[np.arange(len(texts)), best], near)
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

    def confidence(self, share: Numbers, near: Sequence[Numbers]) -> Numbers:
        """Right, given that some category covers it, times covered."""
        odds = log_odds(share)
        covered = COVERED_BIAS + COVERED_SHARE * odds
        for weight, one in zip(COVERED_NEAR, near, strict=True):
            covered = covered + weight * one.max(axis=1)
        return np.asarray(logistic(self.right[0] + self.right[1] * odds) * logistic(covered))

    def save(self, file: Path) -> None:
        """Whole or not at all: the old one stays until the new one is complete."""
        beside = file.with_name(f".{file.name}")
        head = {"format": FORMAT, "labels": self.labels, "tiers": self.tiers, "right": self.right, "taught": self.taught,
                "lookup_threshold": self.lookup_threshold, "models": self.models}  # fmt: skip
        parts = {
            f"{name}_{at}": part
            for at, view in enumerate(self.skill.views)
            for name, part in (
                ("middle", view.centring.middle),
                ("spread", view.centring.spread),
                ("centres", view.centres),
            )
        } | {"owners": self.skill.owners, "weights": self.skill.weights}
        with beside.open("wb") as out:
            np.savez_compressed(out, allow_pickle=False, head=np.array(json.dumps(head)), **parts)
        beside.chmod(0o600)
        beside.replace(file)

    @classmethod
    def load(cls, file: Path) -> Learned:
        """Raises LearnedError where the file is damaged or was taught with other models."""
        try:
            with file.open("rb") as raw, np.load(raw, allow_pickle=False) as kept:
                head: dict[str, Any] = json.loads(str(kept["head"]))
                part = {name: np.asarray(kept[name]) for name in kept if name != "head"}
            ours = head.get("format") == FORMAT and head.get("models") == MODELS
            learned = cls._of(head, part) if ours else None
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise LearnedError(f"{file.name} cannot be read; run `countersign learn` again") from error
        if learned is None:
            raise LearnedError(f"{file.name} was learnt by another version; run `countersign learn` again")
        return learned

    @classmethod
    def _of(cls, head: Mapping[str, Any], part: Mapping[str, NDArray[Any]]) -> Learned:
        """Raises KeyError where something is missing."""
        views = tuple(
            View(Centring(part[f"middle_{at}"], float(part[f"spread_{at}"])), part[f"centres_{at}"])
            for at in range(len(COVERED_NEAR))
        )
        return cls(
            tuple(head["labels"]), tuple(head["tiers"]), Skill(views, part["owners"], part["weights"]),
            tuple(head["right"]), head["lookup_threshold"], head["taught"],
        )  # fmt: skip

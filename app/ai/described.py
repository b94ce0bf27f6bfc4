"""Described: categories known only by what the policy says of them: description, examples and titles of their sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.embed import model_of
from app.ai.mind import Mind
from app.ai.regression import softmax
from app.ai.tiers import UNKNOWN, Judged, assumed, best_within, logistic, tier_shares
from app.governance.proposal import Tier

Scores = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """From scores to the probability that the best category is right and covers the message.

    Fitted once by logistic regression over public messages whose category, or absence of one, is known: policies of 4 to 40
    categories, by name alone and with examples, one message in five about something else.
    """

    bias: float
    top: float
    lead: float

    def confidence(self, top: float, lead: float) -> float:
        score = self.bias + self.top * top + self.lead * min(lead, MOST_LEAD)
        return float(logistic(np.array([score]))[0])


MOST_LEAD = 0.2  # a larger lead only says that the policy has few categories
ENGLISH = Calibration(bias=-4.44, top=6.41, lead=14.89)
OTHERS = Calibration(bias=-3.26, top=4.53, lead=14.92)
CLEAR = 0.7  # one sentence that is about a category of its own
NOTHING = 0.15  # below this no category fits
SPREAD = 15.0  # how sharply scores become shares
EVEN = 0.2  # where no category fits, a smaller share of high stakes than this is chance
LIFT = 1.05
STAKES = 2.8  # without labels shares are vague: high stakes are assumed early
BESIDE = 0.3  # weight of the second model where the first reads English


def judge(queries: Sequence[str], language: str | None, mind: Mind) -> Judged:
    """The queries are one message: the whole, then its sentences."""
    if not queries or not mind.policy.categories:
        return UNKNOWN
    scores = category_scores(queries, language, mind)
    of = [int(one.tier) for one in mind.policy.categories]
    tiers = tier_shares(softmax(SPREAD * scores[None]), of)
    tier = assumed(tiers, STAKES)
    best = int(best_within(scores[None], of, tier)[0])
    confidence = confidence_of(scores, best, language)
    if confidence < NOTHING:
        expected = of.count(3) / len(of)  # what a message about nothing would get
        vague = Tier.HIGH_STAKES if tiers[0, 2] > max(EVEN, LIFT * expected) else Tier.JUDGEMENT
        return Judged(None, None, vague, confidence, (float(tiers[0, 0]), float(tiers[0, 1]), float(tiers[0, 2])))
    label, likeliest = mind.policy.categories[best].name, mind.policy.categories[int(scores.argmax())].name
    return Judged(
        label, likeliest, Tier(int(tier[0])), confidence, (float(tiers[0, 0]), float(tiers[0, 1]), float(tiers[0, 2]))
    )


def category_of(text: str, language: str | None, mind: Mind) -> str | None:
    """The category of one sentence, where it is clear by itself."""
    scores = category_scores([text], language, mind)
    best = int(scores.argmax())
    return mind.policy.categories[best].name if confidence_of(scores, best, language) >= CLEAR else None


def confidence_of(scores: Scores, best: int, language: str | None) -> float:
    """By its score and its lead over the best of the others."""
    others = np.delete(scores, best)
    lead = scores[best] - others.max() if len(others) else scores[best]
    return (ENGLISH if language == "en" else OTHERS).confidence(float(scores[best]), float(lead))


def category_scores(queries: Sequence[str], language: str | None, mind: Mind) -> Scores:
    """One score a category: how near its anchors are to the message and to its best sentence."""
    near = _near(queries, language, None, mind)
    if model_of(language) == "en":
        near = BESIDE * near + (1 - BESIDE) * _near(queries, language, "en", mind)
    return np.asarray(near[0] if len(near) == 1 else 0.5 * near[0] + 0.5 * near[1:].max(axis=0), dtype=np.float64)


def _near(queries: Sequence[str], language: str | None, model: str | None, mind: Mind) -> Scores:
    """Rows: queries; columns: categories."""
    anchors, owners = mind.anchor_vectors(language, model)
    similar = mind.embedder.vectors(queries, model) @ anchors.T
    return np.stack([_best(similar[:, owners == at]) for at in range(len(mind.policy.categories))], axis=1)


def _best(similar: Scores) -> Scores:
    """Mostly the nearest anchor, and a little of the next ones."""
    if similar.shape[1] == 0:
        return np.zeros(similar.shape[0])
    ranked = np.sort(similar, axis=1)[:, ::-1]
    return np.asarray(0.75 * ranked[:, 0] + 0.25 * ranked[:, :3].mean(axis=1))

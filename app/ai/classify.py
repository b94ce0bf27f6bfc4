"""Classify: what the message is about, how much is at stake and how soon; words first, model second, the higher wins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.mind import Mind
from app.ai.spelling import slips
from app.ai.urgency import urgency_of
from app.governance.correction import UNCORRECTED, Correction
from app.governance.escalation import tier_of, triggers_in
from app.governance.policy import Category
from app.governance.proposal import Proposal, Tier, Trigger
from app.governance.prose import sentences

Scores = NDArray[np.floating[Any]]
READ = 1200  # characters of a message as one whole; the sentences beyond are read one by one
MOST_SENTENCES = 12
SHORTEST = 3  # words; less is a greeting


@dataclass(frozen=True, slots=True)
class Calibration:
    """From scores to the probability that the best category is right and covers the message.

    Fitted once by logistic regression over public messages whose category, or absence of one, is known.
    """

    bias: float
    top: float
    margin: float

    def confidence(self, top: float, margin: float) -> float:
        return float(1 / (1 + np.exp(-(self.bias + self.top * top + self.margin * margin))))


ENGLISH = Calibration(bias=-6.25, top=10.26, margin=8.45)
OTHERS = Calibration(bias=-5.61, top=8.95, margin=7.87)
CLEAR = 0.7  # one sentence that is about a category of its own
NOTHING = 0.30  # below this no category fits
PLAUSIBLE = 0.40  # a tier-3 category this likely raises the tier even where another is likelier
SPREAD = 14.0  # how sharply scores become shares


def classify(proposal: Proposal, mind: Mind, said: Correction = UNCORRECTED) -> Proposal:
    """Adds category, tier, confidence, urgency and triggers. The model may raise what the words say, never lower it.

    `said`: where a person set it right. The category they picked brings its own tier; nothing they say lowers that.
    """
    full_text = proposal.full_text or ""
    triggers = said.left(_triggers(full_text, proposal, mind))
    guess, confidence, model_tier = _judged(proposal, mind)
    picked = mind.policy.category(said.category)
    category = picked or guess
    if said.stakes or (picked and guess is None):  # finding no category asks for judgement; now there is one
        model_tier = Tier.LOOKUP
    floor = category.confidence_floor if category is not None else 1.0
    judged = max(tier_of(triggers), model_tier, category.tier if category is not None else Tier.JUDGEMENT)
    return replace(
        proposal,
        triggers=triggers,
        category=category.name if category is not None else None,
        confidence=round(confidence, 3),
        judged=judged,
        tier=judged if picked or confidence >= floor else max(judged, Tier.JUDGEMENT),
        urgency=urgency_of(full_text, triggers),
    )


def _triggers(full_text: str, proposal: Proposal, mind: Mind) -> tuple[Trigger, ...]:
    """What the phrases find, misspelled or not; and what the model hears beside them, unless a machine is speaking."""
    by_words = triggers_in(full_text, mind.policy, slips(full_text, proposal.language))
    alarms = None if proposal.machine_mail else mind.alarms
    heard = alarms.heard(full_text, proposal.language, mind.embedder) if alarms is not None else ()
    found = {trigger.trigger for trigger in by_words}
    return (*by_words, *(trigger for trigger in heard if trigger.trigger not in found))


def _judged(proposal: Proposal, mind: Mind) -> tuple[Category | None, float, Tier]:
    """(the likeliest category or none, how sure, the tier that the likely ones together ask for)."""
    queries = _queries(proposal)
    if not queries or not mind.policy.categories:
        return None, 0.0, Tier.JUDGEMENT
    scores = category_scores(queries, proposal.language, mind)
    order = np.argsort(scores)[::-1]
    margin = float(scores[order[0]] - scores[order[1]]) if len(order) > 1 else float(scores[order[0]])
    confidence = (ENGLISH if proposal.language == "en" else OTHERS).confidence(float(scores[order[0]]), margin)
    if confidence < NOTHING:
        return None, confidence, Tier.JUDGEMENT
    return mind.policy.categories[order[0]], confidence, _likely_tier(scores, mind)


def category_of(text: str, language: str | None, mind: Mind) -> str | None:
    """The category of one sentence, where it is clear by itself."""
    scores = category_scores([text], language, mind)
    first, second = np.argsort(scores)[::-1][:2] if len(scores) > 1 else (0, 0)
    calibration = ENGLISH if language == "en" else OTHERS
    sure = calibration.confidence(float(scores[first]), float(scores[first] - scores[second])) >= CLEAR
    return mind.policy.categories[int(first)].name if sure else None


def _queries(proposal: Proposal) -> list[str]:
    """The message as a whole, and its sentences where it has several: one question may hide in a long mail."""
    text = proposal.text or ""
    whole = text if len(text.split()) >= SHORTEST or len(text) > 8 else f"{proposal.subject}. {text}"
    if not any(char.isalpha() for char in whole):
        return []
    parts = [part for part in sentences(text) if len(part.split()) >= SHORTEST or len(part) > 2 * READ // 100]
    return [whole[:READ], *(parts[:MOST_SENTENCES] if len(parts) > 1 else [])]


def category_scores(queries: list[str], language: str | None, mind: Mind) -> Scores:
    """One score a category: how near its best examples are to the message and to its best sentence.

    One model a language: with descriptions instead of labels, the second one beside it added nothing that we could measure.
    """
    anchors, owners = mind.anchor_vectors(language)
    similar = mind.embedder.vectors(queries, language) @ anchors.T
    near = np.stack([_best(similar[:, owners == at]) for at in range(len(mind.policy.categories))], axis=1)
    return np.asarray(near[0] if len(near) == 1 else 0.5 * near[0] + 0.5 * near[1:].max(axis=0), dtype=np.float64)


def _best(similar: Scores) -> Scores:
    """Mostly the nearest example, and a little of the next ones."""
    if similar.shape[1] == 0:
        return np.zeros(similar.shape[0])
    ranked = np.sort(similar, axis=1)[:, ::-1]
    return np.asarray(0.75 * ranked[:, 0] + 0.25 * ranked[:, :3].mean(axis=1))


def _likely_tier(scores: Scores, mind: Mind) -> Tier:
    shares = np.exp(SPREAD * (scores - scores.max()))
    shares /= shares.sum()
    high = sum(
        share
        for share, category in zip(shares, mind.policy.categories, strict=True)
        if category.tier is Tier.HIGH_STAKES
    )
    return Tier.HIGH_STAKES if high >= PLAUSIBLE else Tier.LOOKUP

"""Retrieve: the passages of approved sources that may answer, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from app.ai.conflict import rivals
from app.ai.embed import model_of
from app.ai.mind import Mind
from app.ai.nearness import doubt, everyday, nearer_elsewhere, nearness, ordering
from app.ai.weights import Vectors
from app.governance.proposal import Passage, Proposal
from app.governance.prose import sentences

MOST = 6
# The score below which a passage is about something else; one model alone has another scale than two.
RELEVANT = {"en": 0.30, "": 0.30}
FAINT = 0.75  # of it, where the category is sure: then its sources are the right place to look
SURE = 0.8
READ = 800  # as the classifier reads it: what was read once is not read again
MOST_SENTENCES = 8
ELSEWHERE = 0.05  # where a source of another category is so much nearer, this is not the right category
CONTESTED = 3  # so many of the nearest passages are held against all others


def retrieve(proposal: Proposal, mind: Mind, today: date, instruction: str = "") -> Proposal:
    """Adds passages. An empty tuple: retrieval ran, and no approved source answers this.

    `instruction`: what a person wants the reply to speak of; looked for in the same sources and no others.
    """
    category = mind.policy.category(proposal.category)
    usable = mind.passages_for(category, proposal.language, today) if category is not None else ()
    queries = [*asked(proposal.text or ""), *asked(instruction)]
    if not queries or not usable or strays(queries[0], usable, mind, proposal.language):
        return replace(proposal, passages=())
    near = nearness(queries, usable, mind, proposal.language)
    least = leasts(queries, mind, proposal.language, sure=(proposal.confidence or 0.0) >= SURE)
    least += doubt(queries[0], near, usable, mind, proposal.language)
    clear = {passage.id for passage, column in zip(usable, near.passages.T, strict=True) if (column >= least).any()}
    ranked = _scored(usable, ordering(near, usable, mind))
    first = [passage for passage in ranked if passage.id in clear][:MOST]
    return replace(proposal, passages=tuple(beside(first, ranked, mind, proposal.language)))


def strays(text: str, passages: Sequence[Passage], mind: Mind, language: str | None) -> bool:
    """Is another category's source clearly nearer than these?"""
    return bool(passages and text.strip()) and nearer_elsewhere(text[:READ], passages, mind, language) > ELSEWHERE


def leasts(queries: Sequence[str], mind: Mind, language: str | None, *, sure: bool) -> Vectors:
    """The score from which on a passage speaks of each query: more for a query that is a little near to everything."""
    least = RELEVANT[model_of(language)] * (FAINT if sure else 1.0)
    return np.asarray(least + everyday(queries, mind, language), dtype=np.float32)


def search(query: str, mind: Mind, k: int, language: str | None = None) -> list[Passage]:
    """The best of all passages, internal and stale ones too: for people, never for drafts."""
    every = [passage for passage in mind.by_id.values() if language is None or passage.language == language]
    ranked = ranked_passages([query[:READ]], every, mind, language)
    return beside(ranked[:k], ranked, mind, language)[:k]


def beside(near: Sequence[Passage], passages: Sequence[Passage], mind: Mind, language: str | None) -> list[Passage]:
    """The near ones, each of the first followed by what contradicts it, however far from the question that is."""
    found: dict[str, Passage] = {}
    for at, passage in enumerate(near):
        against = rivals(passage, passages, mind, language) if at < CONTESTED else []
        found |= {one.id: one for one in (passage, *against) if one.id not in found}
    return list(found.values())


def asked(text: str) -> list[str]:
    """The message as a whole and its sentences: the question may be one line of a long mail."""
    parts = [part for part in sentences(text) if len(part) > 12]
    return [text[:READ], *(parts[:MOST_SENTENCES] if len(parts) > 1 else [])] if text.strip() else []


def ranked_passages(
    queries: Sequence[str], passages: Sequence[Passage], mind: Mind, language: str | None
) -> list[Passage]:
    """With their scores, best first."""
    if not queries or not passages:
        return []
    return _scored(passages, ordering(nearness(queries, passages, mind, language), passages, mind))


def _scored(passages: Sequence[Passage], near: Vectors) -> list[Passage]:
    scored = (
        replace(passage, score=round(float(score), 4))
        for passage, score in zip(passages, near.max(axis=0), strict=True)
    )
    return sorted(scored, key=lambda passage: -passage.score)

"""Conflict: another approved source that states another figure for the same matter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from app.ai.embed import model_of
from app.ai.mind import Mind
from app.ai.nearness import titled
from app.governance.checks import denies
from app.governance.facts import clauses, differing, facts, same_matter
from app.governance.proposal import Passage, Sentence
from app.governance.prose import sentences

ALIKE = {"en": 0.42, "": 0.65}  # how near two sentences under their titles are that speak of one thing


def conflict(
    claim: Sentence, passages: Sequence[Passage], mind: Mind, language: str | None
) -> tuple[Passage, str] | None:
    """A statement of another source about the same matter with another value, and where it stands."""
    cited = [passage for passage in passages if passage.id in claim.sources]
    said = [part for part in clauses(claim.text) if facts(part)]
    if not cited or not said:
        return None
    ours = {_source(passage) for passage in cited}
    others = ((other, line) for other in passages if _source(other) not in ours for line in sentences(other.text))
    return next(
        (
            (other, line)
            for other, line in others
            if any(_differ(one, part) for one in said for part in clauses(line))
            and _alike(titled(cited[0], claim.text), titled(other, line), mind, language)
        ),
        None,
    )


def rivals(passage: Passage, passages: Sequence[Passage], mind: Mind, language: str | None) -> list[Passage]:
    """Those of other sources that state another figure for some matter of this passage: whoever reads one must see both."""
    ours = [(line, said) for line in sentences(passage.text) for said in _stated(line)]
    others = [other for other in passages if ours and _source(other) != _source(passage)]
    return [
        other
        for other in others
        if any(
            _contrary(said, theirs) and _alike(titled(passage, line), titled(other, against), mind, language)
            for against in sentences(other.text)
            for theirs in _stated(against)
            for line, said in ours
        )
    ]


@lru_cache(maxsize=20_000)
def _stated(line: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The clauses of this sentence that hold a figure, and its kinds: read once for each line of a source."""
    return tuple((part, frozenset(found)) for part in clauses(line) if (found := facts(part)))


def _contrary(one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]) -> bool:
    return bool(one[1] & other[1]) and _differ(one[0], other[0])


def _source(passage: Passage) -> str:
    return passage.id.partition("#")[0]


def _differ(one: str, other: str) -> bool:
    return differing(one, other) is not None and same_matter(one, other) and denies(one) == denies(other)


def _alike(one: str, other: str, mind: Mind, language: str | None) -> bool:
    models = ("en", "") if model_of(language) == "en" else ("",)
    pairs = [mind.embedder.vectors([one, other], model, lasting=True) for model in models]
    return sum(float(pair[0] @ pair[1]) for pair in pairs) / len(pairs) >= ALIKE[model_of(language)]

"""Lessons: what people's edits and rejections have in common, sentence by sentence. Offered to people; nothing learns by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.governance.material import Reply, Weight, material_edit
from app.governance.proposal import Passage
from app.governance.prose import overlap, sentences

NEAR = 0.3  # how much of a sentence's content its new wording keeps, at least
MOST = 10  # of each kind: a list that nobody reads teaches nobody
_WORDINGS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft that a person changed or refused. `became`: what was sent in its place; `reason`: why it was refused."""

    category: str | None
    language: str | None
    draft: str
    passages: Sequence[Passage]
    became: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """What people write in the place of a source's words. `was` empty: they add it; no wording: they take it out."""

    source: str | None
    was: str
    became: tuple[str, ...]
    times: int


@dataclass(frozen=True, slots=True)
class Failure:
    """What drafts of one category that were refused for one reason say."""

    category: str
    reason: str
    phrases: tuple[str, ...]
    times: int


def fixes(judged: Iterable[Judged]) -> tuple[Fix, ...]:
    """The changes of meaning, the most frequent first."""
    found = sorted((one for made in judged for one in _changes(made)), key=lambda one: (one[0] or "", one[1]))
    told = []
    for (source, was), group in groupby(found, key=lambda one: one[:2]):
        wordings = Counter(one[2] for one in group)
        became = tuple(words for words, _ in wordings.most_common(_WORDINGS) if words)
        told.append(Fix(source, was, became, wordings.total()))
    return tuple(sorted(told, key=lambda fix: -fix.times)[:MOST])


def _changes(made: Judged) -> Iterator[tuple[str | None, str, str]]:
    """(source, words, what they became). What is only said otherwise, and what a colleague adds for one customer, is none."""
    before, after = sentences(made.draft), sentences(made.became or "")
    new = [line for line in after if line not in before]
    for line in before:
        source = _source_of(line, made.passages)
        if line in after or source is None:
            continue
        nearest = max(new, key=lambda other: overlap(line, other), default="")
        instead = nearest if nearest and overlap(line, nearest) >= NEAR else ""
        if material_edit(Reply(line), Reply(instead), made.language).weight is Weight.MATERIAL:
            yield source, line, instead


def _source_of(line: str, passages: Sequence[Passage]) -> str | None:
    """The document that says it; a look-up's words hold a customer's facts and are nobody's lesson."""
    return next((one.source[0] for one in passages if one.until is None and line in sentences(one.text)), None)


def failures(judged: Iterable[Judged]) -> tuple[Failure, ...]:
    """By category and reason, with what at least half of such drafts say, the most frequent first."""
    refused = sorted((one for one in judged if one.reason), key=lambda one: (one.category or "", one.reason or ""))
    told = []
    for (category, reason), group in groupby(refused, key=lambda one: (one.category or "", one.reason or "")):
        drafts = list(group)
        said = Counter(
            line for one in drafts for line in dict.fromkeys(sentences(one.draft)) if _source_of(line, one.passages)
        )
        phrases = tuple(line for line, number in said.most_common(_WORDINGS) if 2 * number >= len(drafts))
        told.append(Failure(category, reason, phrases, len(drafts)))
    return tuple(sorted(told, key=lambda failure: -failure.times)[:MOST])

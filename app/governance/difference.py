"""Difference: what one text of a source says that the other does not, sentence by sentence and in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.governance.prose import sentences
from app.governance.sources import Source

SAME, GONE, ADDED = "same", "gone", "added"
_NAMES = {"title": "title", "owner": "owner", "review_by": "review date", "audience": "audience", "kind": "kind"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence that both have, that only the old one had, or that only the new one has."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`words`: the summary, a line each. `pieces`: the text, what stayed told apart from what did not."""

    words: tuple[str, ...]
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> tuple[Piece, ...]:
        """Without what stayed."""
        return tuple(piece for piece in self.pieces if piece.kind != SAME)


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """In reading order; of what was replaced, the old before the new."""
    return _told_apart(_lines(old), _lines(new))


def lines_unlike(old: str, new: str) -> tuple[Piece, ...]:
    """The same of two documents that people read line by line, without what stayed."""
    return tuple(piece for piece in _told_apart(old.splitlines(), new.splitlines()) if piece.kind != SAME)


def _told_apart(before: Sequence[str], after: Sequence[str]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for tag, start, end, begin, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Piece(SAME, text) for text in before[start:end]]
        else:
            found += [Piece(GONE, text) for text in before[start:end]]
            found += [Piece(ADDED, text) for text in after[begin:stop]]
    return tuple(found)


def _lines(text: str) -> tuple[str, ...]:
    """Its sentences, headings without their signs: people read them, not Markdown."""
    return tuple(line for sentence in sentences(text) if (line := sentence.lstrip("# ")))


def difference(old: Source | None, new: Source | None) -> Difference:
    """Between two versions of a document. None: it was not there yet, or is gone."""
    told = pieces(old.text if old else "", new.text if new else "")
    if new is None:
        return Difference(("it is retired: no draft may rest on it any more",), told)
    if old is None:
        return Difference(("it is new",), told)
    return Difference(tuple(_in_words(old, new, told)), told)


def _in_words(old: Source, new: Source, told: tuple[Piece, ...]) -> Iterator[str]:
    for name, word in _NAMES.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{word}: {before or 'nobody'} → {after or 'nobody'}"
    facts, others = dict(old.facts), dict(new.facts)
    for fact in sorted({*facts, *others}):
        if facts.get(fact) != others.get(fact):
            yield f"{fact}: {facts.get(fact, 'not stated')} → {others.get(fact, 'not stated')}"
    gone, added = (sum(piece.kind == kind for piece in told) for kind in (GONE, ADDED))
    yield f"text: {_counted(gone)} taken out, {_counted(added)} put in" if gone or added else "text: not a word changed"


def _counted(number: int) -> str:
    return f"{number} sentence{'' if number == 1 else 's'}"

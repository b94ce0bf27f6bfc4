"""Likeness: was this answer made from that draft, or is it somebody's own?"""

from __future__ import annotations

from app.governance.courtesy import WORDINGS
from app.governance.material import TOKEN, plain, without_courtesy
from app.governance.prose import sentences

_RUN = 3  # words in a row; twice as many characters in Japanese
LIKE = 0.35  # the share of the shorter text's runs from which one was made out of the other


def is_like(draft: str, answer: str, language: str | None) -> bool:
    """Was the answer made from the draft?"""
    return likeness(draft, answer, language) >= LIKE


def likeness(draft: str, answer: str, language: str | None) -> float:
    """How much of the shorter text stands in the other, courtesies aside, 0 to 1."""
    one, other = (_runs(text, language) for text in (draft, answer))
    if not one or not other:
        return float("".join(draft.split()) == "".join(answer.split()))
    return len(one & other) / min(len(one), len(other))


def _runs(text: str, language: str | None) -> frozenset[tuple[str, ...]]:
    wording = WORDINGS.get(language or "")
    lines = without_courtesy(text, wording, str(language))[0] if wording else sentences(plain(text))
    joined = " ".join(lines).lower()
    tokens = [char for char in joined if char.isalnum()] if language == "ja" else TOKEN.findall(joined)
    size = 2 * _RUN if language == "ja" else _RUN
    return frozenset(tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1))

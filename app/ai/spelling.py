"""Spelling: slips of the keyboard in English words that the escalation phrases look for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.governance.phrases import PHRASES

SHORTEST = 5  # letters; shorter words have too many neighbours
_WORD = re.compile(r"[a-z]+")


def slips(text: str, language: str | None) -> Mapping[str, str]:
    """Misspelled words and what they were to be: one letter missing, doubled, extra or two swapped. Never a known word."""
    if language != "en":  # the list of known words is English
        return {}
    words = {word for word in _WORD.findall(text.lower()) if SHORTEST - 1 <= len(word) <= _longest()}
    return {word: meant for word in words - _known() if (meant := _meant(word)) is not None}


def _meant(word: str) -> str | None:
    shorter = {word[:at] + word[at + 1 :] for at in range(len(word))}
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    found = {*((shorter | swapped) & _looked_for()), *_one_less().get(word, ())}
    return found.pop() if len(found) == 1 else None


@cache
def _looked_for() -> frozenset[str]:
    phrases = " ".join(phrase for rows in PHRASES.values() for phrase in rows)
    return frozenset(word for word in _WORD.findall(phrases.lower()) if len(word) >= SHORTEST)


@cache
def _longest() -> int:
    """Letters of a slip, one too many included. What is longer is none, and trying it out takes the square of its length."""
    return max(map(len, _looked_for())) + 1


@cache
def _one_less() -> Mapping[str, frozenset[str]]:
    """Each looked-for word with one letter left out, and the words that it may come from."""
    found: dict[str, frozenset[str]] = {}
    for word in _looked_for():
        for at in range(len(word)):
            left = word[:at] + word[at + 1 :]
            found[left] = found.get(left, frozenset()) | {word}
    return found


@cache
def _known() -> frozenset[str]:
    vocabulary = (Path(__file__).parent / "vocab" / "vocab.txt").read_text(encoding="utf-8")
    return frozenset(line for line in vocabulary.split() if line.isalpha()) | _looked_for()

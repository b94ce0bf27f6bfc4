"""Slips of the finger: two spellings of one word, told from two words as far as letters tell."""

from __future__ import annotations

import re
import unicodedata

_VOWELS = re.compile("[aeiouyäöüáéíóúàèâêîôûãõ]")
_TYPO, _SKELETON = 5, 7  # letters from which a word may hold a slip, or have lost a vowel


def is_typo(one: str, other: str, binding: re.Pattern[str]) -> bool:
    """Two spellings of one word of some length; never between two words that bind, such as would and could."""
    bound = [word for word in (one, other) if binding.fullmatch(word)]
    short, long = sorted((one, other), key=len)
    same_ends = (one[0], one[-1]) == (other[0], other[-1])
    if len(short) < _TYPO or not (one.isalpha() and other.isalpha()) or not same_ends or len(bound) == 2:
        return False
    if len(short) == len(long):
        return _is_swapped(one, other) or (not bound and _bare(one) == _bare(other))
    return len(long) - len(short) == 1 and (_is_doubled(short, long) or _has_lost_vowel(short, long))


def _is_swapped(one: str, other: str) -> bool:
    unlike = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return len(unlike) == 2 and unlike[1] == unlike[0] + 1 and sorted(one) == sorted(other)


def _is_doubled(short: str, long: str) -> bool:
    return re.sub(r"(.)\1", r"\1", long) == re.sub(r"(.)\1", r"\1", short)


def _has_lost_vowel(short: str, long: str) -> bool:
    within = any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    return within and len(short) >= _SKELETON - 1 and _VOWELS.sub("", long) == _VOWELS.sub("", short)


def _bare(word: str) -> str:
    """Without accents; an umlaut is a letter of its own: zahlen is not zählen."""
    decomposed = unicodedata.normalize("NFKD", word)
    kept = (char for char in decomposed if char == "\u0308" or not unicodedata.combining(char))
    return "".join(kept)

"""Escalation triggers in the customer's words: a floor of phrases that nothing may lower."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from app.governance.phrases import PHRASES
from app.governance.policy import Policy
from app.governance.proposal import Tier, Trigger
from app.governance.prose import folded

# What these say about the message itself; the others hand over without saying how high the stakes are.
HIGH_STAKES = frozenset(
    {"legal", "regulator", "safety", "selfharm", "threat", "fraud", "takeover", "money", "privacy", "discrimination"}
)
_GAP = r"[^\w]{1,3}"
_BETWEEN = rf"(?:[\w'’]{{1,24}}{_GAP}){{0,4}}?"
_QUOTE = 120
NO_SLIPS: Mapping[str, str] = MappingProxyType({})


def triggers_in(full_text: str, policy: Policy, slips: Mapping[str, str] = NO_SLIPS) -> tuple[Trigger, ...]:
    """Each trigger that fires, once, with the words that fired it. The policy's phrases extend ours.

    `slips`: misspelled words of this text and what they were to be; both spellings are looked for.
    """
    plain, corrected = _with_origins(full_text), _corrected(full_text, slips) if slips else None
    own = {entry.trigger: tuple(entry.phrases) for entry in policy.escalations}
    found = []
    for name in dict.fromkeys((*PHRASES, *own)):
        for text, origins in filter(None, (plain, corrected)):
            if (hit := _first(text, name, own.get(name, ()))) is not None:
                found.append(Trigger(name, _quote(full_text, origins, hit)))
                break
    return tuple(found)


def tier_of(triggers: Iterable[Trigger]) -> Tier:
    """The code floor: what the triggers alone make of a message."""
    return Tier.HIGH_STAKES if any(trigger.trigger in HIGH_STAKES for trigger in triggers) else Tier.LOOKUP


def _first(text: str, trigger: str, phrases: tuple[str, ...]) -> re.Match[str] | None:
    hits = (pattern.search(text) for pattern in (_built_in(trigger), _policys(phrases)) if pattern is not None)
    return min(filter(None, hits), key=lambda hit: hit.start(), default=None)


@cache
def _built_in(trigger: str) -> re.Pattern[str] | None:
    return _any_of(_pattern(phrase) for phrase in PHRASES.get(trigger, ()))


@cache
def _policys(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """The policy's phrases are plain words: nothing in them is a sign."""
    words = (_GAP.join(re.escape(word) for word in re.findall(r"\w+", folded(phrase))) for phrase in phrases)
    return _any_of(word for word in words if word)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all, at word boundaries where the script has them."""
    joined = "|".join(patterns)
    return re.compile(rf"(?<![a-z\d])(?:{joined})(?![a-z\d])", re.M) if joined else None


def _pattern(phrase: str) -> str:
    """A row of the table as a regular expression over folded text."""
    words = phrase.strip().replace("(… )", "\0").replace("… ", "\0")
    plain = re.sub(r"\((?!\?)", "(?:", folded(words)).replace("*", r"\w*")
    return plain.replace(" ", _GAP).replace("\0", _BETWEEN)


def _with_origins(text: str) -> tuple[str, list[int] | None]:
    """The folded text, and for each of its characters where it came from; None: the same places."""
    text = text.replace("_", " ")  # attachment names write it for a space
    if text.isascii():
        return text.lower(), None
    parts = [char.lower() if char.isascii() else folded(char) for char in text]
    return "".join(parts), [at for at, part in enumerate(parts) for _ in part]


def _corrected(text: str, slips: Mapping[str, str]) -> tuple[str, list[int]]:
    """The folded text with each slip as it was meant; a corrected word points into the misspelled one."""
    folded_text, origins = _with_origins(text)
    places = origins if origins is not None else list(range(len(folded_text)))
    parts, whence, at = list[str](), list[int](), 0
    for word in re.finditer("|".join(map(re.escape, slips)), folded_text):
        meant = slips[word[0]]
        parts += [folded_text[at : word.start()], meant]
        whence += places[at : word.start()]
        whence += [places[min(word.start() + step, word.end() - 1)] for step in range(len(meant) - 1)]
        whence.append(places[word.end() - 1])
        at = word.end()
    return "".join([*parts, folded_text[at:]]), [*whence, *places[at:]]


def _quote(text: str, origins: list[int] | None, hit: re.Match[str]) -> str:
    """The customer's own spelling of the words that fired."""
    start, end = hit.start(), max(hit.end() - 1, hit.start())
    if origins is not None:
        start, end = origins[start], origins[end]
    quote = " ".join(text[start : end + 1].split())
    return quote if len(quote) <= _QUOTE else quote[:_QUOTE] + "…"

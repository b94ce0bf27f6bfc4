"""Escalation triggers in the customer's words: a floor of phrases that nothing may lower."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

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


def triggers_in(full_text: str, policy: Policy) -> tuple[Trigger, ...]:
    """Each trigger that fires, once, with the words that fired it. The policy's phrases extend ours."""
    text, origins = _with_origins(full_text)
    own = {entry.trigger: tuple(entry.phrases) for entry in policy.escalations}
    found = (
        Trigger(name, _quote(full_text, origins, hit))
        for name in dict.fromkeys((*PHRASES, *own))
        if (hit := _first(text, name, own.get(name, ()))) is not None
    )
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
    if text.isascii():
        return text.lower(), None
    parts = [char.lower() if char.isascii() else folded(char) for char in text]
    return "".join(parts), [at for at, part in enumerate(parts) for _ in part]


def _quote(text: str, origins: list[int] | None, hit: re.Match[str]) -> str:
    """The customer's own spelling of the words that fired."""
    start, end = hit.start(), max(hit.end() - 1, hit.start())
    if origins is not None:
        start, end = origins[start], origins[end]
    quote = " ".join(text[start : end + 1].split())
    return quote if len(quote) <= _QUOTE else quote[:_QUOTE] + "…"

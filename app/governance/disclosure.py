"""Disclosure: the line that tells a customer that no person sent this, and the word in it that brings one."""

from __future__ import annotations

import re

from app.governance.policy import Policy
from app.governance.prose import folded

_QUOTED = re.compile(r"['‘’‚\"“”„«»‹›「」『』]([^'‘’‚\"“”„«»‹›「」『』]{1,40})['‘’‚\"“”„«»‹›「」『』]")
_FEW = 5  # words of a message that is nothing but the word


def line_for(policy: Policy | None, language: str | None) -> str | None:
    """The policy's line for every brand, in the customer's language; None: it names none, so nothing goes by itself."""
    lines = policy.disclosures if policy else ()
    found = (line.text.strip() for line in lines if line.brand == "*" and line.language == language)
    return next((text for text in found if text), None)


def with_line(text: str, line: str) -> str:
    """Exactly what the customer reads of a reply that nobody approved."""
    return f"{text}\n\n{line}"


def promised(policy: Policy) -> frozenset[str]:
    """The words that the lines tell customers to reply with, in whatever language."""
    return frozenset(folded(word).strip() for line in policy.disclosures for word in _QUOTED.findall(line.text))


def asks_for_a_person(text: str, policy: Policy) -> str | None:
    """The word, where somebody answers with it and little else; what they quote of our own line does not count."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [lines[0], " ".join(lines)] if lines else []
    for words in promised(policy):
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)" if words.isascii() else re.escape(words))
        if any(len(one.split()) <= _FEW and pattern.search(folded(one)) for one in said):
            return words
    return None

"""Failure patterns: known ways drafts go wrong. While one is open, no draft that matches it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.governance.proposal import Proposal
from app.governance.prose import folded

_WORDLESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")  # Japanese has no spaces to stand between


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What to look for: any of the phrases in the draft; or, in its categories, a finding of that check."""

    name: str
    categories: tuple[str, ...] = ()  # empty: wherever it is met
    phrases: tuple[str, ...] = ()
    finding: str | None = None


def matches(pattern: Pattern, proposal: Proposal) -> bool:
    """Does this draft go wrong in that known way?"""
    if proposal.draft is None or (pattern.categories and proposal.category not in pattern.categories):
        return False
    if pattern.finding and any(finding.check == pattern.finding for finding in proposal.findings or ()):
        return True
    text = folded(" ".join(proposal.draft.text.split()))
    return any(_stands_in(folded(" ".join(phrase.split())), text) for phrase in pattern.phrases if phrase.strip())


def _stands_in(phrase: str, text: str) -> bool:
    """As whole words: `art` is not in `start`."""
    if _WORDLESS.search(phrase):
        return phrase in text
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def matched(patterns: Iterable[Pattern], proposal: Proposal) -> str | None:
    """Which of them this draft matches, in words; None: none of them."""
    names = [pattern.name for pattern in patterns if matches(pattern, proposal)]
    return f"a known failure, not yet fixed: {', '.join(names)}" if names else None


def freezes(patterns: Iterable[Pattern], category: str | None) -> tuple[str, ...]:
    """Which of them keep that category at drafts: those that name it."""
    return tuple(pattern.name for pattern in patterns if category in pattern.categories)

"""Naming: how people read the names that a policy gives to categories and triggers."""

from __future__ import annotations

_CALLED = {"person": "Escalated by a person", "selfharm": "Self-harm"}  # what no heading can be made of


def titled(name: str) -> str:
    """`delivery-times` as a heading."""
    return name.strip("()").replace("-", " ").capitalize()


def fired(trigger: str) -> str:
    """What an escalation is about, as a heading; `person` stands where nobody but a person asked for it."""
    return _CALLED.get(trigger) or titled(trigger)


def in_words(reason: str, category: str | None) -> str:
    """What a rule says, with the category as its heading has it; a name without a hyphen is a word already."""
    return reason.replace(category, titled(category)) if category and "-" in category else reason

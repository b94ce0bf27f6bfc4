"""Naming: how people read the names that a policy gives to categories and triggers."""

from __future__ import annotations


def titled(name: str) -> str:
    """`delivery-times` as a heading."""
    return name.strip("()").replace("-", " ").capitalize()


def in_words(reason: str, category: str | None) -> str:
    """What a rule says, with the category as its heading has it; a name without a hyphen is a word already."""
    return reason.replace(category, titled(category)) if category and "-" in category else reason

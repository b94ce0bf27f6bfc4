"""Fingerprint: what makes a category's drafts what they are. Evidence belongs to it and to nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.governance.canonical import canonical
from app.governance.policy import Category, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What drafts are made with in every category; hashes stand for what is long."""

    model: str  # name and version; the embedded drafter has them too
    prompts: Mapping[str, str]
    retrieval: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Everything that goes into a draft of one category."""

    tools: Tools
    rules: Mapping[str, object]  # the category's effective rules; no floats
    sources: Mapping[str, str]  # approved documents of this category: name and language → hash of the text

    def parts(self) -> dict[str, object]:
        """As it is hashed, kept and compared."""
        return {
            "model": self.tools.model,
            "prompts": dict(self.tools.prompts),
            "retrieval": dict(self.tools.retrieval),
            "rules": dict(self.rules),
            "sources": dict(self.sources),
        }


def fingerprint(making: Making) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(making.parts())).hexdigest()


def changes(before: Making, after: Making) -> tuple[str, ...]:
    """Which parts differ, in words for people: why counting starts anew."""
    old, new = before.parts(), after.parts()
    return tuple(name for name, part in new.items() if old[name] != part)


def rules_of(category: Category, policy: Policy) -> dict[str, object]:
    """What the policy says of a category that shapes its drafts or what is proved of them; the rest voids nothing."""
    return {
        "category": category.name,
        "description": category.description,
        "examples": list(category.examples),
        "tier": int(category.tier),
        "languages": list(category.languages),
        "sources": list(category.sources),
        "confidence_floor": format(category.confidence_floor, "g"),
        "evidence": category.evidence,
        "sender": policy.name,  # signs every reply
    }

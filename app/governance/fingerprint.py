"""Fingerprint: what makes a category's drafts what they are. Evidence belongs to it and to nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.governance.canonical import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Everything that goes into a draft of one category, as texts; hashes stand for what is long."""

    model: str  # name and version; the embedded drafter has one too
    prompts: Mapping[str, str]
    retrieval: Mapping[str, str]
    rules: Mapping[str, object]  # the category's effective rules; no floats
    sources: Mapping[str, str]  # approved documents of this category: name and language → hash of the text


def fingerprint(making: Making) -> str:
    """SHA-256 of the canonical JSON."""
    parts = {
        "model": making.model,
        "prompts": dict(making.prompts),
        "retrieval": dict(making.retrieval),
        "rules": dict(making.rules),
        "sources": dict(making.sources),
    }
    return hashlib.sha256(canonical(parts)).hexdigest()


def changes(before: Making, after: Making) -> tuple[str, ...]:
    """Which parts differ, in words for people: why counting starts anew."""
    words = ("model", "prompts", "retrieval", "rules", "sources")
    return tuple(name for name in words if getattr(before, name) != getattr(after, name))

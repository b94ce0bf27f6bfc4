"""The mind: what the stages know under one policy version, computed on first use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

import numpy as np

from app.ai.embed import Embedder
from app.ai.model import Model
from app.ai.weights import Vectors
from app.governance.policy import Category, Policy
from app.governance.proposal import Passage
from app.governance.sources import Source, catalogue, is_stale


class Mind:
    """Embedder, policy, approved sources and, where one is configured, a language model."""

    def __init__(
        self, embedder: Embedder, policy: Policy, sources: Sequence[Source], model: Model | None = None
    ) -> None:
        self.embedder = embedder
        self.policy = policy
        self.sources = tuple(sources)
        self.model = model

    @cached_property
    def passages(self) -> dict[tuple[str, str], tuple[Passage, ...]]:
        """All passages by source id and language."""
        return catalogue(self.sources)

    @cached_property
    def by_id(self) -> dict[tuple[str, str], Passage]:
        """Each passage by its id and language."""
        return {(passage.id, passage.language): passage for group in self.passages.values() for passage in group}

    @cached_property
    def internal(self) -> tuple[Passage, ...]:
        """What no customer may read."""
        return tuple(passage for passage in self.by_id.values() if passage.audience != "public")

    @cached_property
    def public(self) -> tuple[Passage, ...]:
        """What any customer may read."""
        return tuple(passage for passage in self.by_id.values() if passage.audience == "public")

    def passages_for(self, category: Category, language: str | None, today: date) -> tuple[Passage, ...]:
        """What may answer in this category today: public, not stale, in the customer's language where there is one."""
        usable = {
            (source.id, source.language)
            for source in self.sources
            if source.audience == "public" and not is_stale(source, today)
        }
        keys = (
            next((key for key in ((name, language or "en"), (name, "en")) if key in usable), None)
            for name in category.sources
        )
        return tuple(passage for key in keys if key is not None for passage in self.passages[key])

    @cached_property
    def anchors(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The texts that describe the categories, and for each the index of its category."""
        texts = [(at, text) for at, category in enumerate(self.policy.categories) for text in _described(category)]
        return tuple(text for _, text in texts), np.array([at for at, _ in texts])

    def anchor_vectors(self, language: str) -> Vectors:
        """Their vectors under the model that reads that language."""
        return self.embedder.vectors(self.anchors[0], language, lasting=True)


def _described(category: Category) -> tuple[str, ...]:
    return (category.description, *category.examples) if category.description else category.examples

"""The mind: what the stages know under one policy version, computed on first use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.ai.alarms import Alarms
from app.ai.embed import Embedder
from app.ai.familiar import Familiar
from app.ai.language import language_at_a_glance
from app.ai.learned import Learned
from app.ai.model import Model
from app.ai.weights import Vectors
from app.governance import checks
from app.governance.lookups import Records
from app.governance.policy import Category, Policy
from app.governance.proposal import Passage
from app.governance.sources import Source, catalogue, disagreeing, why_unusable


class Mind:
    """Embedder, policy, approved sources and, where one is configured, a language model."""

    def __init__(
        self,
        embedder: Embedder,
        policy: Policy,
        sources: Sequence[Source],
        model: Model | None = None,
        alarms: Alarms | None = None,
        learned: Learned | None = None,
        records: Records | None = None,
        familiar: Familiar | None = None,
    ) -> None:
        self.embedder = embedder
        self.policy = policy
        self.sources = tuple(source for source in sources if source.look_up is None)
        self.look_ups = tuple(source for source in sources if source.look_up is not None)  # no words until filled
        self.records = records  # None: nobody's facts can be looked up
        self.model = model
        self.familiar = familiar  # None: a question is sought as it stands
        self.alarms = alarms  # None: only the phrases of the code floor are heard
        self.learned = (
            learned.under(policy) if learned is not None else None
        )  # None: categories are known by what the policy says of them
        self.fits: dict[str, Vectors] = {}  # of each passage as a whole, for what is usually asked: see nearness
        self._wholes: dict[str, tuple[tuple[Passage, ...], Vectors]] = {}
        self._anchored: dict[tuple[str | None, str | None], tuple[Vectors, NDArray[np.intp]]] = {}

    @cached_property
    def passages(self) -> dict[tuple[str, str], tuple[Passage, ...]]:
        """All passages by source id and language."""
        return catalogue(self.sources)

    @cached_property
    def by_id(self) -> dict[tuple[str, str], Passage]:
        """Each passage by its id and language."""
        return {(passage.id, passage.language): passage for group in self.passages.values() for passage in group}

    @cached_property
    def disagreeing(self) -> dict[tuple[str, str], str]:
        """Sources that contradict each other: none of them carries a draft."""
        return disagreeing(self.sources)

    @cached_property
    def internal(self) -> tuple[Passage, ...]:
        """What no customer may read."""
        return tuple(passage for passage in self.by_id.values() if passage.audience != "public")

    @cached_property
    def secret(self) -> checks.Runs:
        """The words in which a draft would give that away."""
        return checks.secret(self.internal, self.public)

    @cached_property
    def public(self) -> tuple[Passage, ...]:
        """What any customer may read."""
        return tuple(passage for passage in self.by_id.values() if passage.audience == "public")

    def passages_for(self, category: Category, language: str | None, today: date) -> tuple[Passage, ...]:
        """What may answer in this category today: usable, in the customer's language where there is one."""
        usable = {source.key for source in self.sources if why_unusable(source, self.disagreeing, today) is None}
        return tuple(passage for key in _chosen(category, language, usable) for passage in self.passages[key])

    def look_ups_for(self, category: Category, language: str | None, today: date) -> tuple[Source, ...]:
        """What may be looked up in this category today, as passages_for."""
        usable = {one.key: one for one in self.look_ups if why_unusable(one, {}, today) is None}
        return tuple(usable[key] for key in _chosen(category, language, usable))

    def wholes(self, model: str) -> tuple[tuple[Passage, ...], Vectors]:
        """All public passages that this model reads, and the vector of each as a whole."""
        if model not in self._wholes:
            read = tuple(passage for passage in self.public if model in {"", passage.language})
            texts = [whole(passage) for passage in read] or [""]
            self._wholes[model] = (read, self.embedder.vectors(texts, model, lasting=bool(read)))
        return self._wholes[model]

    def anchors(self, language: str | None) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """The texts that say what the categories are about, and for each the index of its category."""
        texts = [
            (at, text)
            for at, category in enumerate(self.policy.categories)
            for text in (*_described(category), *self._titles(category, language))
            if language != "en" or language_at_a_glance(text) in {"en", None}  # the English model reads nothing else
        ]
        return tuple(text for _, text in texts), np.array([at for at, _ in texts], dtype=np.intp)

    def _titles(self, category: Category, language: str | None) -> list[str]:
        """What the sections of its own sources are called: the questions that it answers, in English and in that language.

        A source that several categories share speaks for the first of the lowest tier: the look-up, not the exception.
        """
        own = [name for name in category.sources if self._owner(name) == category.name]
        keys = [(name, code) for name in own for code in dict.fromkeys(("en", language or "en"))]
        found = (passage for key in keys for passage in self.passages.get(key, ()))
        return [passage.title for passage in found if passage.audience == "public"]

    def _owner(self, source: str) -> str:
        sharing = (category for category in self.policy.categories if source in category.sources)
        return min(sharing, key=lambda category: category.tier).name

    def anchor_vectors(self, language: str | None, model: str | None) -> tuple[Vectors, NDArray[np.intp]]:
        """The vectors of that language's anchors under one model, and the index of each one's category."""
        if (language, model) not in self._anchored:
            texts, owners = self.anchors(language)
            self._anchored[language, model] = (self.embedder.vectors(texts, model, lasting=True), owners)
        return self._anchored[language, model]


def whole(passage: Passage) -> str:
    """A passage as the models read it."""
    return f"{passage.title}. {passage.text}"


def _chosen(category: Category, language: str | None, usable: Collection[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Of each of its documents the one in the customer's language, else the English one."""
    for name in category.sources:
        yield from [key for key in dict.fromkeys(((name, language or "en"), (name, "en"))) if key in usable][:1]


def _described(category: Category) -> tuple[str, ...]:
    return (category.description, *category.examples) if category.description else category.examples

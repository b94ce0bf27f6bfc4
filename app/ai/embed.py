"""The embedder: texts to vectors by language, loaded on first use, each text computed once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from app.ai.weights import LONGEST, Encoder, MiniLM, Universal, Vectors

REMEMBERED = 8192


def model_of(language: str | None) -> str:
    """The language as the embedder takes it: English has a model of its own, all others share one."""
    return "en" if language == "en" else ""


class VectorStore(Protocol):
    """Where vectors outlive the process. The key is the model's id and the text's sha256."""

    def get(self, model: str, digests: Sequence[str]) -> dict[str, bytes]:
        """The stored ones among these, as little-endian float32."""
        ...

    def put(self, model: str, vectors: dict[str, bytes]) -> None:
        """Keep them; the same key always has the same vector."""
        ...


class Embedder:
    """Two models side by side: one reads English best, the other reads every language alike."""

    def __init__(
        self,
        store: VectorStore | None = None,
        english: Callable[[], Encoder] = MiniLM,
        multilingual: Callable[[], Encoder] = Universal,
        remembered: int = REMEMBERED,
    ) -> None:
        self._store = store
        self._english = english
        self._multilingual = multilingual
        self._remembered = remembered
        self._memo: OrderedDict[tuple[str, str], Vectors] = OrderedDict()

    @cached_property
    def english(self) -> Encoder:
        """MiniLM, loaded now."""
        return self._english()

    @cached_property
    def multilingual(self) -> Encoder:
        """The universal encoder, loaded now."""
        return self._multilingual()

    def vectors(self, texts: Sequence[str], language: str | None, *, lasting: bool = False) -> Vectors:
        """One row of length 1 for each text. Rows compare only with rows of the same language's model.

        `lasting`: our own texts, policy and sources, whose vectors may be stored; a customer's never are.
        """
        encoder = self.english if language == "en" else self.multilingual
        digests = [hashlib.sha256(text[:LONGEST].encode(errors="replace")).hexdigest() for text in texts]
        wanted = dict(zip(digests, texts, strict=True))
        self._recall(encoder, wanted, self._store if lasting else None)
        if wanted:
            fresh = encoder.encode([text[:LONGEST] for text in wanted.values()])
            self._keep(encoder, dict(zip(wanted, fresh, strict=True)), self._store if lasting else None)
        rows = [self._memo[encoder.id, digest] for digest in digests]
        self._forget()
        return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)

    def _recall(self, encoder: Encoder, wanted: dict[str, str], store: VectorStore | None) -> None:
        """Take out of `wanted` what memo or store already know."""
        for digest in [digest for digest in wanted if (encoder.id, digest) in self._memo]:
            self._memo.move_to_end((encoder.id, digest))
            del wanted[digest]
        if store is not None and wanted:
            for digest, raw in store.get(encoder.id, list(wanted)).items():
                self._memo[encoder.id, digest] = np.frombuffer(raw, dtype="<f4").astype(np.float32)
                del wanted[digest]

    def _keep(self, encoder: Encoder, fresh: dict[str, Vectors], store: VectorStore | None) -> None:
        for digest, row in fresh.items():
            self._memo[encoder.id, digest] = row
        if store is not None:
            store.put(encoder.id, {digest: row.astype("<f4").tobytes() for digest, row in fresh.items()})

    def _forget(self) -> None:
        while len(self._memo) > self._remembered:
            self._memo.popitem(last=False)

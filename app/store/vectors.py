"""Vectors of our own texts, policy and sources, by model and text hash, so that each is embedded once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite

from app.store.tables import vector

_MOST = 500  # in one question: SQLite takes only so many parameters


class StoredVectors:
    """What the embedder keeps beyond its process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, model: str, digests: Sequence[str]) -> dict[str, bytes]:
        """The stored ones among these."""
        with self._engine.begin() as tx:
            return {
                row.sha256: row.numbers
                for part in _parts(digests)
                for row in tx.execute(
                    sa.select(vector.c.sha256, vector.c.numbers).where(
                        vector.c.model == model, vector.c.sha256.in_(part)
                    )
                )
            }

    def put(self, model: str, vectors: dict[str, bytes]) -> None:
        """Keep them. A second writer finds them kept, and the same key always has the same vector."""
        rows = [{"model": model, "sha256": digest, "numbers": numbers} for digest, numbers in vectors.items()]
        with self._engine.begin() as tx:
            insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
            tx.execute(insert(vector).on_conflict_do_nothing(), rows)


def _parts(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    return (digests[start : start + _MOST] for start in range(0, len(digests), _MOST))

"""Minds: the stages' shared knowledge, made once for each policy version and edition of the sources."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from app import learning
from app.ai.alarms import Alarms
from app.ai.embed import Embedder
from app.ai.familiar import Familiar
from app.ai.learned import Learned
from app.ai.mind import Mind
from app.ai.model import Model
from app.governance.lookups import Records
from app.governance.policy import Policy
from app.store import sources


class Minds:
    """Keeps the newest mind; the embedder outlives them all."""

    def __init__(
        self,
        readers: Engine,
        embedder: Embedder,
        model: Model | None,
        alarms: Alarms | None = None,
        home: Path | None = None,
        records: Records | None = None,
        familiar: Familiar | None = None,
    ) -> None:
        self._readers, self._embedder, self._model, self._alarms = readers, embedder, model, alarms
        self._home, self._records, self._familiar = home, records, familiar
        self._made: tuple[tuple[object, ...], Mind] | None = None

    def mind(self, policy: Policy) -> Mind:
        """For that policy and the sources as they stand."""
        with self._readers.begin() as tx:
            key = (policy.sha256, sources.edition(tx), self._learnt_at())
            if self._made is None or self._made[0] != key:
                known, learned = sources.current(tx), self._learned()
                made = Mind(
                    self._embedder, policy, known, self._model, self._alarms, learned, self._records, self._familiar
                )
                self._made = (key, made)
        return self._made[1]

    def _learnt_at(self) -> int:
        """When `learn` last wrote, so that a running worker takes it up."""
        file = self._home / learning.FILE if self._home is not None else None
        return file.stat().st_mtime_ns if file is not None and file.exists() else 0

    def _learned(self) -> Learned | None:
        return learning.known(self._home) if self._home is not None else None

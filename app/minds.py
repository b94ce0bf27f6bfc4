"""Minds: the stages' shared knowledge, made once for each policy version and edition of the sources."""

from __future__ import annotations

from sqlalchemy import Engine

from app.ai.alarms import Alarms
from app.ai.embed import Embedder
from app.ai.mind import Mind
from app.ai.model import Model
from app.governance.policy import Policy
from app.store import sources


class Minds:
    """Keeps the newest mind; the embedder outlives them all."""

    def __init__(self, readers: Engine, embedder: Embedder, model: Model | None, alarms: Alarms | None) -> None:
        self._readers, self._embedder, self._model, self._alarms = readers, embedder, model, alarms
        self._made: tuple[tuple[object, ...], Mind] | None = None

    def mind(self, policy: Policy) -> Mind:
        """For that policy and the sources as they stand."""
        with self._readers.begin() as tx:
            key = (policy.sha256, sources.edition(tx))
            if self._made is None or self._made[0] != key:
                self._made = (key, Mind(self._embedder, policy, sources.current(tx), self._model, self._alarms))
        return self._made[1]

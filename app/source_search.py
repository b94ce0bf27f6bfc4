"""Search in approved sources, for people: internal and stale ones are found too, and say so."""

from __future__ import annotations

from app import judging, wiring
from app.ai.language import language_at_a_glance
from app.ai.retrieve import search
from app.deps import Deps
from app.governance.proposal import Passage
from app.store import policies


class Searcher:
    """One load of the models for any number of questions."""

    def __init__(self, deps: Deps) -> None:
        with deps.readers.begin() as tx:
            policy = policies.in_force(tx, deps.clock.now())
        self._mind = wiring.minds(deps).mind(policy or judging.policy(None))

    def best(self, question: str, k: int) -> list[Passage]:
        """The nearest passages; in the question's language, where that has any."""
        own = language_at_a_glance(question)
        return (search(question, self._mind, k, own) if own else []) or search(question, self._mind, k)

"""Proposals as the pipeline would have made them, in a database of real processes, and Rosa who approves."""

from __future__ import annotations

from typing import Any

from app import review
from app.config import MANIFEST
from app.deps import Deps
from app.host import TicketRef
from app.store import staff
from app.store.tables import outbox
from tests import builders, house

STARTER = (MANIFEST / "sources/shipping-times.md").read_text(encoding="utf-8")


class House(house.House):
    """A house over dependencies that exist already."""

    def __init__(self, deps: Deps) -> None:
        self.deps, self.clock = deps, deps.clock
        self.host: Any = deps.hosts["zendesk"]  # what the other House calls FakeHost; only `fetch` is asked
        self.rosa = self.actor("rosa@acme.example")

    def prepare(self, ref: TicketRef, **changes: Any) -> str:
        """Resting on what the starter's source says, which is the one that these databases hold."""
        return super().prepare(ref, **(builders.resting_on(STARTER) | changes))

    def actor(self, email: str) -> review.Actor:
        with self.deps.readers.begin() as tx:
            member = staff.by_email(tx, email)
        assert member is not None
        return review.Actor(member, "queue")

    def offered(self, ref: TicketRef) -> str:
        """A draft that waits for a click; no note of it, so that only answers travel."""
        proposal = self.prepare(ref)
        with self.deps.engine.begin() as tx:
            tx.execute(outbox.delete().where(outbox.c.purpose == "offer", outbox.c.proposal_id == proposal))
        return proposal

"""A whole house below the web, over a fake host: prepared proposals, people who act, a doorbell that remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app import deliver as door
from app import figures, pipeline, review
from app.config import Settings
from app.deps import Deps
from app.governance.fingerprint import Tools
from app.host import Fate, TicketRef
from app.store import approvals, keyring, outbox, policies, proposals, sources, staff, switch
from app.store.engine import readers
from app.store.keys import Keys
from app.store.record import Stored
from tests import builders
from tests.builders import POLICY
from tests.fakes import ANA, ROSA, FakeHost


@dataclass
class Bell:
    """A doorbell that only remembers: tests open the door themselves."""

    rung: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, job: str, ids: Sequence[int]) -> None:
        self.rung += [(job, row_id) for row_id in ids]


def settings(home: Path) -> Settings:
    return Settings(
        home=home,
        database_url="",
        redis_url="",
        app_url="http://localhost:8000",
        key=bytes(range(32)),
        deployment="test",
        sandbox=True,
        zaf_sdk_url="",
        model="",
        model_fallbacks=(),
        undo_seconds=5,
        poll_seconds=60,
        smtp_url="",
        mail_from="countersign@acme.example",
        keeper=None,
        zendesk=None,
    )


class House:
    """`propose` puts a drafted, checked tier-1 proposal on a ticket, as the pipeline would."""

    made_with: Tools | None = None  # what drafts are made with; None: they are evidence for nothing

    def __init__(self, engine: Engine, clock: Any, home: Path, policy: str | None = POLICY) -> None:
        """`policy` None: there is one in that database already."""
        self.host, self.clock, self.bell = FakeHost(), clock, Bell()
        known = settings(home)
        reading = readers(engine)
        keys = Keys(known.key, keyring.finder(reading, known.key))
        self.deps = Deps(known, engine, reading, keys, {"zendesk": self.host}, self.bell, clock)
        with engine.begin() as tx:
            if policy is not None:
                keyring.prepare(tx, known.key)
                policies.publish(tx, policy, "ana", "ben", clock.now())
                sources.add(tx, builders.SOURCE, "shipping-times.md", "ana", clock.now())
            self.rosa = review.Actor(staff.meet(tx, "zendesk", ROSA, clock.now()), "sidebar")
            self.ana = review.Actor(staff.meet(tx, "zendesk", ANA, clock.now()), "settings")

    def propose(self, text: str = "When will my parcel come?", group: str = "Support", **changes: Any) -> str:
        """A new ticket and its concluded proposal; returns the proposal's id."""
        return self.prepare(self.host.new_ticket(text, group=group), **changes)

    def prepare(self, ref: TicketRef, **changes: Any) -> str:
        ticket, now = self.host.fetch(ref), self.clock.now()
        comment = ticket.newest_customer_comment()
        assert comment is not None
        with self.deps.engine.begin() as tx:
            policy = policies.in_force(tx, now)
            assert policy is not None
            queue = policy.queue_of(ticket.queue_keys)
            begun = proposals.begin(tx, self.deps.keys, ticket, comment, queue and queue.name, now, now)
            assert begun.stored is not None
        with self.deps.engine.begin() as tx:
            proposals.hold(tx, self.deps.keys, begun.stored.id)
            filled = builders.proposal(**changes)
            names = ("host", "ticket", "comment", "queue", "subject", "requester", "cc", "participants")
            filled = replace(filled, **{name: getattr(begun.stored.proposal, name) for name in names})
            stored = replace(begun.stored, record=replace(begun.stored.record, proposal=filled))
        pipeline.conclude(self.deps, stored, ticket, filled, self.made_with)
        return stored.id

    def seen(self, proposal_id: str) -> str:
        """What the sidebar would send along with the click."""
        stored = self.stored(proposal_id)
        with self.deps.engine.begin() as tx:
            return review.judged(self.deps, tx, stored, self.clock.now())[1].seen

    def approve(self, proposal_id: str, **how: Any) -> approvals.Approval:
        return review.approve(self.deps, proposal_id, self.seen(proposal_id), self.rosa, **how)

    def stored(self, proposal_id: str) -> Stored:
        with self.deps.engine.begin() as tx:
            stored = proposals.load(tx, self.deps.keys, proposal_id)
        assert stored is not None
        return stored

    def state(self, proposal_id: str) -> str:
        return self.stored(proposal_id).state

    def ref(self, proposal_id: str) -> TicketRef:
        proposal = self.stored(proposal_id).proposal
        return TicketRef(proposal.host, proposal.ticket)

    def deliver_due(self) -> list[outbox.Refusal | Fate | None]:
        """Everything that is due goes through the door once."""
        with self.deps.engine.begin() as tx:
            due = outbox.due(tx, self.clock.now())
        return [door.deliver(self.deps, row_id) for row_id in due]

    def after_undo(self) -> list[outbox.Refusal | Fate | None]:
        self.clock.tick(6)
        return self.deliver_due()


def answers(house: House) -> list[str]:
    """What customers have read, in order."""
    return [text for _, text in house.host.reached]


def claimed(house: House) -> Any:
    """The one row that is due, claimed by a worker that does nothing more."""
    with house.deps.engine.begin() as tx:
        (row_id,) = outbox.due(tx, house.clock.now())
    return claim(house, row_id)


def claim(house: House, row_id: int) -> Any:
    """That row's permit and message."""
    with house.deps.engine.begin() as tx:
        order = outbox.order(tx, row_id)
        assert order is not None
        standing = house.host.fetch(order.ref).standing(order.comment, "test")
        return outbox.claim(tx, house.deps.keys, row_id, standing, house.clock.now(), figures.counter(house.deps))


def scope(house: House, name: str) -> switch.ScopeState:
    """One scope of the switch as it stands."""
    with house.deps.engine.begin() as tx:
        return next(found for found in switch.scopes(tx) if found.scope == name)

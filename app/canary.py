"""The canary host: built in, reaches nobody. Its tickets and its ledger are rows of ours; its fence holds as Zendesk's does."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import Protocol

from app.deps import Deps
from app.governance.canary import HOST, QUEUE
from app.host import Comment, Fate, HostError, Outgoing, Permit, Person, Receipt, StaleFence, Ticket, TicketRef
from app.store import canaries

SLOW = 2.0  # seconds a slow answer takes: it is in flight when the switch is thrown
HANGS = 60.0  # seconds until the killed one would have gone on by itself; its sender dies long before
_NOBODY = Person(id="canary", name="A rehearsal", email=None)


class Sends(Protocol):
    """As much of a host as the door needs."""

    def prepare(self, message: Outgoing) -> Ticket:
        """See app.host."""
        ...

    def discard(self, message: Outgoing) -> None:
        """See app.host."""
        ...

    def send(self, permit: Permit, message: Outgoing) -> Receipt:
        """See app.host."""
        ...

    def kill(self, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        """See app.host."""
        ...

    def find(self, permit: Permit, message: Outgoing) -> Receipt | None:
        """See app.host."""
        ...


def host(deps: Deps, name: str) -> Sends:
    """The host of that name; the canary is found by nobody who goes through the hosts one by one."""
    return CanaryHost(deps) if name == HOST else deps.hosts[name]


def blank(ref: TicketRef, now: datetime, stamp: int = 1) -> Ticket:
    """A ticket that nobody wrote."""
    comment = Comment(id=f"{ref.ticket}-1", author=_NOBODY, public=True, text="A rehearsal", html=None, created_at=now)
    return Ticket(
        ref=ref, subject="Rehearsal of the stop", status="open", queue_keys=(f"{HOST}:{QUEUE}",), requester=_NOBODY, cc=(),
        participants=(), comments=(comment,), url="", fence=str(stamp),
    )  # fmt: skip


class CanaryHost:
    """Every call is a transaction of its own, as every request to a real host is."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def prepare(self, message: Outgoing) -> Ticket:
        """The ticket as its row is now: every change changes the stamp."""
        return blank(message.ref, self._now(), self._find(message.ref).stamp)

    def discard(self, message: Outgoing) -> None:
        """A stamp leaves nothing behind."""

    def send(self, permit: Permit, message: Outgoing) -> Receipt:  # noqa: ARG002 - as every host's
        """The request arrives, and is applied a while later, if nothing changed the ticket meanwhile."""
        ticket = int(permit.ref.ticket)
        with self._deps.engine.begin() as tx:
            asked = (int(permit.fence), permit.attempt, permit.send_id, os.getpid())
            canaries.arrive(tx, ticket, *asked, self._now())
        part = self._find(permit.ref).part
        time.sleep({canaries.SLOW: SLOW, canaries.KILLED: HANGS}.get(part, 0.0))
        with self._deps.engine.begin() as tx:
            applied = canaries.apply(tx, ticket, self._now())
        if not applied:
            raise StaleFence("the canary's ticket changed meanwhile")
        return self._receipt(permit)

    def kill(self, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        """Change the stamp, then look whether it was applied before."""
        with self._deps.engine.begin() as tx:
            canaries.touch(tx, int(permit.ref.ticket))
        found = self.find(permit, message)
        return (Fate.SENT, found) if found else (Fate.NEVER_SENT, None)

    def find(self, permit: Permit, message: Outgoing) -> Receipt | None:  # noqa: ARG002 - as every host's
        """What the ledger says of this send."""
        found = self._find(permit.ref)
        mine = found.applied_at is not None and found.send_id == permit.send_id
        return self._receipt(permit) if mine else None

    def _receipt(self, permit: Permit) -> Receipt:
        return Receipt(f"canary-{permit.ref.ticket}", f"canary-{permit.ref.ticket}-{permit.attempt}")

    def _find(self, ref: TicketRef) -> canaries.Canary:
        with self._deps.readers.begin() as tx:
            found = canaries.find(tx, ref.ticket)
        if found is None:
            raise HostError("there is no such canary", permanent=True)
        return found

    def _now(self) -> datetime:
        return self._deps.clock.now()

"""Assigning: the host's own ticket goes to an escalation's owner. A second write, best effort, never a word to anybody."""

from __future__ import annotations

from app.deps import Deps
from app.host import HostError, TicketRef
from app.store import escalations, handling


def assign(deps: Deps, ref: TicketRef) -> str | None:
    """Give the ticket to whoever owns what is open on it; what the host made of that is shown beside it."""
    with deps.readers.begin() as tx:
        one = escalations.place_on(tx, ref.host, ref.ticket)
    if one is None or not one.owner:
        return None
    how = _asked(deps, ref, one.owner)
    with deps.engine.begin() as tx:
        handling.assigned(tx, deps.keys, one, how, deps.clock.now())
    return how


def _asked(deps: Deps, ref: TicketRef, owner: str) -> str:
    try:
        return handling.GIVEN if deps.hosts[ref.host].assign(ref, owner) else handling.UNKNOWN
    except HostError as error:
        return handling.REFUSED if error.permanent else handling.AWAY

"""Handled: what was handed to people leaves their list once somebody answered, the ticket is over, or a person says so."""

from __future__ import annotations

from app import review
from app.deps import Deps
from app.governance.decision import Reason
from app.host import Ticket
from app.store import escalations, handled, proposals

_AT_ONCE = 200
_OVER = ("solved", "closed")


def look(deps: Deps, ticket: Ticket) -> None:
    """Of a ticket that was just read and written down. Most have nothing that could end it, and cost nothing."""
    if ticket.status in _OVER or any(one.public and one.author.is_staff for one in ticket.comments):
        with deps.readers.begin() as tx:
            found = handled.found(tx, ticket.ref, _AT_ONCE)
        _leave(deps, found)


def tidy(deps: Deps) -> bool:
    """Of all tickets, a part at a time: what ended beside a reading. True: there is more."""
    with deps.readers.begin() as tx:
        found = handled.found(tx, None, _AT_ONCE)
    _leave(deps, found)
    return len(found) == _AT_ONCE


def _leave(deps: Deps, found: list[tuple[str, str]]) -> None:
    for proposal_id, why in found:
        with deps.engine.begin() as tx:
            handled.leave(tx, proposal_id, why, "countersign", deps.clock.now())


def mark(deps: Deps, proposal_id: str, actor: review.Actor) -> None:
    """A person says that it is done. Raises review.Refusal: an open escalation ends with its own decision."""
    with review.changing(deps, proposal_id, *proposals.WITH_PEOPLE) as (tx, stored, facts):
        if escalations.place_of(tx, stored.id) is not None:
            raise review.Refused(Reason("escalation", "its escalation is open: close that, and it is done"))
        handled.leave(tx, stored.id, handled.DONE, actor.member.id, facts.at)

"""History: what happened on a ticket since it was last read, written down without the customer's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.ai.clean import as_seen
from app.ai.language import language_of
from app.ai.machine import machine_mail
from app.ai.quotes import new_part
from app.by_hand import is_a_persons
from app.deps import Deps
from app.governance.comeback import comeback
from app.governance.events import By, Kind
from app.host import Comment, Ticket
from app.store import engine, events
from app.store.events import Noted


def note(deps: Deps, ticket: Ticket) -> None:
    """Once for each thing that happened, however often the ticket is read."""
    if found := news(deps, ticket):
        with deps.engine.begin() as tx:
            engine.alone_with(tx, ticket.ref)
            events.add(tx, deps.keys, ticket.ref, found, deps.clock.now())


def news(deps: Deps, ticket: Ticket) -> list[Noted]:
    """What nobody has written down yet."""
    with deps.readers.begin() as tx:
        known = events.known(tx, ticket.ref)
    return [noted for noted in _seen(deps, ticket, known) if (noted.kind, noted.ref) not in known.refs]


def _seen(deps: Deps, ticket: Ticket, known: events.Known) -> Iterator[Noted]:
    public = [comment for comment in ticket.comments if comment.public]
    if public:
        yield Noted("opened", "opened", public[0].created_at, _opening(deps, ticket))
    for at, comment in enumerate(public):
        if comment.marker is not None or is_a_persons(comment):
            yield Noted("answered", comment.id, comment.created_at, _answer(deps, comment, public[:at]))
        elif not comment.author.is_staff and ("message", comment.id) not in known.refs:
            yield _message(ticket, comment, public[:at])
    if ticket.status != known.status:
        yield _status(deps, ticket, public, known)
    if ticket.rating is not None:
        yield Noted("rated", ticket.rating, deps.clock.now(), {"good": ticket.rating == "good"})


def _opening(deps: Deps, ticket: Ticket) -> dict[str, object]:
    """Who began it, and which closed ticket it goes on with."""
    follows = deps.keys.ticket(replace(ticket.ref, ticket=ticket.follows)) if ticket.follows else None
    return {"requester": deps.keys.subject(ticket.ref.host, ticket.requester.id), "follows": follows}


def _answer(deps: Deps, comment: Comment, before: list[Comment]) -> dict[str, object]:
    """Which send of ours it was, and to what the customer wrote last."""
    asked = [one.id for one in before if not one.author.is_staff]
    to = deps.keys.host_id(asked[-1]) if asked else None
    return {"send_id": comment.marker.send_id if comment.marker else None, "to": to}


def _message(ticket: Ticket, comment: Comment, before: list[Comment]) -> Noted:
    text = new_part(as_seen(comment)[0])
    mine = [new_part(as_seen(one)[0]) for one in before if not one.author.is_staff]
    answered = any(one.author.is_staff for one in before)
    said = comeback(text, mine[-1] if mine and answered else None, language_of(text))
    machine = machine_mail(comment, ticket.subject, text)
    kind = Kind.MACHINE if machine else Kind.THANKS if said.thanks else Kind.PLAIN
    facts = {"kind": kind.value, "confused": said.confused and answered, "wants_manager": said.wants_manager}
    return Noted("message", comment.id, comment.created_at, facts)


def _status(deps: Deps, ticket: Ticket, public: list[Comment], known: events.Known) -> Noted:
    """Whose doing it was, as far as one can tell: who wrote last since the status was last seen otherwise."""
    now = deps.clock.now()
    since = [one for one in public if known.status_at is None or one.created_at > known.status_at]
    last = since[-1] if since else None
    by, at = By.RULE, now
    if last is not None:
        by = By.CUSTOMER if not last.author.is_staff else By.OURS if last.marker else By.PERSON
        at = last.created_at
    facts = {"before": known.status, "after": ticket.status, "by": by.value}
    return Noted("status", now.isoformat(timespec="microseconds"), at, facts)

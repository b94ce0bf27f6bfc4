"""By hand: what people answered with the host's own button, and what that makes of the draft we offered."""

from __future__ import annotations

from sqlalchemy import Connection

from app.ai.clean import as_seen
from app.ai.quotes import new_part
from app.deps import Deps
from app.governance.outcome import How, of_answer
from app.governance.reviews import Outcome
from app.host import Comment, Person, Ticket
from app.store import outcomes, staff


def notice(deps: Deps, ticket: Ticket) -> None:
    """Record the outcome of every open proposal whose customer comment a person has answered meanwhile."""
    if not any(map(is_a_persons, ticket.comments)):
        return
    now, ref = deps.clock.now(), ticket.ref
    with deps.engine.begin() as tx:
        for stored in outcomes.open_on(tx, deps.keys, ref.host, ref.ticket):
            answer = _answer(ticket, stored.proposal.comment)
            if answer is None:
                continue
            judged, kinds = of_answer(stored.record.first, _words(answer))
            if judged is Outcome.OWN_ANSWER and _asked_again(ticket, stored.proposal.comment, answer):
                continue  # it may answer the newer comment: this one is superseded, not answered
            author = staff.by_host_id(tx, ref.host, answer.author.id) or _by_address(tx, answer.author)
            ending = outcomes.Ending(judged, How.BY_HAND, author.id if author else None, None, kinds)
            outcomes.record(tx, stored, ending, now)


def _by_address(tx: Connection, author: Person) -> staff.Member | None:
    """A mailbox has no ids of its own for the people who answer from it."""
    return staff.by_email(tx, author.email) if author.email else None


def _words(answer: Comment) -> str:
    """What was newly said; a mail program quotes what it answers."""
    text, _ = as_seen(answer)
    return new_part(text) if answer.by_mail else text


def is_a_persons(comment: Comment) -> bool:
    """A public comment that a member of staff wrote themselves: no send of ours, no trigger, no other bot."""
    by_a_person = comment.by_hand or comment.by_mail
    return comment.public and comment.author.is_staff and by_a_person and comment.marker is None


def _answer(ticket: Ticket, comment_id: str) -> Comment | None:
    """The first thing a person publicly said after that comment."""
    return next(filter(is_a_persons, _after(ticket, comment_id)), None)


def _asked_again(ticket: Ticket, comment_id: str, answer: Comment) -> bool:
    between = _after(ticket, comment_id)[: _after(ticket, comment_id).index(answer)]
    return any(comment.public and not comment.author.is_staff for comment in between)


def _after(ticket: Ticket, comment_id: str) -> tuple[Comment, ...]:
    ids = [comment.id for comment in ticket.comments]
    return ticket.comments[ids.index(comment_id) + 1 :] if comment_id in ids else ()

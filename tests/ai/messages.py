"""Messages for the stages: a ticket with one customer comment, and what clean makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.ai.clean import clean
from app.governance.proposal import Proposal
from app.host import Comment, Person, Ticket, TicketRef

MARIA = Person("c1", "Maria", "maria@home.example")
ROSA = Person("a1", "Rosa", "rosa@acme.example", role="agent")


def comment(text: str = "", number: int = 9, **changes: Any) -> Comment:
    fields = {"author": MARIA, "public": True, "html": None, "created_at": datetime(2026, 3, 2, 9, number, tzinfo=UTC)}
    return Comment(id=str(number), text=text, **(fields | changes))


def ticket(*comments: Comment, subject: str = "Question") -> Ticket:
    return Ticket(
        ref=TicketRef("zendesk", "35"),
        subject=subject,
        status="open",
        queue_keys=("zendesk:group:Support",),
        requester=MARIA,
        cc=(),
        participants=("maria@home.example",),
        comments=comments,
        url="",
        fence="1",
    )


def cleaned(text: str = "", subject: str = "Question", earlier: tuple[Comment, ...] = (), **changes: Any) -> Proposal:
    newest = comment(text, **changes)
    empty = Proposal(host="zendesk", ticket="35", comment="9", queue="support", subject=subject, requester="c1")
    return clean(empty, ticket(*earlier, newest, subject=subject), newest)

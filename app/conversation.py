"""The conversation as it is kept beside a draft, for whoever reads it."""

from __future__ import annotations

from app.ai.clean import as_seen
from app.host import Comment, Ticket
from app.store.record import Line

_SHOWN = 50  # comments of a long thread
_KEPT = 50_000  # characters of each


def conversation(ticket: Ticket) -> tuple[Line, ...]:
    """The latest comments, without our own notes."""
    told = [comment for comment in ticket.comments if comment.public or comment.marker is None]
    return tuple(_line(comment) for comment in told[-_SHOWN:])


def _line(comment: Comment) -> Line:
    """As people read it: without hidden text and markup."""
    text, _ = as_seen(comment)
    kept = text if len(text) <= _KEPT else f"{text[:_KEPT]}…"
    return Line(comment.author.name, comment.author.is_staff, comment.public, comment.created_at, kept)

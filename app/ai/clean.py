"""Clean: what the customer newly wrote, in which language, by whose hand, and what was hidden in it."""

from __future__ import annotations

import re
from dataclasses import replace

from app.ai.injection import injections
from app.ai.language import language_of
from app.ai.machine import machine_mail
from app.ai.markup import uncloaked, visible
from app.ai.quotes import new_part
from app.ai.redact import redactions
from app.governance.proposal import Injection, Proposal
from app.host import Comment, Ticket

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_QUOTED = 160
LONGEST = 500_000  # characters of a message that are read


def clean(proposal: Proposal, ticket: Ticket, comment: Comment) -> Proposal:
    """Adds text, full_text, language, machine_mail, injection and redactions. An empty text is a result.

    Who writes twice before anybody answers is answered once: the risk is that of everything they wrote.
    """
    seen, hidden = as_seen(comment)
    text = new_part(seen)
    subject = uncloaked(_CONTROLS.sub("", ticket.subject))[0]
    earlier = [as_seen(one) for one in _read_before(ticket, comment)]
    said = (subject, seen, *comment.attachments, *(before for before, _ in earlier))
    full_text = "\n".join(filter(None, said))
    hidden = (*hidden, *(quote for _, quotes in earlier for quote in quotes))
    return replace(
        proposal,
        text=text,
        full_text=full_text,
        language=_language(text, ticket, comment),
        machine_mail=machine_mail(comment, subject, seen),
        injection=(
            *(Injection("hidden", _short(quote)) for quote in hidden),
            *injections("\n".join((full_text, *hidden))),
        ),
        redactions=redactions(text),
    )


def _unanswered_before(ticket: Ticket, comment: Comment) -> list[Comment]:
    """What customers wrote before it since our side last answered, oldest first."""
    waiting: list[Comment] = []
    for one in ticket.comments:
        if one.id == comment.id:
            return waiting
        if one.public and one.author.is_staff:
            waiting.clear()
        elif one.public:
            waiting.append(one)
    return []


def _read_before(ticket: Ticket, comment: Comment) -> list[Comment]:
    """Of these the newest, until so much is read."""
    waiting, much = _unanswered_before(ticket, comment), len(_raw(comment))
    at = len(waiting)
    while at and much <= LONGEST:
        at -= 1
        much += len(_raw(waiting[at]))
    return waiting[at:]


def is_whole(ticket: Ticket, comment: Comment) -> bool:
    """Is all of it read that waits for an answer? Nobody writes so much; 35 MB of text would keep all others waiting for minutes."""
    waiting = [*_unanswered_before(ticket, comment), comment]
    return not any(one.partial for one in waiting) and sum(len(_raw(one)) for one in waiting) <= LONGEST


def _raw(comment: Comment) -> str:
    """What the host shows: `html` where there is any."""
    return comment.text if comment.html is None else comment.html


def as_seen(comment: Comment) -> tuple[str, tuple[str, ...]]:
    """The comment as a person reads it, and what was hidden."""
    raw = _CONTROLS.sub("", _raw(comment)[:LONGEST])
    shown, hidden = visible(raw) if comment.html is not None else (raw.replace("\r\n", "\n").strip(), ())
    text, spelled = uncloaked(shown)
    return text, (*(uncloaked(part)[0] for part in hidden), *spelled)


def _language(text: str, ticket: Ticket, comment: Comment) -> str | None:
    """Of the new words; where they are too few, of the customer's earlier ones, then of the subject."""
    earlier = (
        other for other in reversed(ticket.comments) if other.author.id == comment.author.id and other.id != comment.id
    )
    return (
        language_of(text) or next(filter(None, map(_language_of_comment, earlier)), None) or language_of(ticket.subject)
    )


def _language_of_comment(comment: Comment) -> str | None:
    return language_of(new_part(as_seen(comment)[0]))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTED else flat[:_QUOTED] + "…"

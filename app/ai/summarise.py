"""Summarise: for people only, what a high-stakes ticket is about and what we have promised in it so far."""

from __future__ import annotations

import re
from dataclasses import replace

from app.ai.clean import as_seen
from app.ai.masks import FOR_NOBODY
from app.ai.quotes import new_part
from app.ai.redact import redacted, redactions
from app.governance.proposal import Proposal, Summary
from app.governance.prose import folded, sentences
from app.host import Comment, Ticket

MOST = 4
MOST_COMMITMENTS = 8
# What staff said that binds us: an act in the future, a time, or money. Folded words, six languages.
_COMMITMENT = re.compile(
    r"\b(?:i|we)(?:'ll| will| shall| are going to| am going to)\b|\b(?:you|it)(?:'ll| will) (?:get|receive|have|be)\b|\b(?:promise|guarantee|refund(?:ed)?|credit(?:ed)?|replace(?:ment)?|compensat\w+|by (?:today|tomorrow|monday|tuesday|wednesday|thursday|friday|end of)|within \d+)\b"
    r"|\b(?:wir|ich) (?:werde\w*|melde\w*|erstatte\w*|schicke\w*|sende\w*|veranlasse\w*)\b|\bbis (?:morgen|montag|dienstag|mittwoch|donnerstag|freitag)\b|\binnerhalb von \d+\b"
    r"|\b(?:nous|je) (?:allons|vais|vous)\b|\b(?:remboursement|sous \d+|d'ici)\b|\b(?:vamos a|le (?:enviaremos|reembolsaremos|llamaremos)|en un plazo|antes del)\b"
    r"|\b(?:vamos|iremos|enviaremos|reembolsaremos|no prazo de|ate (?:amanha|segunda|sexta))\b|いたします|お送りします|返金|以内に",
)


def summarise(proposal: Proposal, ticket: Ticket) -> Proposal:
    """Adds summary: the customer's own weightiest sentences and staff's commitments, word for word, secrets masked."""
    said = _weightiest(proposal)
    lead = f"{ticket.requester.name or 'The customer'} wrote about “{_masked(ticket.subject)}”."
    commitments = [
        f"{comment.created_at:%d %b %H:%M}, {comment.author.name}: {_masked(line)}"
        for comment in ticket.comments
        if comment.public and comment.author.is_staff
        for line in _commitments(comment)
    ]
    text = " ".join((lead, *(f"“{_masked(line)}”" for line in said)))
    return replace(proposal, summary=Summary(text, tuple(commitments[-MOST_COMMITMENTS:])))


def _weightiest(proposal: Proposal) -> list[str]:
    """Sentences that hold a trigger's words or a figure first; told in the customer's order."""
    lines = list(dict.fromkeys(sentences(proposal.text or "")))
    quotes = [folded(trigger.quote) for trigger in proposal.triggers or ()]
    weight = {
        line: 3 * any(quote in folded(line) for quote in quotes)
        + bool(re.search(r"\d", line))
        + (len(line.split()) > 5)
        for line in lines
    }
    chosen = set(sorted(lines, key=lambda line: -weight[line])[:MOST])
    return [line[:300] for line in lines if line in chosen]


def _commitments(comment: Comment) -> list[str]:
    lines = sentences(new_part(as_seen(comment)[0]))
    return [line[:300] for line in lines if _COMMITMENT.search(folded(line)) and not line.endswith(("?", "？"))]


def _masked(text: str) -> str:
    return redacted(text, [span for span in redactions(text) if span.kind in FOR_NOBODY])

"""Notes: what people read inside the host beside a ticket, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.governance.decision import Decision
from app.governance.naming import fired, in_words
from app.governance.policy import Policy
from app.governance.proposal import Proposal

_SIGN = "Countersign"
_UNOWNED_DUE = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Matter:
    """Why a ticket is handed over, to whom, and by when they act."""

    trigger: str
    why: str
    owner: str
    due_at: datetime


def matter(proposal: Proposal, decision: Decision, policy: Policy | None, now: datetime) -> Matter:
    """The most urgent of all triggers names the owner; without any, whoever owns what cannot be answered."""
    named = [(policy.escalation(hit.trigger), hit) for hit in proposal.triggers or ()] if policy else []
    owned = sorted(((entry, hit) for entry, hit in named if entry), key=lambda pair: pair[0].due)
    if owned:
        entry, _ = owned[0]
        why = "; ".join(f"{fired(hit.trigger)}: “{hit.quote}”" for _, hit in owned)
        return Matter(entry.trigger, why, entry.owner, now + entry.due)
    first = decision.reasons[0]
    rule, why = first.rule, in_words(first.text, proposal.category)  # the gravest objections stand first
    if policy is None:
        return Matter(rule, why, "", now + _UNOWNED_DUE)
    return Matter(rule, why, policy.cannot_answer.owner, now + policy.cannot_answer.due)


def hand_over(matter: Matter, proposal: Proposal) -> str:
    """The note of a hand-over. While the switch is off there is no summary, so nothing a model wrote."""
    parts = [
        f"{_SIGN}: this one is for a person. Nothing is sent automatically.",
        f"Why: {matter.why}",
        f"Owner: {matter.owner or 'nobody named – please assign'}\nNext action due: {_when(matter.due_at)}",
    ]
    if proposal.summary:
        parts.append(f"Summary: {proposal.summary.text}")
        parts += [f"Promised so far: {commitment}" for commitment in proposal.summary.commitments]
    return "\n\n".join(parts)


def overdue(before: str, to: str, due: datetime) -> str:
    """The note of an escalation that the clock gave to somebody else."""
    why = f"nobody acted in time; it was {before}'s" if before else "nobody owned it"
    return f"{_SIGN}: {why}.\n\nOwner: {to}\nNext action due: {_when(due)}"


def passed_on(by: str, to: str, due: datetime) -> str:
    """The note of an escalation that a person gave to another."""
    return f"{_SIGN}: passed on by {by}.\n\nOwner: {to}\nNext action due: {_when(due)}"


def acting(by: str, action: str, due: datetime) -> str:
    """The note of somebody who acts."""
    return f"{_SIGN}: {by} has this one.\n\nNext: {action}\nBy: {_when(due)}"


def closed(by: str, document: str | None, reason: str) -> str:
    """The note of the end."""
    return f"{_SIGN}: escalation closed by {by}.\n\nTo document: {document or 'nothing'}\nWhy: {reason}"


def _when(due: datetime) -> str:
    return due.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC")


def escalated(by: str, to: str, due: datetime, note: str) -> str:
    """The note of a person's escalation."""
    return f"{_SIGN}: escalated by {by}.\n\nOwner: {to}\nNext action due: {_when(due)}\n\n{note}".strip()


def offer(proposal: Proposal, decision: Decision) -> str:
    """The note of an offered draft: the words, where they come from, and why a person decides."""
    draft = proposal.draft
    assert draft is not None  # noqa: S101 - only drafts are offered
    cited = sorted({source for sentence in draft.sentences for source in sentence.sources})
    why = "\n".join(f"• {in_words(reason.text, proposal.category)}" for reason in decision.reasons)
    titles = {passage.id: passage.title for passage in proposal.passages or ()}
    named = dict.fromkeys(titles.get(source, source) for source in cited if not source.startswith("template#"))
    sources = ", ".join(named) or "none"
    return f"{_SIGN} suggests this reply ({decision.mode.label} mode):\n\n{draft.text}\n\nSources: {sources}\n{why}"

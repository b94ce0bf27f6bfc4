"""Triage: what would be done with a message and why, with the switch LIVE, nothing frozen and no evidence."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.ai.mind import Mind
from app.governance.decision import Controls, Decision, Freeze, Switch, decide
from app.governance.document import iso
from app.governance.policy import Policy
from app.governance.proposal import Proposal, Tier
from app.letters import Letter
from app.stages import think

OPEN = Controls(
    switch=Switch.LIVE,
    freeze=Freeze.NONE,
    moved_on=None,
    practice=False,
    foreign_marker=False,
    source_trouble=None,  # the draft was made of them a moment ago
    failure=None,
)


def judge(letter: Letter, mind: Mind, now: datetime) -> tuple[Proposal, Decision]:
    """All stages and the decision, without any service."""
    ticket = letter.as_ticket(now)
    queue = mind.policy.queues[0].name
    proposal = Proposal(
        host=ticket.ref.host,
        ticket=letter.id,
        comment=letter.id,
        queue=queue,
        subject=letter.subject,
        requester=ticket.requester.id,
        participants=ticket.participants,
    )
    proposal = think(proposal, ticket, ticket.comments[0], mind, now.date(), live=True)
    return proposal, decide(proposal, mind.policy, OPEN)


def as_json(letter: Letter, proposal: Proposal, decision: Decision, policy: Policy) -> dict[str, Any]:
    """The object of DESIGN §4."""
    unsure = _unsure(proposal, policy)
    return {
        "id": letter.id,
        "category": None if unsure else proposal.category,
        "tier": int(max(proposal.tier or Tier.JUDGEMENT, Tier.JUDGEMENT) if unsure else proposal.tier or 0) or None,
        "urgency": proposal.urgency.name.lower() if proposal.urgency is not None else "normal",
        "language": proposal.language,
        "confidence": None if proposal.confidence is None else round(proposal.confidence, 4),
        "escalation": [_escalation(hit.trigger, hit.quote, policy) for hit in proposal.triggers or ()],
        "machine_mail": asdict(proposal.machine_mail[0]) if proposal.machine_mail else None,
        "injection": [asdict(mark) for mark in proposal.injection or ()],
        "action": decision.action.name.lower(),
        "mode": decision.mode.label,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "draft": asdict(proposal.draft) if proposal.draft else None,
        "abstained": asdict(proposal.abstained) if proposal.abstained else None,
        "summary": asdict(proposal.summary) if proposal.summary else None,
        "redactions": [asdict(span) for span in proposal.redactions or ()],
    }


def _unsure(proposal: Proposal, policy: Policy) -> bool:
    category = policy.category(proposal.category)
    return category is not None and (proposal.confidence or 0.0) < category.confidence_floor


def _escalation(trigger: str, quote: str, policy: Policy) -> dict[str, str | None]:
    entry = policy.escalation(trigger)
    return {
        "trigger": trigger,
        "quote": quote,
        "owner": entry.owner if entry else None,
        "due": iso(entry.due) if entry else None,
    }

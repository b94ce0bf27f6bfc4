"""Told: what the log commits to when an answer leaves: the message, the draft, the sources as they stood, the text as sent."""

from __future__ import annotations

from app.governance.canonical import canonical
from app.governance.proposal import Passage, Proposal
from app.host import Outgoing
from app.store.audit import Words
from app.store.record import Stored


def told(stored: Stored, key: bytes, message: Outgoing) -> Words:
    """Everything a receipt shows that is a customer's, under that customer's key."""
    proposal = stored.proposal
    facts = {
        "subject": proposal.subject,
        "requester": proposal.requester,
        "cc": list(message.cc),
        "message": proposal.full_text or proposal.text or "",
        "body": message.body,
        "reasons": [{"rule": reason.rule, "text": reason.text} for reason in stored.record.reasons],
        "judged": _judged(proposal),
        "sentences": [
            {"text": sentence.text, "sources": list(sentence.sources)}
            for sentence in (proposal.draft.sentences if proposal.draft else ())
        ],
        "sources": [_source(passage) for passage in proposal.passages or ()],
        "findings": [{"check": finding.check, "text": finding.text} for finding in proposal.findings or ()],
    }
    return Words(stored.subject_key, key, canonical(facts))


def _judged(proposal: Proposal) -> dict[str, object]:
    """Floats have no one spelling: confidence is written with four digits."""
    return {
        "category": proposal.category,
        "tier": int(proposal.tier) if proposal.tier else None,
        "language": proposal.language,
        "urgency": str(proposal.urgency) if proposal.urgency else None,
        "confidence": None if proposal.confidence is None else f"{proposal.confidence:.4f}",
    }


def _source(passage: Passage) -> dict[str, str]:
    return {"id": passage.id, "title": passage.title, "sha256": passage.sha256, "text": passage.text}

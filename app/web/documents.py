"""The shapes of the JSON side: what `countersign queue --json` prints, and more for the pages' own use."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app import desk, desk_words


def whole(item: desk.Item) -> dict[str, Any]:
    """Everything that a page shows of a proposal."""
    return {
        **desk_words.row(item),
        "language": item.language,
        "urgency": item.urgency,
        "confidence": item.confidence,
        "requester_name": item.requester_name,
        "customer_text": item.customer_text,
        "sentences": [asdict(sentence) for sentence in item.sentences],
        "findings": [asdict(finding) for finding in item.findings],
        "abstained": asdict(item.abstained) if item.abstained else None,
        "moved_on": item.moved_on,
        "can_approve": item.can_approve,
        "approval": {"by": item.approval.by, "due_at": item.approval.due_at.isoformat()} if item.approval else None,
        "owner": {"name": item.owner.name, "due_at": item.owner.due_at.isoformat()} if item.owner else None,
        "outcome": item.outcome,
        "sent_at": item.sent_at.isoformat() if item.sent_at else None,
        "policy_version": item.policy_version,
    }


def ticket(view: desk.TicketView) -> dict[str, Any]:
    """What Countersign makes of a ticket."""
    item = whole(view.item) if view.item else None
    return {"item": item, "working": view.working, "switch": view.switch, "troubles": list(view.troubles)}


def scope(shown: desk.Scope, effect: desk.Effect) -> dict[str, Any]:
    """One scope of the switch. `stop_would`: the numbers before anybody presses."""
    return {
        "scope": shown.scope,
        "state": shown.state,
        "changed_by": shown.changed_by,
        "changed_at": shown.changed_at.isoformat(),
        "confirmed_ms": shown.confirmed_ms,
        "sent_before": shown.sent_before,
        "unclear": shown.unclear,
        "to_humans": shown.to_humans,
        "restore_asked_by": shown.restore_asked_by,
        "in_flight": list(shown.in_flight),
        "stop_would": asdict(effect),
    }

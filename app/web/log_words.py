"""The log's entries in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from markupsafe import Markup

from app.web.language import told
from app.web.words import SCOPES, moment

HAPPENED = {
    "answer.intent": "A reply was let go", "answer.outcome": "A reply ended", "answer.refused": "A reply was not let go",
    "offer.intent": "A note with the draft was let go", "offer.outcome": "A note with the draft ended",
    "offer.refused": "A note was not written", "hand-over.intent": "A hand-over note was let go",
    "hand-over.outcome": "A hand-over note ended", "proposal.begun": "A message came", "proposal.decided": "Judged",
    "batch.begun": "A batch was asked for", "correction.begun": "A correction run began", "correction.again": "A correction run went on", "proposal.approved": "Approved", "approval.undone": "Approval taken back", "proposal.rejected": "Rejected",
    "proposal.superseded": "A newer message came", "proposal.stepped-back": "Somebody else answered",
    "proposal.given-up": "Left to people", "draft.edited": "Draft edited", "category.confirmed": "Category confirmed",
    "answer.held": "Held before it goes by itself", "hold.cancelled": "Kept from going by itself",
    "ramp.asked": "A wider step was asked for", "ramp.raised": "Auto-send widened", "ramp.lowered": "Auto-send narrowed",
    "review.second": "Looked at a second time", "review.settled": "Settled between reviewers",
    "escalation.opened": "Escalated: the ticket stopped", "escalation.owned": "The escalation has an owner",
    "escalation.acting": "The owner acts", "escalation.reminded": "The owner was reminded", "escalation.closed": "Escalation closed",
    "escalation.assigned": "Ticket given to the owner", "switch.installed": "Switch installed",
    "switch.off": "Turned OFF", "switch.confirmed": "CONFIRMED", "switch.restore-asked": "Restore asked for",
    "switch.restore-taken-back": "Request to restore taken back", "switch.live": "Restored",
    "policy.published": "Policy published", "source.added": "Source added", "role.set": "Role set", "language.chosen": "Language chosen", "person.named": "Named as somebody who answers",
    "log.exported": "Log exported", "erasure.asked": "Erasure asked for", "erasure.done": "A person was forgotten",
    "person.shown": "A person's data was shown", "person.held": "Legal hold", "person.released": "Legal hold lifted",
    "content.expired": "Old texts deleted", "session.opened": "Signed in", "session.ended": "Signed out",
    "sessions.ended": "Signed out everywhere", "staff.left": "No longer staff at the host",
    "evidence.carried": "Evidence carried over after an update", "evidence.ended": "Drafts differ since an update",
    "evidence.planned": "Evidence plan registered", "ticket.noted": "Something happened on a ticket",
    "guardrail.crossed": "A guardrail was crossed", "freeze.opened": "Frozen", "freeze.lifted": "A freeze was lifted",
    "freeze.thaw-asked": "A freeze is asked to be lifted", "drill.begun": "A rehearsal of the stop began",
    "drill.certificate": "Certificate of a rehearsal", "drill.restored": "Offered again after a rehearsal",
    "switch.removed": "A rehearsal's queue was closed", "stop-link.made": "A phone link was made",
    "practice.made": "A practice draft was made", "practice.revealed": "A practice draft was revealed",
    "draft.inserted": "Draft put into the thread", "proposal.corrected": "Corrected by a person", "proposal.ended": "How it ended",
    "source.new": "A source came", "source.changed": "A source changed", "replies.reconciled": "Compared with the host's own record",
    "token.put": "Connected", "policy.saved": "Policy draft saved", "policy.requested": "A policy change was asked for", "policy.approved": "A policy change was approved",
    "stop-link.used": "A phone link stopped", "stop-link.withdrawn": "A phone link was withdrawn",
}  # fmt: skip
SHOWN = (
    "state", "mode", "action", "category", "tier", "rules", "reason", "role", "outcome", "trigger", "policy_version",
    "messages", "customers", "sought", "corrects", "basis", "approved_by", "stopped", "sent_before", "unclear", "kind", "level", "texts",
    "metric", "bad", "of", "bad_before", "of_before", "answers", "kept",
    "due", "late", "document", "assigned",
    "passed", "off_ms", "confirmed_ms", "in_flight", "killed", "late_refused", "after_confirmed", "offered_again",
    "left_with_people", "made_for",
)  # fmt: skip
_A_TICKET = re.compile(r":[0-9a-f]{32,}$")  # as the log calls it


def happened(action: str) -> str:
    """An action in words; one that we have no words for, by its own name."""
    return told(HAPPENED.get(action, action.replace(".", ": ").replace("-", " ")))


def matter(about: str) -> str:
    """What an entry is about, where it is no message. A ticket that no message here is of has no name that people know."""
    return told(SCOPES[about]) if about in SCOPES else told("Another ticket") if _A_TICKET.search(about) else about


def facts(header: Mapping[str, Any]) -> str:
    """Of an entry's facts those that people ask for."""
    told = [(name, header[name]) for name in SHOWN if header.get(name) not in (None, [], "")]
    return " · ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in told)


def _said(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value).replace("_", " ").lower()


def stamp(text: str) -> Markup:
    """A time out of a receipt, as pages show times."""
    return moment(datetime.fromisoformat(text))


def teach(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(happened=happened, facts=facts, matter=matter, stamp=stamp)

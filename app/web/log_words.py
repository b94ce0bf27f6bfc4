"""The log's entries in words: what happened, and what it happened to. Their facts: `log_facts`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from markupsafe import Markup

from app.entries import Told
from app.web import log_facts
from app.web.language import gettext, sentence, told
from app.web.words import moment, place, scope, spoken

HAPPENED = {
    "answer.intent": "A reply was let go", "answer.outcome": "A reply ended", "answer.refused": "A reply was not let go",
    "answer.held": "Held before it goes by itself", "hold.cancelled": "Kept from going by itself",
    "offer.intent": "Writing the draft into the ticket began", "offer.outcome": "Writing the draft into the ticket ended",
    "offer.refused": "The draft was not written into the ticket", "hand-over.intent": "Writing a hand-over note began",
    "hand-over.outcome": "Writing a hand-over note ended", "hand-over.refused": "A hand-over note was not written",
    "proposal.begun": "A message came", "proposal.decided": "Judged", "proposal.approved": "Approved",
    "approval.undone": "Approval taken back", "proposal.rejected": "Rejected", "proposal.corrected": "Corrected by a person",
    "proposal.superseded": "A newer message came", "proposal.stepped-back": "Somebody else answered",
    "proposal.given-up": "Left to people", "proposal.handled": "Done by people", "proposal.ended": "What became of the draft",
    "proposal.held-back": "Held back: what it rests on changed", "proposal.redone": "Written anew after its source changed",
    "draft.edited": "Draft edited", "draft.inserted": "Draft put into the thread", "category.confirmed": "Category confirmed",
    "batch.begun": "A batch was asked for",
    "correction.begun": "A correction run began", "correction.again": "A correction run went on",
    "review.second": "Looked at a second time", "review.settled": "Settled between reviewers",
    "escalation.opened": "Escalated: the ticket stopped", "escalation.owned": "The escalation has an owner",
    "escalation.acting": "The owner acts", "escalation.reminded": "The owner was reminded", "escalation.closed": "Escalation closed",
    "escalation.assigned": "The host was asked to give them the ticket",
    "switch.installed": "Switch installed", "switch.off": "Turned OFF", "switch.confirmed": "CONFIRMED",
    "switch.restore-asked": "Restore asked for", "switch.restore-taken-back": "Request to restore taken back",
    "switch.live": "Restored", "switch.removed": "A rehearsal's queue was closed",
    "installation.narrowed": "Stopped: the host's admins switched automation off",
    "installation.gone": "Stopped: Countersign is not installed there any more",
    "freeze.opened": "Frozen", "freeze.lifted": "A freeze was lifted", "freeze.thaw-asked": "A freeze is asked to be lifted",
    "guardrail.crossed": "A guardrail was crossed", "ramp.asked": "A wider step was asked for",
    "ramp.raised": "Auto-send widened", "ramp.lowered": "Auto-send narrowed",
    "drill.begun": "A rehearsal of the stop began", "drill.certificate": "Certificate of a rehearsal",
    "drill.restored": "Offered again after a rehearsal",
    "stop-link.made": "A phone link was made", "stop-link.used": "A phone link stopped",
    "stop-link.withdrawn": "A phone link was withdrawn",
    "evidence.planned": "Evidence plan registered", "evidence.carried": "Evidence carried over after an update",
    "evidence.ended": "Drafts differ since an update",
    "practice.made": "A practice draft was made", "practice.revealed": "A practice draft was revealed",
    "pattern.opened": "A known failure was written down", "pattern.fix-asked": "A known failure is said to be fixed",
    "pattern.fixed": "A known failure is fixed",
    "policy.saved": "Policy draft saved", "policy.requested": "A policy change was asked for",
    "policy.approved": "A policy change was approved", "policy.request-published": "A policy change was published",
    "policy.withdrawn": "A policy change was withdrawn", "policy.published": "Policy published",
    "finding.acceptance-asked": "A policy finding is asked to be accepted", "finding.accepted": "A policy finding was accepted",
    "source.added": "Source added", "source.new": "A source came", "source.changed": "A source changed",
    "source.renewed": "A source was renewed", "source.retired": "A source was retired",
    "source.requested": "A source text was asked for", "source.withdrawn": "A source text was withdrawn",
    "source.confirmed": "Still right after its source changed", "source.fix-asked": "A source's owner was asked to change it",
    "source.fix-done": "A source's owner has seen to it",
    "role.set": "Role set", "person.named": "Named as somebody who answers", "language.chosen": "Language chosen",
    "session.opened": "Signed in", "session.ended": "Signed out", "sessions.ended": "Signed out everywhere",
    "staff.left": "No longer staff at the host",
    "token.put": "Connected", "token.lost": "Connection lost", "token.revoked": "Access given back to the host",
    "token.not-revoked": "Giving access back did not succeed",
    "person.shown": "A person's data was shown", "person.held": "Legal hold", "person.released": "Legal hold lifted",
    "erasure.asked": "Erasure asked for", "erasure.done": "A person was forgotten", "content.expired": "Old texts deleted",
    "log.exported": "Log exported", "log.pruned": "Old entries emptied", "key.rotated": "Keys changed",
    "replies.reconciled": "Compared with the host's own record", "reply.unexplained": "A reply that nobody can explain",
    "reply.explained": "A reply was explained", "ticket.noted": "The ticket was read",
}  # fmt: skip
ON_A_TICKET = {
    "opened": "the ticket began", "message": "the customer wrote", "answered": "a person answered",
    "status": "the ticket is in work", "rated": "the customer was not content", "removed": "the ticket was deleted",
}  # fmt: skip
# The same, where a fact of it says more.
_TELLING = {
    ("kind", "thanks"): "the customer said thanks", ("kind", "machine"): "a machine wrote",
    ("after", "solved"): "the ticket was solved", ("after", "closed"): "the ticket was closed",
    ("after", "pending"): "the ticket waits for the customer", ("after", "hold"): "the ticket is on hold",
    ("good", True): "the customer was content",
}  # fmt: skip
ABOUT = {
    "batch": "A batch", "content": "Texts whose time is over", "correction": "A correction run", "key": "The keys",
    "log": "The log", "practice": "A practice draft", "stop-link": "A phone link",
    "person.held": "A customer", "person.released": "A customer", "person.shown": "A customer",
}  # fmt: skip
_NUMBERED = {
    "drill": "Rehearsal {0}", "erasure": "Request {0}", "freeze": "Freeze {0}", "pattern": "Failure pattern {0}",
    "policy": "Request {0}", "policy.published": "Version {0}", "policy.saved": "Draft {0}",
    "source.fix-asked": "Request {0}", "source.fix-done": "Request {0}",
}  # fmt: skip
_ROADS = {
    "batch": "in a batch", "command-line": "on the command line", "gmail": "in Gmail", "queue": "on the queue page",
    "sidebar": "in the sidebar",
}  # fmt: skip
_MACHINES = {"countersign": "Countersign", "installation": "the installation"}
_NAMED: dict[str, Callable[[str], str]] = {
    "evidence": spoken, "installation": place, "ramp": spoken, "replies": place, "token": place,
    "source": lambda about: spoken(about.rpartition(".")[0] or about),
}  # fmt: skip
_A_TICKET = re.compile(r":[0-9a-f]{32,}$")  # as the log calls it


def happened(action: str, header: Mapping[str, Any]) -> str:
    """An entry in words. An action that no release of ours writes, by its own name."""
    if found := header.get("events"):
        return sentence("; ".join(dict.fromkeys(told(_on_a_ticket(one)) for one in found)))
    return told(HAPPENED.get(action, action.replace(".", ": ").replace("-", " ")))


def _on_a_ticket(event: Mapping[str, Any]) -> str:
    facts = event.get("facts") or {}
    if facts.get("send_id"):
        return "our reply is on the ticket"
    more = [_TELLING[fact] for fact in facts.items() if isinstance(fact[1], str | bool) and fact in _TELLING]
    return next(iter(more), ON_A_TICKET.get(event.get("kind", ""), "the ticket was read"))


def matter(entry: Told) -> str:
    """What an entry is about, where it is no ticket that we have by its number."""
    about, group = entry.about, entry.action.partition(".")[0]
    number = about.rpartition(":")[2]
    if _A_TICKET.search(about):
        return gettext("A ticket whose data are gone")
    if (words := _NUMBERED.get(entry.action, _NUMBERED.get(group))) and number.isdigit():
        return told(words.format(number))
    if words := ABOUT.get(entry.action, ABOUT.get(group)):
        return told(words)
    return _NAMED.get(group, scope)(about)


def who(by: str) -> str:
    """Whoever did it; people by their names."""
    return told(_MACHINES.get(by, by))


def road(via: str) -> str:
    """By which road somebody said it."""
    return told(_ROADS.get(via, via.replace("-", " ")))


def stamp(text: str) -> Markup:
    """A time out of a receipt, as pages show times."""
    return moment(datetime.fromisoformat(text))


def teach(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(happened=happened, matter=matter, who=who, road=road, stamp=stamp)
    log_facts.teach(app)

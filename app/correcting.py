"""Correcting: people tell the machine where it was wrong; the message is judged anew and the word kept for learning.

A correction never sends and never allows: it empties the proposal and lets the whole journey run again. Whatever comes
of it waits for a person's approval, since the rule `corrected` objects to every send without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app import review
from app.deps import Deps
from app.governance.correction import LONGEST, Correction, needs_reviewer, signed
from app.governance.decision import Reason, Switch
from app.governance.policy import Policy
from app.governance.proposal import Tier
from app.store import audit, controls, escalations, handling, labels, proposals, reopening
from app.store.record import Stored

STATES = (proposals.OFFERED, proposals.APPROVED, proposals.HELD, proposals.HUMAN, proposals.ESCALATED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person says was wrong; one or several at once."""

    category: str = ""  # the right one
    not_escalation: bool = False
    redo: str = ""  # how they want the draft


def correct(deps: Deps, proposal_id: str, asked: Asked, actor: review.Actor) -> None:
    """Judge the message anew with what the person says. Raises review.Refusal."""
    asked = Asked(asked.category.strip(), asked.not_escalation, asked.redo.strip())
    with review.changing(deps, proposal_id, *STATES, alone=True) as (tx, stored, facts):
        newer = _understood(tx, stored, asked, facts, actor)
        review.stop(tx, stored, "corrected", facts.at)
        if asked.not_escalation:
            _close(tx, deps, stored, actor, facts.at)
        _remember(tx, stored, asked, newer, actor, facts.at)
        correction = stored.record.corrected.and_then(newer)
        rows = reopening.reopen(tx, deps.keys, stored, correction, actor.member.id, facts.at)
    deps.ring("handle", rows)


def _understood(tx: Connection, stored: Stored, asked: Asked, facts: controls.Now, actor: review.Actor) -> Correction:
    """What was said, if this person may say it of this message as it stands."""
    if asked == Asked():
        raise review.Refused(Reason("nothing", "say what is wrong: the category, the escalation, or the draft"))
    if len(asked.redo) > LONGEST:
        raise review.Refused(Reason("instruction", f"an instruction has at most {LONGEST} characters"))
    if facts.setting.state is not Switch.LIVE:
        raise review.Refused(Reason("rollback", f"the switch is {facts.setting.state}: people answer"))
    if asked.category and not _is_known(asked.category, facts.policy):
        raise review.Refused(Reason("category", f"the policy has no category {asked.category}"))
    if stored.proposal.corrects is not None:
        raise review.Refused(Reason("correction", "people wrote this correction: edit it, or reject it"))
    if not asked.not_escalation and stored.state == proposals.ESCALATED:
        raise review.Refused(Reason("escalation", "it is an escalation: a reviewer says first that it is not"))
    if not asked.not_escalation:
        return Correction(category=asked.category or None, instruction=asked.redo)
    return _cleared(tx, stored, asked, actor)


def _is_known(name: str, policy: Policy | None) -> bool:
    return policy is not None and policy.category(name) is not None


def _cleared(tx: Connection, stored: Stored, asked: Asked, actor: review.Actor) -> Correction:
    proposal = stored.proposal
    if stored.state != proposals.ESCALATED:
        raise review.Refused(Reason("escalation", "it is no escalation"))
    place = escalations.place_of(tx, stored.id)
    if place is not None and place.trigger == escalations.BY_A_PERSON:
        raise review.Refused(Reason("escalation", "a person escalated it: close that on the escalations page first"))
    if needs_reviewer(proposal):
        actor.must_be("reviewer")
    hits = tuple(sorted({signed(hit) for hit in proposal.triggers or ()}))
    high = proposal.tier is Tier.HIGH_STAKES
    return Correction(category=asked.category or None, cleared=hits, stakes=high, instruction=asked.redo)


def _close(tx: Connection, deps: Deps, stored: Stored, actor: review.Actor, now: datetime) -> None:
    place = escalations.place_of(tx, stored.id)
    held = handling.hold(tx, deps.keys, place.id) if place else None
    if held is not None:
        handling.close(tx, deps.keys, held[0], handling.Ending(None, "not an escalation"), actor.member, now)


def _remember(
    tx: Connection, stored: Stored, asked: Asked, newer: Correction, actor: review.Actor, now: datetime
) -> None:
    """Labels for learning, and who said so in the log. The instruction's own words stay sealed."""
    was = stored.proposal.category or ""
    fired = ",".join(trigger.trigger for trigger in stored.proposal.triggers or ()) or "tier-3"
    said = {
        labels.CATEGORY: (asked.category, was),
        labels.NOT_ESCALATION: ("no" if asked.not_escalation else "", fired),
        labels.REDO: ("asked" if asked.redo else "", was),
    }
    made = {kind: words for kind, words in said.items() if words[0]}
    for kind, (word, before) in made.items():
        labels.add(tx, stored.id, kind, word, before, actor.member.id, now)
    header = {
        "kinds": sorted(made),
        "category": newer.category,
        "was": was,
        "cleared": list(newer.cleared),
        "stakes": newer.stakes,
        "role": actor.member.role,
        "via": actor.via,
    }
    audit.append(tx, now, actor.member.id, "proposal.corrected", stored.id, header)

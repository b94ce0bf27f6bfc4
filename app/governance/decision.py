"""The decision: rules only object, the most cautious objection wins, and every objection is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from app.governance.permission import ceiling_for
from app.governance.policy import TIER_LIMIT, Category, Mode, Policy
from app.governance.proposal import Proposal, Tier


class Action(IntEnum):
    """From boldest to most cautious."""

    SEND = 0
    OFFER_DRAFT = 1
    STAND_DOWN = 2
    HAND_OVER = 3


class Switch(StrEnum):
    """LIVE; OFF: nothing new can start; CONFIRMED: nothing more can arrive."""

    LIVE = "LIVE"
    OFF = "OFF"
    CONFIRMED = "CONFIRMED"


class Freeze(IntEnum):
    """How far a queue or category is frozen."""

    NONE = 0
    AUTO_OFF = 1
    DRAFT_ONLY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Everything outside the message that may narrow. Each default is the cautious side."""

    switch: Switch = Switch.OFF
    freeze: Freeze = Freeze.DRAFT_ONLY
    approved: bool = False  # an approval matches exactly this proposal as it is now
    category_confirmed: bool = False  # a person said that the category is right
    moved_on: str | None = "the ticket has not been read again"  # why the comment no longer waits for an answer
    practice: bool = True  # a practice draft: never sendable
    foreign_marker: bool = True  # another deployment wrote to this ticket after us
    source_trouble: str | None = "the sources were not read again"  # why what the draft rests on no longer holds
    failure: str | None = "known failures were not looked for"  # the open failure pattern that the draft matches
    ramped: bool = False  # evidence once raised this category to auto
    evidence: bool = False  # the gate holds for the fingerprint in force
    sender_trusted: bool = False
    within_hours: bool = False
    held_out: bool = True
    capped: bool = True
    disclosed: bool = False
    corrected: bool = True  # a person touched it: category, escalation, draft


@dataclass(frozen=True, slots=True)
class Reason:
    """An objection in words. `rule` is its name in every output and in the policy reference."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Action, effective mode and all reasons, at one moment, under one policy version."""

    action: Action
    mode: Mode
    reasons: tuple[Reason, ...]


Rule = Callable[[Proposal, Policy | None, Controls], str | None]


def asked_mode(category: Category | None, controls: Controls) -> Mode:
    """What is wanted before anything narrows it: the published mode, or auto once the ramp raised it."""
    if category is None:
        return Mode.DRAFT
    return Mode.AUTO if controls.ramped else category.mode


def effective_mode(proposal: Proposal, policy: Policy | None, controls: Controls) -> Mode:
    """The lowest of ceiling, asked mode, tier's limit and freeze; without evidence auto falls back as published."""
    category = _category(proposal, policy)
    if category is None or policy is None or proposal.queue is None:
        return Mode.DRAFT
    asked = asked_mode(category, controls)
    earned = asked if controls.evidence or asked is not Mode.AUTO else category.mode
    return min(earned, ceiling_for(proposal, policy), _limit(proposal), _FROZEN[controls.freeze])


_FROZEN = {Freeze.NONE: Mode.AUTO, Freeze.AUTO_OFF: Mode.ASSISTED, Freeze.DRAFT_ONLY: Mode.DRAFT}


def _limit(proposal: Proposal) -> Mode:
    return TIER_LIMIT[proposal.tier] if proposal.tier else Mode.DRAFT


def _category(proposal: Proposal, policy: Policy | None) -> Category | None:
    return policy.category(proposal.category) if policy is not None else None


def _auto(proposal: Proposal, policy: Policy | None, controls: Controls) -> bool:
    """Would this go without anybody's click?"""
    return not controls.approved and asked_mode(_category(proposal, policy), controls) is Mode.AUTO


# --- the objections ------------------------------------------------------------------------------------------------


def escalation(proposal: Proposal, _policy: Policy | None, _controls: Controls) -> str | None:
    """A person's matter above all automation."""
    if proposal.triggers is None:
        return "escalation triggers were not read"
    names = sorted({trigger.trigger for trigger in proposal.triggers})
    return f"escalation: {', '.join(names)}" if names else None


def high_stakes(proposal: Proposal, _policy: Policy | None, _controls: Controls) -> str | None:
    """Tier 3 is for people only, approved or not."""
    return "tier 3: legal, safety or money movement, for people only" if proposal.tier is Tier.HIGH_STAKES else None


def unclassified(proposal: Proposal, _policy: Policy | None, _controls: Controls) -> str | None:
    """The stage failed or has not run."""
    return "the tier could not be judged" if proposal.tier is None else None


def unanswerable(proposal: Proposal, _policy: Policy | None, _controls: Controls) -> str | None:
    """No category, no approved source, or no draft that the sources carry."""
    if proposal.tier is not None and proposal.category is None:
        return "no category of the policy fits this message"
    if proposal.abstained is not None:
        return f"no draft: {proposal.abstained.text}"
    return "no approved source answers this" if proposal.passages == () else None


def rollback(_proposal: Proposal, _policy: Policy | None, controls: Controls) -> str | None:
    """The one switch."""
    return None if controls.switch is Switch.LIVE else f"the switch is {controls.switch}: people answer"


def no_policy(_proposal: Proposal, policy: Policy | None, _controls: Controls) -> str | None:
    """Nothing is allowed that nobody published."""
    return "no policy is in force" if policy is None else None


def undrafted(proposal: Proposal, _policy: Policy | None, _controls: Controls) -> str | None:
    """Not yet written is not the same as unanswerable."""
    return "no draft has been written" if proposal.draft is None and proposal.abstained is None else None


def machine_mail(proposal: Proposal, _policy: Policy | None, _controls: Controls) -> str | None:
    """Nobody is there to read an answer, or a loop would start."""
    if proposal.machine_mail is None:
        return "machine mail was not looked for"
    kinds = sorted({mail.kind for mail in proposal.machine_mail})
    return f"machine mail: {', '.join(kinds)}" if kinds else None


def moved_on(_proposal: Proposal, _policy: Policy | None, controls: Controls) -> str | None:
    """Somebody answered, asked again, merged or closed."""
    return f"the ticket moved on: {controls.moved_on}" if controls.moved_on else None


def seeded(_proposal: Proposal, _policy: Policy | None, controls: Controls) -> str | None:
    """Practice drafts measure reviewers and never leave."""
    return "a practice draft, never sendable" if controls.practice else None


def foreign_deployment(_proposal: Proposal, _policy: Policy | None, controls: Controls) -> str | None:
    """A staging copy or a restored twin is at work on this ticket."""
    return "another Countersign deployment wrote to this ticket" if controls.foreign_marker else None


def freeze(_proposal: Proposal, _policy: Policy | None, controls: Controls) -> str | None:
    """Frozen to draft only."""
    return "frozen to draft only" if controls.freeze is Freeze.DRAFT_ONLY else None


def unsure(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Under the floor, and nobody has confirmed the category."""
    category = _category(proposal, policy)
    if category is None or controls.category_confirmed:
        return None
    if proposal.confidence is None or proposal.confidence < category.confidence_floor:
        return f"not sure that this is about {category.name}"
    return None


def language(proposal: Proposal, policy: Policy | None, _controls: Controls) -> str | None:
    """Only languages that the policy names for the category."""
    category = _category(proposal, policy)
    if category is None or proposal.language in category.languages:
        return None
    return f"{category.name} is not published for the language {proposal.language or 'unknown'}"


def failed_checks(proposal: Proposal, _policy: Policy | None, _controls: Controls) -> str | None:
    """Unchecked counts as failed. Where there is no draft, two other rules say so."""
    if proposal.draft is None:
        return None
    if proposal.findings is None:
        return "the draft was not checked"
    return f"checks: {'; '.join(finding.text for finding in proposal.findings)}" if proposal.findings else None


def source_changed(proposal: Proposal, _policy: Policy | None, controls: Controls) -> str | None:
    """What was approved is not what is written here any more: somebody looks first."""
    return controls.source_trouble if proposal.draft is not None else None


def known_failure(proposal: Proposal, _policy: Policy | None, controls: Controls) -> str | None:
    """A known way drafts go wrong, not yet fixed."""
    return controls.failure if proposal.draft is not None else None


def recipients(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Nobody who is not on the ticket already; for auto nobody but the requester of record."""
    strangers = sorted(set(proposal.cc) - set(proposal.participants))
    if strangers:
        return "someone who is not on the ticket would receive this"
    return "others are in copy" if proposal.cc and _auto(proposal, policy, controls) else None


def above_ceiling(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """The document is the ceiling."""
    if proposal.queue is None:
        return "no queue of the policy covers this ticket"
    category = _category(proposal, policy)
    if category is None or policy is None:  # no policy and no category have rules of their own
        return "the policy publishes no mode for this category" if policy and proposal.category else None
    asked, ceiling = asked_mode(category, controls), ceiling_for(proposal, policy)
    # With a person's yes it is assisted that goes out, wherever auto was earned.
    if (min(asked, Mode.ASSISTED) if controls.approved else asked) > ceiling:
        return f"{category.name} may reach {ceiling.label} at most in this case"
    over = asked > _limit(proposal) and not controls.approved
    return "this message needs more judgement than its mode allows" if over else None


def human_sends(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Draft mode: a person sends with the host's own button, approved or not."""
    category = _category(proposal, policy)
    if category is None or asked_mode(category, controls) is not Mode.DRAFT:
        return None
    return f"{category.name} is in draft mode: a person sends"


def unapproved(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Assisted mode or tier above 1 wants a named person's yes to exactly this."""
    if controls.approved:
        return None
    if proposal.corrects is not None:
        return "waits for a person: every correction does"
    category = _category(proposal, policy)
    if category is not None and asked_mode(category, controls) is Mode.ASSISTED:
        return f"waits for a person: {category.name} is in assisted mode"
    return "waits for a person: tier 2" if proposal.tier is Tier.JUDGEMENT else None


def evidence_missing(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Auto is earned, and lost with another fingerprint."""
    return "evidence is missing or stale" if _auto(proposal, policy, controls) and not controls.evidence else None


def auto_off(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Frozen to auto off."""
    frozen = controls.freeze is Freeze.AUTO_OFF
    return "auto-send is frozen" if frozen and _auto(proposal, policy, controls) else None


def untrusted_sender(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Unreadable is untrusted."""
    doubtful = _auto(proposal, policy, controls) and not controls.sender_trusted
    return "the sender is not proven" if doubtful else None


def outside_hours(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Auto-send only while somebody is there to stop it."""
    late = _auto(proposal, policy, controls) and not controls.within_hours
    return "outside the policy's hours for auto-send" if late else None


def held_out(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """The random assisted share that auto is compared with."""
    kept = _auto(proposal, policy, controls) and controls.held_out
    return "kept for a person's review: the control group" if kept else None


def capped(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """At most so many by itself."""
    full = _auto(proposal, policy, controls) and controls.capped
    return "the cap for this thread, customer or category is reached" if full else None


def undisclosed(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """The customer is told that AI wrote this."""
    silent = _auto(proposal, policy, controls) and not controls.disclosed
    return "the disclosure line for this brand and language is missing" if silent else None


def corrected(proposal: Proposal, policy: Policy | None, controls: Controls) -> str | None:
    """Where a person set the machine right, a person sends."""
    touched = _auto(proposal, policy, controls) and controls.corrected
    return "a person corrected this one, so a person sends it" if touched else None


# `unanswerable` is weighed by the policy's own rule; here stands its default.
RULES: tuple[tuple[Rule, Action], ...] = (
    (escalation, Action.HAND_OVER),
    (high_stakes, Action.HAND_OVER),
    (unclassified, Action.HAND_OVER),
    (unanswerable, Action.STAND_DOWN),
    (rollback, Action.STAND_DOWN),
    (no_policy, Action.STAND_DOWN),
    (undrafted, Action.STAND_DOWN),
    (machine_mail, Action.STAND_DOWN),
    (moved_on, Action.STAND_DOWN),
    (seeded, Action.STAND_DOWN),
    (foreign_deployment, Action.STAND_DOWN),
    (freeze, Action.OFFER_DRAFT),
    (unsure, Action.OFFER_DRAFT),
    (language, Action.OFFER_DRAFT),
    (failed_checks, Action.OFFER_DRAFT),
    (source_changed, Action.OFFER_DRAFT),
    (known_failure, Action.OFFER_DRAFT),
    (recipients, Action.OFFER_DRAFT),
    (above_ceiling, Action.OFFER_DRAFT),
    (human_sends, Action.OFFER_DRAFT),
    (unapproved, Action.OFFER_DRAFT),
    (evidence_missing, Action.OFFER_DRAFT),
    (auto_off, Action.OFFER_DRAFT),
    (untrusted_sender, Action.OFFER_DRAFT),
    (outside_hours, Action.OFFER_DRAFT),
    (held_out, Action.OFFER_DRAFT),
    (capped, Action.OFFER_DRAFT),
    (undisclosed, Action.OFFER_DRAFT),
    (corrected, Action.OFFER_DRAFT),
)


def rule_name(rule: Rule) -> str:
    """The name that outputs and documents use: `evidence-missing`."""
    return str(rule.__name__).replace("_", "-")


def decide(
    proposal: Proposal,
    policy: Policy | None,
    controls: Controls,
    rules: tuple[tuple[Rule, Action], ...] = RULES,
) -> Decision:
    """The boldest action that no rule objects to. A rule that raises ends the job: an error is a refusal."""
    objections = [
        (_weight(rule, action, policy), Reason(rule_name(rule), text))
        for rule, action in rules
        if (text := rule(proposal, policy, controls)) is not None
    ]
    return Decision(
        action=max((action for action, _ in objections), default=Action.SEND),
        mode=effective_mode(proposal, policy, controls),
        reasons=tuple(reason for _, reason in objections),
    )


def _weight(rule: Rule, action: Action, policy: Policy | None) -> Action:
    if rule is unanswerable and policy is not None and policy.cannot_answer.hands_over:
        return Action.HAND_OVER
    return action

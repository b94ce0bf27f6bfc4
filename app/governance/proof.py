"""Proof: under this policy no tier 3 and no escalation can be sent, tried on the decision itself, message by message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product

from app.governance.decision import RULES, Action, Controls, Freeze, Rule, Switch, decide, rule_name
from app.governance.permission import SIGNS
from app.governance.policy import Policy
from app.governance.proposal import Draft, Injection, Passage, Proposal, Redaction, Sentence, Tier, Trigger, Urgency

_PASSAGE = Passage("proof#text", "Proof", "An answer.", 1.0, "public", "en")
_CLEAN = Proposal(
    host="",
    ticket="1",
    comment="1",
    queue=None,
    subject="",
    requester="1",
    participants=("x",),
    text="A question?",
    full_text="A question?",
    machine_mail=(),
    injection=(),
    redactions=(),
    confidence=1.0,
    urgency=Urgency.NORMAL,
    triggers=(),
    passages=(_PASSAGE,),
    draft=Draft(_PASSAGE.text, (Sentence(_PASSAGE.text, (_PASSAGE.id,)),)),
    findings=(),
)
_OPEN = Controls(
    corrected=False,
    switch=Switch.LIVE,
    freeze=Freeze.NONE,
    category_confirmed=True,
    moved_on=None,
    practice=False,
    foreign_marker=False,
    source_trouble=None,
    failure=None,
    evidence=True,
    sender_trusted=True,
    within_hours=True,
    held_out=False,
    capped=False,
    disclosed=True,
)
_TRIGGER = (Trigger("legal", "my lawyer"),)
_SIGNED = {
    "urgent": {"urgency": Urgency.CRITICAL},
    "injection": {"injection": (Injection("talks-to-us", "ignore"),)},
    "personal-data": {"redactions": (Redaction("phone", 0, 1),)},
    "others-in-copy": {"cc": ("x",)},
}
Rules = tuple[tuple[Rule, Action], ...]


def broken(policy: Policy, rules: Rules = RULES) -> list[str]:
    """In words what could be sent and must not be; an empty list is the proof.

    Every queue, host, category and tier of the policy, approved and not, ramped and not. Each sign that a row may wait
    for, and each control, is turned by itself: an objection never takes another one back (`decide` is their maximum).
    """
    found = [
        f"{_named(made)} would be sent"
        for made in _high_stakes(policy)
        for approved, ramped in product((True, False), repeat=2)
        if decide(made, policy, replace(_OPEN, approved=approved, ramped=ramped), rules).action is Action.SEND
    ]
    return list(dict.fromkeys(found)) or _dependent(policy, rules)


def is_open(policy: Policy) -> bool:
    """Would a plain look-up be sent under the controls of this proof? If not, it proves nothing."""
    plain = (replace(made, tier=Tier.LOOKUP, triggers=()) for made in _high_stakes(policy))
    return any(decide(made, policy, replace(_OPEN, ramped=True)).action is Action.SEND for made in plain)


def _high_stakes(policy: Policy) -> Iterator[Proposal]:
    hosts = {queue.name: queue.hosts[0].partition(":")[0] if queue.hosts else "" for queue in policy.queues}
    for (queue, host), category in product(hosts.items(), policy.categories):
        language = category.languages[0] if category.languages else "en"
        plain = replace(_CLEAN, queue=queue, host=host, category=category.name, language=language)
        yield replace(plain, tier=Tier.HIGH_STAKES)
        for tier in Tier:
            yield replace(plain, tier=tier, triggers=_TRIGGER)


def _dependent(policy: Policy, rules: Rules) -> list[str]:
    """The same with one thing turned at a time; one message of each sort, since only its own rows tell them apart."""
    sorts = {(made.tier, bool(made.triggers), made.category): made for made in _high_stakes(policy)}
    used = {sign for rule in policy.rules for sign in rule.when}
    found = []
    for made in sorts.values():
        signed = [replace(made, **_SIGNED[sign]) for sign in SIGNS if sign in used]  # type: ignore[arg-type]
        trials = [*((shown, _OPEN) for shown in signed), *((made, turned) for turned in _turned())]
        found += [
            _named(made) for shown, controls in trials if decide(shown, policy, controls, rules).action is Action.SEND
        ]
    return [f"{name} would be sent when one more thing changes" for name in dict.fromkeys(found)]


def _turned() -> Iterator[Controls]:
    cautious, approved = Controls(), replace(_OPEN, approved=True, ramped=True)
    for field in fields(Controls):
        yield replace(approved, **{field.name: getattr(cautious, field.name)})


def _named(made: Proposal) -> str:
    what = "an escalation" if made.triggers else "tier 3"
    return f"{what} about {made.category} in {made.queue}"


def without(name: str, rules: Rules = RULES) -> Rules:
    """The rules but one: to see that the proof needs it."""
    return tuple(pair for pair in rules if rule_name(pair[0]) != name)

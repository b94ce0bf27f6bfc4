"""Permission: what the document allows for one kind of message. Default deny; forbid wins; a tier's limit above both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.governance.policy import Category, Mode, Policy, Rule
from app.governance.proposal import Proposal, Tier, Urgency

SIGNS: Mapping[str, Callable[[Proposal], bool]] = {
    "urgent": lambda proposal: proposal.urgency is None or proposal.urgency >= Urgency.HIGH,
    "injection": lambda proposal: proposal.injection is None or bool(proposal.injection),
    "personal-data": lambda proposal: proposal.redactions is None or bool(proposal.redactions),
    "others-in-copy": lambda proposal: bool(proposal.cc),
}
"""What a message may show that a forbid can wait for. Not looked for counts as shown: `when` only ever narrows."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message, as far as a policy can tell them apart."""

    host: str
    queue: str
    category: str
    tier: Tier
    signs: frozenset[str] = frozenset()


def kind_of(proposal: Proposal) -> Kind:
    """An unjudged tier is the highest, an unknown queue or category is nobody's."""
    shown = frozenset(name for name, shows in SIGNS.items() if shows(proposal))
    tier = proposal.tier or Tier.HIGH_STAKES
    return Kind(proposal.host, proposal.queue or "", proposal.category or "", tier, shown)


def ceiling_for(proposal: Proposal, policy: Policy) -> Mode:
    """The most that the rows allow for this message. The tier's own limit is judged beside it."""
    return ceiling(policy, kind_of(proposal))


def ceiling(policy: Policy, kind: Kind) -> Mode:
    """The boldest mode that some row allows and none forbids."""
    category = policy.category(kind.category)
    published = category.ceiling if category and _published(category, kind) else Mode.DRAFT
    rows = [rule for rule in policy.rules if matches(rule, kind)]
    allowed = max((rule.mode for rule in rows if rule.allows), default=Mode.DRAFT) if category else Mode.DRAFT
    below = min((rule.mode - 1 for rule in rows if not rule.allows), default=Mode.AUTO)
    return Mode(min(max(published, allowed), below))


def _published(category: Category, kind: Kind) -> bool:
    return not category.queues or kind.queue in category.queues


def matches(rule: Rule, kind: Kind) -> bool:
    """Does the row speak of this kind of message?"""
    named = (
        (rule.queues, kind.queue),
        (rule.hosts, kind.host),
        (rule.categories, kind.category),
        (rule.tiers, kind.tier),
    )
    return all(not wanted or value in wanted for wanted, value in named) and set(rule.when) <= kind.signs


def concerns(rule: Rule, proposal: Proposal) -> bool:
    """Could the row ever speak of this category in this queue? What it says is part of what an approval was given under."""
    here = not rule.queues or proposal.queue in rule.queues
    return here and (not rule.categories or proposal.category in rule.categories)

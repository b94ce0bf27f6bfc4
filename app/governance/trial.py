"""Trial: how far a message could have gone under a policy, with all evidence earned: an upper bound, never a promise."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from app.governance.decision import Action, Controls, Freeze, Switch, decide
from app.governance.policy import Policy
from app.governance.proposal import Proposal


class Reach(IntEnum):
    """From a person's matter to a reply that nobody clicks."""

    ESCALATED = 0
    PEOPLE = 1
    DRAFT = 2
    ASSISTED = 3
    AUTO = 4


_BY_ACTION = {
    Action.HAND_OVER: Reach.ESCALATED,
    Action.STAND_DOWN: Reach.PEOPLE,
    Action.OFFER_DRAFT: Reach.DRAFT,
}
_EARNED = Controls(
    switch=Switch.LIVE,
    freeze=Freeze.NONE,
    moved_on=None,
    practice=False,
    foreign_marker=False,
    source_trouble=None,
    failure=None,
    ramped=True,
    evidence=True,
    sender_trusted=True,
    held_out=False,
    corrected=False,
)


def reach(proposal: Proposal, policy: Policy | None, *, confirmed: bool = False) -> Reach:
    """The boldest that could have become of it: by itself, after a click, or only in a person's hands."""
    earned = replace(_published(proposal, policy), category_confirmed=confirmed)
    if decide(proposal, policy, earned).action is Action.SEND:
        return Reach.AUTO
    decision = decide(proposal, policy, replace(earned, ramped=False, approved=True))
    return _BY_ACTION.get(decision.action, Reach.ASSISTED)


def _published(proposal: Proposal, policy: Policy | None) -> Controls:
    """What auto needs of the document itself: a line in the language, hours, and a cap above none."""
    queue = policy.queue(proposal.queue) if policy else None
    category = policy.category(proposal.category) if policy else None
    lines = {line.language for line in policy.disclosures} if policy else set[str]()
    return replace(
        _EARNED,
        disclosed=proposal.language in lines,
        within_hours=bool(queue and queue.hours),
        capped=not (category and category.per_hour),
    )

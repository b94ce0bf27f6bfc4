"""The canary of a drill: a message that nobody wrote, judged by the policy in force with a queue and a category of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.governance.policy import Category, Mode, Policy, Queue
from app.governance.proposal import Draft, Proposal, Sentence, Tier, Urgency

HOST = "canary"  # the name of no real host: whatever bears it ends in our own database
QUEUE = "(canary)"  # its row of the switch exists only while a drill runs, and a missing row is OFF
CATEGORY = "(canary)"  # the log's reader counts no reply of it
_TEXT = "This is a rehearsal of the stop. It goes to nobody."
_CATEGORY = Category(
    name=CATEGORY,
    description="A rehearsal of the stop",
    examples=(),
    tier=Tier.LOOKUP,
    mode=Mode.ASSISTED,
    ceiling=Mode.ASSISTED,
    languages=("en",),
    sources=(),
    confidence_floor=0.0,
    hold=timedelta(0),
    per_hour=0,
    evidence="standard",
)


def policy_for(proposal: Proposal, policy: Policy | None) -> Policy | None:
    """The policy in force; for a canary, and for nothing else, one that knows canaries and nothing else."""
    if policy is None or proposal.host != HOST:
        return policy
    queue = Queue(proposal.queue or QUEUE, (f"{HOST}:{QUEUE}",), note_on_offer=False, hours="")
    return replace(policy, queues=(queue,), categories=(_CATEGORY,), rules=())


def filled(proposal: Proposal) -> Proposal:
    """As every stage would leave it: drafted, checked, nothing found. It waits for a yes like any other."""
    return replace(
        proposal,
        text=_TEXT,
        full_text=_TEXT,
        language="en",
        machine_mail=(),
        injection=(),
        redactions=(),
        category=CATEGORY,
        tier=Tier.LOOKUP,
        judged=Tier.LOOKUP,
        confidence=1.0,
        urgency=Urgency.NORMAL,
        triggers=(),
        draft=Draft(_TEXT, (Sentence(_TEXT, ()),)),  # no source says this, and none is looked up
        findings=(),
    )

"""Builders: a proposal with nothing against it, a policy, controls wide open; each test changes one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.governance.decision import Controls, Freeze, Switch
from app.governance.policy import (
    BUILT_IN_TRIGGERS,
    CannotAnswer,
    Category,
    Disclosure,
    Escalation,
    Logs,
    Mode,
    Notify,
    Owners,
    Policy,
    Queue,
    Reviews,
)
from app.governance.proposal import Draft, Passage, Proposal, Sentence, Tier, Urgency
from app.governance.sources import parse_source, passages

DAY = timedelta(days=1)
POLICY = """
schema = 1
name = "Acme support"
[owners]
scope_expansion = ["ana@acme.example"]
rollback = "ben@acme.example"
log_keeper = "audit@acme.example"
[reviews]
labelled_data = "P30D"
sources = "P90D"
drill = "P90D"
[logs]
place = "here"
content = "P90D"
decisions = "P24M"
policy = "P7Y"
[[queue]]
name = "support"
hosts = ["zendesk:group:Support"]
note_on_offer = true
[[queue]]
name = "billing"
hosts = ["zendesk:group:Billing"]
[[category]]
name = "delivery-times"
description = "How long delivery takes"
tier = 1
mode = "assisted"
ceiling = "auto"
languages = ["en"]
sources = ["shipping-times"]
[[category]]
name = "refund-exception"
description = "Wants a refund outside the conditions"
tier = 2
mode = "draft"
ceiling = "assisted"
languages = ["en"]
[cannot_answer]
route = "queue"
owner = "team-leads@acme.example"
due = "P1D"
[tier3]
summaries = true
[notify]
mail = ["support-leads@acme.example"]
""" + "".join(
    f'[[escalation]]\ntrigger = "{name}"\nowner = "{name}@acme.example"\ndue = "PT4H"\n' for name in BUILT_IN_TRIGGERS
)
SOURCE = """+++
id = "shipping-times"
title = "Delivery"
owner = "rosa@acme.example"
review_by = 2027-03-31
audience = "public"
language = "en"
+++

## Standard

Standard delivery takes 3 to 5 days.
"""


def resting_on(source: str) -> dict[str, Any]:
    """Passage and draft word for word from that document's first section."""
    passage = replace(passages(parse_source(source, "a.md"))[0], score=0.9)
    return {"passages": (passage,), "draft": Draft(passage.text, (Sentence(passage.text, (passage.id,)),))}


PASSAGE: Passage = resting_on(SOURCE)["passages"][0]
DRAFT: Draft = resting_on(SOURCE)["draft"]
OPEN = Controls(
    switch=Switch.LIVE,
    freeze=Freeze.NONE,
    approved=False,
    moved_on=None,
    practice=False,
    foreign_marker=False,
    source_trouble=None,
    failure=None,
    ramped=True,
    evidence=True,
    sender_trusted=True,
    within_hours=True,
    held_out=False,
    capped=False,
    disclosed=True,
    corrected=False,
)


def category(name: str = "delivery-times", **changes: Any) -> Category:
    made = Category(
        name=name,
        description="How long delivery takes",
        examples=(),
        tier=Tier.LOOKUP,
        mode=Mode.ASSISTED,
        ceiling=Mode.AUTO,
        languages=("en", "de"),
        sources=("shipping-times",),
        confidence_floor=0.8,
        hold=timedelta(minutes=2),
        per_hour=30,
        evidence="standard",
    )
    return replace(made, **changes)


def policy(*categories: Category, **changes: Any) -> Policy:
    made = Policy(
        name="Acme support",
        owners=Owners(("ana@acme.example",), "ben@acme.example", "audit@acme.example"),
        reviews=Reviews(30 * DAY, 90 * DAY, 90 * DAY),
        logs=Logs("here", 90 * DAY, 720 * DAY, 2555 * DAY),
        queues=(Queue("support", ("zendesk:group:Support",), note_on_offer=True, hours=""),),
        categories=categories or (category(),),
        escalations=tuple(Escalation(name, (), f"{name}@acme.example", DAY) for name in BUILT_IN_TRIGGERS),
        cannot_answer=CannotAnswer(hands_over=False, owner="leads@acme.example", due=DAY),
        summaries=True,
        disclosures=(Disclosure("*", "en", "Sent automatically."),),
        freezes=(),
        notify=Notify((), ""),
        sha256="0" * 64,
        version=1,
    )
    return replace(made, **changes)


def proposal(**changes: Any) -> Proposal:
    """Clean, tier 1, drafted and checked: nothing objects under OPEN controls."""
    made = Proposal(
        host="zendesk",
        ticket="1",
        comment="11",
        queue="support",
        subject="Delivery",
        requester="7",
        participants=("casey@customer.example",),
        text="When will my parcel come?",
        full_text="When will my parcel come?",
        language="en",
        machine_mail=(),
        injection=(),
        redactions=(),
        category="delivery-times",
        tier=Tier.LOOKUP,
        confidence=0.95,
        urgency=Urgency.NORMAL,
        triggers=(),
        passages=(PASSAGE,),
        draft=DRAFT,
        findings=(),
    )
    return replace(made, **changes)

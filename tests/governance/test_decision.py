"""The decision: the vectors of the design, each rule necessary, and nothing bold that a rule forbids."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governance.decision import RULES, Action, Controls, Freeze, Switch, decide, rule_name
from app.governance.policy import CannotAnswer, Mode, Rule
from app.governance.proposal import Abstention, Finding, MachineMail, Tier, Trigger, Urgency
from tests.builders import DAY, OPEN, category, policy, proposal

SEND, OFFER, STAND_DOWN, HAND_OVER = Action.SEND, Action.OFFER_DRAFT, Action.STAND_DOWN, Action.HAND_OVER
LEGAL = (Trigger("legal", "my lawyer"),)
YES = replace(OPEN, approved=True)
POLICY = policy()
DRAFT_MODE = policy(category(mode=Mode.DRAFT))
ASSISTED = replace(OPEN, ramped=False)
TWO = Tier.JUDGEMENT

CASES = {
    "nothing changed": (proposal(), POLICY, OPEN, SEND, ()),
    "rolled back": (proposal(), POLICY, replace(OPEN, switch=Switch.OFF), STAND_DOWN, ("rollback",)),
    "rolled back and confirmed": (
        proposal(),
        POLICY,
        replace(OPEN, switch=Switch.CONFIRMED),
        STAND_DOWN,
        ("rollback",),
    ),
    "rolled back, approved": (proposal(), POLICY, replace(YES, switch=Switch.OFF), STAND_DOWN, ("rollback",)),
    "rolled back, a legal threat": (
        proposal(triggers=LEGAL),
        POLICY,
        replace(OPEN, switch=Switch.OFF),
        HAND_OVER,
        ("escalation", "rollback"),
    ),
    "draft only": (proposal(), POLICY, replace(OPEN, freeze=Freeze.DRAFT_ONLY), OFFER, ("freeze",)),
    "draft only, approved": (proposal(), POLICY, replace(YES, freeze=Freeze.DRAFT_ONLY), OFFER, ("freeze",)),
    "auto off": (proposal(), POLICY, replace(OPEN, freeze=Freeze.AUTO_OFF), OFFER, ("auto-off",)),
    "auto off, approved": (proposal(), POLICY, replace(YES, freeze=Freeze.AUTO_OFF), SEND, ()),
    "sender not proven": (proposal(), POLICY, replace(OPEN, sender_trusted=False), OFFER, ("untrusted-sender",)),
    "sender not proven, approved": (proposal(), POLICY, replace(YES, sender_trusted=False), SEND, ()),
    "under the floor": (proposal(confidence=0.5), POLICY, OPEN, OFFER, ("unsure",)),
    "under the floor, approved": (proposal(confidence=0.5), POLICY, YES, OFFER, ("unsure",)),
    "under the floor, category confirmed": (
        proposal(confidence=0.5),
        POLICY,
        replace(YES, category_confirmed=True),
        SEND,
        (),
    ),
    "newer foreign marker, approved": (
        proposal(),
        POLICY,
        replace(YES, foreign_marker=True),
        STAND_DOWN,
        ("foreign-deployment",),
    ),
    "evidence incomplete": (proposal(), POLICY, replace(OPEN, evidence=False), OFFER, ("evidence-missing",)),
    "a person corrected it": (proposal(), POLICY, replace(OPEN, corrected=True), OFFER, ("corrected",)),
    "a person corrected it, approved": (proposal(), POLICY, replace(YES, corrected=True), SEND, ()),
    "evidence incomplete, approved": (proposal(), POLICY, replace(YES, evidence=False), SEND, ()),
    "tier 2, unapproved": (proposal(tier=TWO), POLICY, ASSISTED, OFFER, ("unapproved",)),
    "tier 2, approved, assisted": (proposal(tier=TWO), POLICY, replace(ASSISTED, approved=True), SEND, ()),
    "tier 2 in auto": (proposal(tier=TWO), POLICY, OPEN, OFFER, ("above-ceiling", "unapproved")),
    "draft mode, approved": (
        proposal(),
        DRAFT_MODE,
        replace(YES, ramped=False),
        OFFER,
        ("human-sends",),
    ),
    "tier 3, approved": (proposal(tier=Tier.HIGH_STAKES), POLICY, YES, HAND_OVER, ("high-stakes",)),
    "tier unset": (proposal(tier=None), POLICY, YES, HAND_OVER, ("unclassified",)),
    "tier 1, a legal threat": (proposal(triggers=LEGAL), POLICY, YES, HAND_OVER, ("escalation",)),
    "triggers unread": (proposal(triggers=None), POLICY, YES, HAND_OVER, ("escalation",)),
    "practice draft, approved": (proposal(), POLICY, replace(YES, practice=True), STAND_DOWN, ("seeded",)),
    "no category": (proposal(category=None), POLICY, YES, STAND_DOWN, ("unanswerable",)),
    "no source answers": (proposal(passages=()), POLICY, YES, STAND_DOWN, ("unanswerable",)),
    "abstained": (
        proposal(draft=None, abstained=Abstention("no-source", "nothing fits")),
        POLICY,
        YES,
        STAND_DOWN,
        ("unanswerable",),
    ),
    "no source answers, and the policy hands over": (
        proposal(passages=()),
        policy(cannot_answer=CannotAnswer(hands_over=True, owner="x@acme.example", due=DAY)),
        YES,
        HAND_OVER,
        ("unanswerable",),
    ),
    "not drafted yet": (proposal(draft=None), POLICY, YES, STAND_DOWN, ("undrafted",)),
    "machine mail, approved": (
        proposal(machine_mail=(MachineMail("bounce", ()),)),
        POLICY,
        YES,
        STAND_DOWN,
        ("machine-mail",),
    ),
    "machine mail unread": (proposal(machine_mail=None), POLICY, YES, STAND_DOWN, ("machine-mail",)),
    "moved on, approved": (proposal(), POLICY, replace(YES, moved_on="Rosa answered"), STAND_DOWN, ("moved-on",)),
    "no policy": (proposal(), None, replace(YES, ramped=False), STAND_DOWN, ("no-policy",)),
    "findings unread": (proposal(findings=None), POLICY, YES, OFFER, ("failed-checks",)),
    "a finding": (proposal(findings=(Finding("number", "a number"),)), POLICY, YES, OFFER, ("failed-checks",)),
    "a source changed, approved": (
        proposal(),
        POLICY,
        replace(YES, source_trouble="Delivery changed since this was written"),
        OFFER,
        ("source-changed",),
    ),
    "a known failure, approved": (
        proposal(),
        POLICY,
        replace(YES, failure="invents delivery days"),
        OFFER,
        ("known-failure",),
    ),
    "a language nobody published": (proposal(language="fr"), POLICY, YES, OFFER, ("language",)),
    "language unknown": (proposal(language=None), POLICY, YES, OFFER, ("language",)),
    "a stranger in copy": (proposal(cc=("x@example.com",)), POLICY, YES, OFFER, ("recipients",)),
    "a participant in copy, auto": (proposal(cc=("casey@customer.example",)), POLICY, OPEN, OFFER, ("recipients",)),
    "a participant in copy, approved": (proposal(cc=("casey@customer.example",)), POLICY, YES, SEND, ()),
    "a queue nobody published": (proposal(queue=None), POLICY, YES, OFFER, ("above-ceiling",)),
    "a category nobody published": (proposal(category="new"), POLICY, YES, OFFER, ("above-ceiling",)),
    "ramped above the ceiling": (proposal(), policy(category(ceiling=Mode.ASSISTED)), OPEN, OFFER, ("above-ceiling",)),
    "ramped above the ceiling, approved": (proposal(), policy(category(ceiling=Mode.ASSISTED)), YES, SEND, ()),
    "above a ceiling of draft, approved": (
        proposal(),
        policy(category(ceiling=Mode.DRAFT)),
        YES,
        OFFER,
        ("above-ceiling",),
    ),
    "auto forbidden for urgent ones": (
        proposal(urgency=Urgency.HIGH),
        policy(rules=(Rule("calm", False, Mode.AUTO, when=("urgent",)),)),
        OPEN,
        OFFER,
        ("above-ceiling",),
    ),
    "auto forbidden for urgent ones, and it is calm": (
        proposal(),
        policy(rules=(Rule("calm", False, Mode.AUTO, when=("urgent",)),)),
        OPEN,
        SEND,
        (),
    ),
    "forbidden in this queue, approved": (
        proposal(),
        policy(rules=(Rule("not-here", False, Mode.ASSISTED, queues=("support",)),)),
        YES,
        OFFER,
        ("above-ceiling",),
    ),
    "published for another queue, approved": (
        proposal(),
        policy(category(queues=("billing",))),
        YES,
        OFFER,
        ("above-ceiling",),
    ),
    "allowed here above its ceiling": (
        proposal(),
        policy(category(ceiling=Mode.ASSISTED), rules=(Rule("here", True, Mode.AUTO, queues=("support",)),)),
        OPEN,
        SEND,
        (),
    ),
    "outside hours": (proposal(), POLICY, replace(OPEN, within_hours=False), OFFER, ("outside-hours",)),
    "held out": (proposal(), POLICY, replace(OPEN, held_out=True), OFFER, ("held-out",)),
    "capped": (proposal(), POLICY, replace(OPEN, capped=True), OFFER, ("capped",)),
    "undisclosed": (proposal(), POLICY, replace(OPEN, disclosed=False), OFFER, ("undisclosed",)),
    "assisted, unapproved": (proposal(), POLICY, ASSISTED, OFFER, ("unapproved",)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_vectors_hold(name: str) -> None:
    made, under, controls, action, rules = CASES[name]
    decision = decide(made, under, controls)
    assert decision.action is action
    assert tuple(reason.rule for reason in decision.reasons) == rules


def test_unread_controls_mean_that_people_answer() -> None:
    assert decide(proposal(), POLICY, Controls()).action is STAND_DOWN


@pytest.mark.parametrize("gone", [rule for rule, _ in RULES], ids=rule_name)
def test_no_rule_is_idle(gone: object) -> None:
    """Without any one rule some case comes out bolder."""
    fewer = tuple(pair for pair in RULES if pair[0] is not gone)
    assert any(
        decide(made, under, controls, fewer).action < action for made, under, controls, action, _ in CASES.values()
    )


def test_a_rule_that_raises_ends_the_job_before_the_door() -> None:
    def broken(*_: object) -> str | None:
        raise RuntimeError("a rule broke")

    with pytest.raises(RuntimeError):
        decide(proposal(), POLICY, OPEN, ((broken, SEND), *RULES))


booleans = st.booleans()
controls = st.builds(
    Controls,
    switch=st.sampled_from(Switch),
    freeze=st.sampled_from(Freeze),
    approved=booleans,
    category_confirmed=booleans,
    moved_on=st.sampled_from([None, "answered"]),
    practice=booleans,
    foreign_marker=booleans,
    ramped=booleans,
    evidence=booleans,
    sender_trusted=booleans,
    within_hours=booleans,
    held_out=booleans,
    capped=booleans,
    source_trouble=st.sampled_from([None, "it changed"]),
    failure=st.sampled_from([None, "invents days"]),
    disclosed=booleans,
)
proposals = st.builds(
    proposal,
    tier=st.sampled_from([None, *Tier]),
    triggers=st.sampled_from([None, (), LEGAL]),
    category=st.sampled_from([None, "delivery-times", "other"]),
    queue=st.sampled_from([None, "support"]),
    confidence=st.sampled_from([None, 0.1, 0.95]),
    language=st.sampled_from([None, "en", "fr"]),
    findings=st.sampled_from([None, (), (Finding("x", "y"),)]),
)
policies = st.sampled_from([None, POLICY, DRAFT_MODE, policy(category(tier=TWO, ceiling=Mode.ASSISTED))])


@given(proposals, policies, controls)
def test_tier_3_and_escalated_messages_are_never_sent(made, under, how) -> None:  # type: ignore[no-untyped-def]
    decision = decide(made, under, how)
    if made.tier in {None, Tier.HIGH_STAKES} or made.triggers in {None, LEGAL}:
        assert decision.action is HAND_OVER


@given(proposals, policies, controls)
def test_nothing_is_sent_without_a_yes_or_without_evidence(made, under, how) -> None:  # type: ignore[no-untyped-def]
    if decide(made, under, how).action is SEND:
        assert how.switch is Switch.LIVE
        assert under is not None
        assert how.approved or (how.ramped and how.evidence and how.disclosed and made.tier is Tier.LOOKUP)


@given(proposals, policies, controls)
def test_the_action_is_that_of_the_gravest_objection_whatever_the_order(made, under, how) -> None:  # type: ignore[no-untyped-def]
    assert decide(made, under, how, RULES[::-1]).action is decide(made, under, how).action


@given(proposals, policies, controls)
def test_the_mode_never_exceeds_the_ceiling(made, under, how) -> None:  # type: ignore[no-untyped-def]
    entry = under.category(made.category) if under else None
    assert decide(made, under, how).mode <= (entry.ceiling if entry else Mode.DRAFT)

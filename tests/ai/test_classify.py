"""Words first, model second, the higher wins; unsure is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.ai.classify import classify
from app.ai.described import NOTHING
from app.ai.urgency import urgency_of
from app.governance.proposal import Tier, Trigger, Urgency
from tests import builders
from tests.ai.small import DELIVERY, asking, mind


def judged(text, **changes):
    return classify(asking(text, category=None, tier=None, confidence=None, triggers=None, **changes), mind())


def test_a_clear_question_has_its_category_and_tier():
    found = judged("How long does delivery take?")
    assert (found.category, found.tier, found.triggers) == ("delivery-times", Tier.LOOKUP, ())
    assert found.confidence > 0.8


def test_a_trigger_raises_the_tier_whatever_the_category():
    found = judged("How long does delivery take? My lawyer wants to know.")
    assert found.tier is Tier.HIGH_STAKES
    assert [trigger.trigger for trigger in found.triggers] == ["legal"]


def test_the_full_text_is_judged_and_not_only_the_new_part():
    found = judged("How long does delivery take?", full_text="How long does delivery take?\n> I will sue you")
    assert found.tier is Tier.HIGH_STAKES


def test_a_category_of_tier_3_makes_the_message_tier_3():
    assert judged("I demand damages").tier is Tier.HIGH_STAKES


def test_something_else_has_no_category_and_tier_2():
    found = judged("Singing bananas")
    assert (found.category, found.tier) == (None, Tier.JUDGEMENT)
    assert found.confidence < NOTHING


def test_under_its_floor_the_category_is_a_candidate_of_tier_2():
    found = judged("delivery of things in general, long ago, somewhere, by somebody, with express luck")
    assert (found.category, found.tier) == ("delivery-times", Tier.JUDGEMENT)
    assert 0.3 <= found.confidence < 0.8


def test_an_empty_message_has_no_category():
    found = judged("", subject="")
    assert (found.category, found.tier, found.confidence) == (None, Tier.JUDGEMENT, 0.0)


def test_a_very_short_message_is_read_with_its_subject():
    assert judged("??", subject="How long does delivery take").category == "delivery-times"


@pytest.mark.parametrize(
    ("text", "triggers", "urgency"),
    [
        ("Where is it?", (), Urgency.NORMAL),
        ("No rush, just wondering", (), Urgency.LOW),
        ("I need it by tomorrow", (), Urgency.HIGH),
        ("Dringend, bitte bis morgen!", (), Urgency.HIGH),
        ("C'est la troisième fois que j'écris", (), Urgency.HIGH),
        ("至急お願いします", (), Urgency.HIGH),
        ("This is an emergency", (), Urgency.CRITICAL),
        ("Our whole warehouse cannot print labels", (), Urgency.CRITICAL),
        ("We lose orders every minute", (), Urgency.CRITICAL),
        ("Wir können nicht arbeiten, das System steht seit heute früh", (), Urgency.CRITICAL),
        ("Tout est bloqué depuis ce matin", (), Urgency.CRITICAL),
        ("No podemos trabajar", (), Urgency.CRITICAL),
        ("Não conseguimos trabalhar", (), Urgency.CRITICAL),
        ("業務が止まっています", (), Urgency.CRITICAL),
        ("I fly tomorrow and my ticket is not there", (), Urgency.HIGH),
        ("My insulin delivery has not come", (), Urgency.HIGH),
        ("The heating has been out since Friday", (), Urgency.HIGH),
        ("Payroll is due today and I cannot log in", (), Urgency.HIGH),
        ("Is your office open right now?", (), Urgency.NORMAL),
        ("Is our store open on Monday?", (), Urgency.NORMAL),
        ("Which office chairs do you have?", (), Urgency.NORMAL),
        ("calm words", (Trigger("safety", "fire"),), Urgency.CRITICAL),
        ("calm words", (Trigger("legal", "lawyer"),), Urgency.HIGH),
    ],
)
def test_urgency_follows_consequence_and_deadline(text, triggers, urgency):
    assert urgency_of(text, triggers) is urgency


def test_a_shared_source_speaks_for_the_look_up_and_not_for_the_exception():
    lookup = replace(DELIVERY, examples=(), description="Weather", tier=Tier.LOOKUP)
    exception = replace(DELIVERY, name="exception", examples=(), description="Goodwill", tier=Tier.JUDGEMENT)
    ours = mind(ours=builders.policy(exception, lookup))
    texts, owners = ours.anchors("en")
    titled = {int(owner) for text, owner in zip(texts, owners, strict=True) if text.startswith("Delivery times")}
    assert titled == {1}


def test_internal_titles_describe_no_category():
    texts, _ = mind().anchors("en")
    assert not [text for text in texts if "Internal" in text]

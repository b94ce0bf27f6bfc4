"""The golden set: what must be equal, how much of it, and what a release may change without ending the evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.governance.binomial import at_most
from app.governance.fingerprint import Making, Tools
from app.governance.golden import Comparison, differing, is_release, made_of, wanted
from app.governance.proposal import Abstention, Finding, Injection, Sentence, Tier, Trigger
from tests import builders
from tests.governance.test_gate import PLAN

POLICY = builders.policy()
WAS = builders.proposal()
MAKING = Making(tools=Tools(model="m", prompts={"code": "1"}, retrieval={"most": "6"}), rules={"a": "b"}, sources={})


def changed(**changes):
    return made_of(replace(WAS, **changes), POLICY)


@pytest.mark.parametrize(
    ("part", "now"),
    [
        ("category", {"category": "another"}),
        ("tier", {"tier": Tier.JUDGEMENT}),
        ("sure", {"confidence": 0.01}),
        ("draft", {"draft": replace(builders.DRAFT, text=builders.DRAFT.text + " ")}),
        ("sources", {"draft": replace(builders.DRAFT, sentences=(Sentence("x", ("other#passage",)),))}),
        ("triggers", {"triggers": (Trigger("legal", "lawyer"),)}),
        ("injection", {"injection": (Injection("hidden", "x"),)}),
        ("language", {"language": "de"}),
        ("abstained", {"abstained": Abstention("no-source", "")}),
        ("findings", {"findings": (Finding("numbers", "another number"),)}),
    ],
)
def test_each_thing_that_a_reviewer_would_judge_otherwise_is_seen(part, now):
    assert part in differing(changed(), changed(**now))
    assert differing(changed(), changed()) == ()


def test_another_ceiling_is_seen_and_the_score_alone_is_not():
    (category,) = [one for one in POLICY.categories if one.name == WAS.category]
    lower = replace(POLICY, categories=(replace(category, ceiling=category.mode.__class__.DRAFT),))
    assert differing(changed(), made_of(WAS, lower)) == ("ceiling",)
    assert changed(confidence=0.991) == changed(confidence=0.992)


@pytest.mark.parametrize(
    ("change", "carries"),
    [
        ({}, True),
        ({"tools": replace(MAKING.tools, prompts={"code": "2"})}, True),
        ({"tools": replace(MAKING.tools, retrieval={"most": "7"})}, True),
        ({"tools": replace(MAKING.tools, model="another")}, False),
        ({"rules": {"a": "c"}}, False),
        ({"sources": {"x en": "hash"}}, False),
    ],
)
def test_only_a_release_is_worth_trying(change, carries):
    assert is_release(MAKING, replace(MAKING, **change)) is carries


@pytest.mark.parametrize(("p0", "most"), [(0.95, 59), (0.98, 149)])
def test_so_many_equal_ones_rule_out_more_different_ones_than_the_promise_allows(p0, most):
    plan = replace(PLAN, p0=p0)
    assert (wanted(plan, 10_000), wanted(plan, 7), wanted(plan, 0)) == (most, 7, 0)
    assert at_most(0, most, 1 - p0) <= 0.05 < at_most(0, most - 1, 1 - p0)


@pytest.mark.parametrize(
    ("found", "carries", "words"),
    [
        (Comparison(59, 59, 0), True, "exactly as before"),
        (Comparison(59, 100, 0), True, "all 100 reviewed"),
        (Comparison(59, 58, 0), False, "only 58 of 59"),
        (Comparison(59, 100, 1), False, "1 message comes out different since the update, of 100 reviewed ones"),
        (Comparison(0, 0, 0), False, "only 0 of 0"),
    ],
)
def test_one_difference_or_too_few_to_tell_is_a_no(found, carries, words):
    assert found.carries is carries
    assert words in found.why

"""Failure patterns: which drafts go wrong in a known way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.governance.patterns import Pattern, freezes, matched, matches
from app.governance.proposal import Draft, Finding
from tests.builders import proposal


def drafted(text: str, **changes: Any) -> Any:
    return proposal(draft=Draft(text, ()), **changes)


PROMISE = Pattern(name="promises a date", phrases=("will arrive  on", "必ず届きます"))


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("It WILL ARRIVE\non Monday.", True),
        ("It will arriveon Monday.", False),
        ("It takes 3 to 5 days.", False),
        ("明日必ず届きます。", True),
    ],
)
def test_a_phrase_is_met_as_whole_words_whatever_its_case(text, hit):
    assert matches(PROMISE, drafted(text)) is hit


def test_a_category_narrows_it():
    elsewhere = replace(PROMISE, categories=("refunds",))
    assert not matches(elsewhere, drafted("It will arrive on Monday."))
    assert matches(elsewhere, drafted("It will arrive on Monday.", category="refunds"))


def test_a_finding_of_the_checks_may_be_the_sign():
    pattern = Pattern(name="wrong link", categories=("delivery-times",), finding="link")
    assert matches(pattern, proposal(findings=(Finding("link", "x"),)))
    assert not matches(pattern, proposal(findings=(Finding("tone", "x"),)))
    assert not matches(pattern, proposal(findings=None))


def test_a_message_without_a_draft_matches_nothing():
    assert matched([PROMISE], proposal(draft=None)) is None


def test_every_match_is_named():
    second = replace(PROMISE, name="names a day", phrases=("Monday",))
    words = matched([PROMISE, second], drafted("It will arrive on Monday."))
    assert words == "a known failure, not yet fixed: promises a date, names a day"


def test_only_a_pattern_that_names_the_category_keeps_it_at_drafts():
    named = replace(PROMISE, categories=("delivery-times",))
    assert freezes([PROMISE, named], "delivery-times") == (named.name,)
    assert freezes([named], None) == ()

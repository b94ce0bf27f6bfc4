"""Approved sources: what is read, what is refused and where."""

from __future__ import annotations

from datetime import date

import pytest

from app.governance.sources import (
    Source,
    SourceError,
    catalogue,
    disagreeing,
    is_stale,
    parse_source,
    passages,
    why_unusable,
)

HEAD = """+++
id = "{id}"
title = "Delivery times"
owner = "rosa@acme.example"
review_by = 2027-03-31
audience = "public"
language = "{language}"
+++
"""


def text(body: str, name: str = "shipping-times", language: str = "en") -> str:
    return HEAD.format(id=name, language=language) + body


ENGLISH = text("\n## Standard\n\nThree days.\n\n## Outside Europe\n\nTen **long**\ndays.\n")
GERMAN = text("\n## Normal\n\nDrei Tage.\n\n## Außerhalb Europas\n\nZehn Tage.\n", "shipping-times.de", "de")


def test_each_section_is_a_passage_named_after_its_heading():
    found = passages(parse_source(ENGLISH, "shipping-times.md"))
    assert [(passage.id, passage.text) for passage in found] == [
        ("shipping-times#standard", "Three days."),
        ("shipping-times#outside-europe", "Ten long days."),
    ]


def test_text_before_the_first_section_is_a_passage_too():
    assert passages(parse_source(text("Soon.\n\n## Later\n\nLater."), "x.md"))[0].id == "shipping-times#overview"


def test_a_translation_shares_the_ids_of_the_english_text():
    found = catalogue([parse_source(ENGLISH, "a.md"), parse_source(GERMAN, "a.de.md")])
    assert [passage.id for passage in found["shipping-times", "de"]] == [
        "shipping-times#standard",
        "shipping-times#outside-europe",
    ]
    assert {passage.language for passage in found["shipping-times", "de"]} == {"de"}


def test_a_translation_with_other_sections_keeps_its_own_ids():
    other = parse_source(text("## Dauer\n\nDrei Tage.", "shipping-times.de", "de"), "a.de.md")
    assert catalogue([parse_source(ENGLISH, "a.md"), other])["shipping-times", "de"][0].id == "shipping-times#dauer"


def test_a_source_is_stale_the_day_after_its_review_date():
    source = parse_source(ENGLISH, "a.md")
    assert not is_stale(source, date(2027, 3, 31))
    assert is_stale(source, date(2027, 4, 1))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("no head at all", "s.md, line 1: no head"),
        ("+++\nid = \n+++\ntext", "s.md, line 2:"),
        (ENGLISH.replace("owner", "ownr"), "line 1: missing owner"),
        (ENGLISH.replace('language = "en"', 'language = "en"\ncolour = "red"'), "line 8: unknown key colour"),
        (ENGLISH.replace('"public"', '"everyone"'), "line 6: audience must be public or internal"),
        (ENGLISH.replace("2027-03-31", '"soon"'), "line 5: review_by must be a date"),
        (text(""), "no text after the head"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(given, complaint):
    with pytest.raises(SourceError) as refused:
        parse_source(given, "s.md")
    assert str(refused.value).startswith("s.md")
    assert complaint in str(refused.value)


# --- what a draft may rest on ------------------------------------------------------------------------------------------


def stated(name: str, days: int) -> Source:
    fact = f'language = "en"\nfacts = {{ days = {days} }}'
    return parse_source(text("Soon.", name).replace('language = "en"', fact), f"{name}.md")


def test_another_owner_or_review_date_says_nothing_new():
    other = ENGLISH.replace("rosa@", "ana@").replace("2027-03-31", "2028-03-31")
    assert parse_source(other, "a.md").says == parse_source(ENGLISH, "a.md").says


@pytest.mark.parametrize(
    ("before", "after"), [("Three", "Four"), ("Delivery", "Despatch"), ('"public"', '"internal"'), ('"en"', '"de"')]
)
def test_any_other_word_says_something_else(before, after):
    assert parse_source(ENGLISH.replace(before, after), "a.md").says != parse_source(ENGLISH, "a.md").says


def test_both_sides_of_a_contradiction_are_out_and_agreement_is_none():
    assert disagreeing([stated("a", 14), stated("b", 30), stated("c", 30)]) == {
        ("a", "en"): "days",
        ("b", "en"): "days",
        ("c", "en"): "days",
    }
    assert disagreeing([stated("b", 30), stated("c", 30)]) == {}


def test_a_source_without_owner_carries_no_draft():
    nobody = parse_source(ENGLISH.replace('"rosa@acme.example"', '" "'), "a.md")
    assert why_unusable(nobody, {}, date(2026, 1, 1)) == "nobody owns it"
    assert why_unusable(parse_source(ENGLISH, "a.md"), {}, date(2026, 1, 1)) is None

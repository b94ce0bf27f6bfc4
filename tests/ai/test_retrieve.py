"""What may answer: public, in date, in the customer's language, and near the question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.ai.retrieve import retrieve, search
from tests.ai.small import LIMITS, SHIPPING, SOURCES, TODAY, asking, mind


def found(proposal, ours=None):
    return [passage.id for passage in retrieve(proposal, ours or mind(), TODAY).passages or ()]


def test_the_nearest_passage_comes_first_with_its_score():
    passages = retrieve(asking("What does express delivery take?"), mind(), TODAY).passages
    assert passages[0].id == "shipping-times#express"
    assert passages[0].score > passages[-1].score > 0


def test_internal_text_never_carries_a_draft():
    assert "limits#limits" not in found(asking("May agents refund delivery up to 40 euros?"))


def test_a_stale_source_does_not_count():
    stale = replace(SHIPPING, review_by=date(2026, 3, 1))
    assert found(asking(), mind((stale, LIMITS))) == []


def test_the_customers_language_is_taken_where_there_is_one():
    german = retrieve(asking("Wie lange dauert die normale Lieferung?", language="de"), mind(), TODAY)
    assert {passage.language for passage in german.passages} == {"de"}
    assert german.passages[0].id == "shipping-times#standard"


def test_other_languages_find_the_english_text():
    french = retrieve(asking("standard delivery express", language="fr"), mind(), TODAY)
    assert {passage.language for passage in french.passages} == {"en"}


def test_a_stale_translation_falls_back_to_english():
    stale = replace(SOURCES[1], review_by=date(2026, 3, 1))
    german = retrieve(asking("standard delivery express", language="de"), mind((SHIPPING, stale)), TODAY)
    assert {passage.language for passage in german.passages} == {"en"}


def test_nothing_near_is_an_empty_answer_and_not_none():
    assert retrieve(asking("Singing bananas"), mind(), TODAY).passages == ()


def test_no_category_is_an_empty_answer():
    assert retrieve(asking(category=None), mind(), TODAY).passages == ()


def test_search_looks_everywhere():
    hits = search("May agents refund delivery up to 40 euros?", mind(), 2)
    assert hits[0].id == "limits#limits"
    assert len(hits) == 2


def test_search_keeps_to_a_language():
    assert {hit.language for hit in search("delivery Lieferung", mind(), 9, "de")} == {"de"}

"""What may answer: public, in date, in the customer's language, and near the question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.ai.answers import wanted
from app.ai.retrieve import leasts, retrieve, search
from tests import builders
from tests.ai.small import DELIVERY, LIMITS, SHIPPING, SOURCES, TODAY, asking, mind, source


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


def test_what_contradicts_a_near_passage_is_found_beside_it_however_far_it_is():
    notice = source("notice", "Notice", "Standard delivery takes 12 working days, said the leaflet of the warehouse.")
    told = builders.policy(replace(DELIVERY, sources=("shipping-times", "notice")))
    ours = mind((SHIPPING, notice), ours=told)
    near = [passage.id for passage in retrieve(asking("How long is standard delivery?"), ours, TODAY).passages]
    assert near.index("notice#overview") == near.index("shipping-times#standard") + 1
    assert "notice#overview" in [hit.id for hit in search("standard delivery", ours, 2)]


def test_a_question_near_to_everything_needs_more():
    many = "\n\n".join(f"## Carrier {at}\n\nDelivery to place{at} takes {at} working days." for at in range(3, 30))
    ours = mind((SHIPPING, source("carriers", "Delivery carriers", many)))
    words = "delivery takes working days"  # what every passage says
    assert leasts([words], ours, "en", sure=True)[0] > leasts(["opening hours"], ours, "en", sure=True)[0]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Are you open on Saturday?", {"clock"}),
        ("Can my children open an account?", set()),
        ("In what time frame will it come?", {"duration"}),
        ("cancel order 00004587", {"steps"}),
        ("Has order 00004587 been shipped?", set()),
    ],
)
def test_a_question_waits_for_the_kind_of_answer_that_its_words_ask_for(text: str, kinds: set[str]):
    assert wanted(text) == kinds


def test_a_source_of_another_category_that_is_nearer_says_that_this_is_the_wrong_one():
    returns = source("returns", "Returns of parcels", "You return a parcel within 30 days.")
    ours = mind((SHIPPING, returns))
    assert found(asking("Returns: may I return a parcel with standard delivery?"), ours) == []
    assert found(asking("What does standard delivery cost?"), ours) != []

"""The words of the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.words import counted, laid_out, lasting, maker, marked, numbered, place, span, spoken


@given(st.text(), st.lists(st.text(min_size=1)))
def test_a_laid_out_draft_is_the_draft(text, sentences):
    assert "".join(piece.text for piece in laid_out(text, sentences)) == text


@given(st.lists(st.text(min_size=1), min_size=1), st.text())
def test_sentences_that_stand_in_a_draft_are_all_found(sentences, between):
    pieces = laid_out(between.join(sentences), sentences)
    assert [piece.number for piece in pieces if piece.number is not None] == list(range(len(sentences)))


def test_a_repeated_sentence_is_two_sentences():
    assert [piece.number for piece in laid_out("Yes. Yes.", ["Yes.", "Yes."])] == [0, None, 1]


@given(st.text(), st.text())
def test_a_marked_passage_is_the_passage(passage, sentence):
    assert "".join(text for text, _ in marked(passage, sentence)) == passage


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (spoken("delivery-times"), "Delivery times"),
        (place("zendesk"), "Zendesk"),
        (place("gmail:support@acme.example"), "support@acme.example"),
        (maker("gmail:support@acme.example"), "Gmail"),
        (numbered("35", "zendesk"), "#35"),
        (numbered("18c2a5f0b1d3e522", "gmail:support@acme.example"), "support@acme.example"),
        (spoken(None), "No category"),
        (counted(1, "reply", "replies"), "1 reply"),
        (counted(2, "reply", "replies"), "2 replies"),
        (counted(0, "draft"), "0 drafts"),
        (lasting(9), "9 ms"),
        (lasting(1530), "1.5 s"),
        (lasting(None), "–"),
        (span(timedelta(minutes=30)), "30 minutes"),
        (span(timedelta(hours=4)), "4 hours"),
        (span(timedelta(days=3)), "3 days"),
    ],
)
def test_words_are_those_of_people(said, expected):
    assert said == expected

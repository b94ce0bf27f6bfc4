"""Which figures a sentence states, and when two sentences differ about one matter."""

from __future__ import annotations

import pytest

from app.governance.facts import differing, facts, same_matter


@pytest.mark.parametrize(
    ("sentence", "kind", "values"),
    [
        ("It takes 3 to 5 working days.", "days", {"3", "5"}),
        ("It takes three to five working days.", "days", {"3", "5"}),
        ("A 10-year warranty", "years", {"10"}),
        ("It costs €4.90.", "price", {"4.90 €"}),
        ("Es kostet 4,90 Euro.", "price", {"4.90 €"}),
        ("A fee of 10% applies.", "price", {"10 %"}),
        ("送料は19.90ユーロです。", "price", {"19.90 €"}),
        ("Order before noon.", "clock", {"12:00"}),
        ("We are open until 5 pm.", "clock", {"17:00"}),
        ("Die Lieferung dauert 3 bis 5 Werktage.", "days", {"3", "5"}),
    ],
)
def test_a_figure_is_known_by_what_it_measures(sentence, kind, values):
    assert facts(sentence)[kind] == values


def test_a_sentence_without_figures_states_none():
    assert facts("You find the link under Orders, Track.") == {}


def test_a_phone_number_and_an_order_number_are_no_facts():
    assert facts("Call +49 30 5550 1234 about order 4711.") == {}


def test_other_days_for_the_same_matter_differ():
    one, other = "Unused goods may be returned within 14 days.", "You can send back unused goods within 30 days."
    assert differing(one, other) == "days"
    assert same_matter(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Standard delivery takes 3 to 5 working days.", "We answer a fault report within 2 working days."),
        ("You can top up 2,000 euros a day.", "You can withdraw up to 500 euros a day."),
    ],
)
def test_other_matters_may_have_other_figures(one, other):
    assert not same_matter(one, other)


def test_the_same_amount_in_other_words_does_not_differ():
    assert differing("Delivery costs 4.90 euros.", "Delivery costs €4.90.") is None

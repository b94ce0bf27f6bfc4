"""Prose taken apart the same way everywhere."""

from __future__ import annotations

import pytest

from app.governance.prose import content_words, links, numbers, overlap, sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It costs 4.90 euros. It is free for you!", ["It costs 4.90 euros.", "It is free for you!"]),
        ("Hello,\n\nwe are open.\n", ["Hello,", "we are open."]),
        ("Am 3. Mai, z. B. um 10.30 Uhr. Gut.", ["Am 3. Mai, z. B. um 10.30 Uhr.", "Gut."]),
        ("Tap Settings > Plus. Then wait, e.g. a day.", ["Tap Settings > Plus.", "Then wait, e.g. a day."]),
        ("配送は3日です。送料は無料です！", ["配送は3日です。", "送料は無料です！"]),
        ("See www.acme.example. Thanks", ["See www.acme.example.", "Thanks"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_stop(text, parts):
    assert list(sentences(text)) == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,299.00", "1.299,00"),
        ("4,90", "4.90"),
        ("2,000", "2.000"),
        ("three days", "3 days"),
        ("３日", "3日"),
        ("08", "8"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(one, other):
    assert numbers(one) == numbers(other) != frozenset()


@pytest.mark.parametrize(("one", "other"), [("14:00", "14:30"), ("4.90", "49"), ("1.5", "15"), ("2.5", "2,500")])
def test_different_numbers_stay_different(one, other):
    assert numbers(one) != numbers(other)


def test_links_are_found_bare_and_whole():
    text = "See https://acme.example/help?x=1, help.acme.example or write to Support@Acme.example."
    assert links(text) == {"https://acme.example/help?x=1", "help.acme.example", "support@acme.example"}


def test_a_sentence_without_content_is_covered_by_anything():
    assert overlap("It is.", "Standard delivery") == 1.0
    assert overlap("We sell bananas", "Standard delivery takes 3 days") < 0.5


def test_the_us_is_a_country_and_not_us():
    assert content_words("Do you deliver to the US?") - content_words("Do you deliver to us?") == {"us"}
    assert "us" not in content_words("CALL US NOW")

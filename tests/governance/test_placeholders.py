"""Placeholders: filled with the ticket's facts, or found before anybody could send them."""

from __future__ import annotations

import pytest

from app.governance.placeholders import KNOWN, Facts, filled, left_over, literal_placeholders, unknown
from app.governance.proposal import Draft, Sentence

FACTS = Facts(
    ticket="35436", subject="Late parcel", requester="Casey Miller", email="casey@x.example", team="Acme support"
)


def test_the_common_ones_stand_for_the_tickets_facts():
    text = "Hello {{ticket.requester.first_name}}, about {{ ticket.id }}. {{current_user.first_name}}"
    assert filled(text, FACTS) == "Hello Casey, about 35436. Acme support"


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_each_known_one_is_filled_or_stays_to_be_found(name):
    marked = f"{{{{{name}}}}}"
    assert left_over(filled(marked, FACTS)) in {(), (marked,)}


@pytest.mark.parametrize("mark", ["{{ticket.comments_formatted}}", "{{dc.hello}}", "{% if x %}", "{{", "%}"])
def test_what_is_not_known_stays_and_is_found(mark):
    draft = Draft(f"Hello {mark}", (Sentence(f"Hello {mark}", ()),))
    assert filled(draft.text, FACTS) == draft.text
    assert [(finding.check, finding.sentence) for finding in literal_placeholders(draft)] == [("placeholder", 0)]
    assert unknown(mark) == (mark,)


def test_a_mark_between_the_sentences_is_found_too():
    (finding,) = literal_placeholders(Draft("Hello {{x}}", (Sentence("Hello", ()),)))
    assert finding.sentence is None


@pytest.mark.parametrize("name", ["", "{{ticket.id}}", "https://evil.example/x", "www.evil.example", "x" * 200])
def test_a_name_that_is_more_than_a_name_fills_nothing(name):
    facts = Facts(ticket="1", subject="", requester=name, email="", team="Acme support")
    assert left_over(filled("Hello {{ticket.requester.name}}", facts)) == ("{{ticket.requester.name}}",)

"""A draft says what its sources say, in their words, or says why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.ai.check import check
from app.ai.draft import draft
from app.ai.letters import LETTERS
from app.ai.retrieve import retrieve
from app.governance.proposal import Injection, MachineMail, Tier, Trigger
from app.governance.prose import sentences
from tests import builders
from tests.ai.small import DELIVERY, SHIPPING, TODAY, asking, mind, source


def drafted(text="How long does standard delivery take?", **changes):
    return draft(retrieve(asking(text, **changes), mind(), TODAY), mind())


def test_the_answer_is_the_sources_own_words_with_their_ids():
    found = drafted().draft
    told = {sentence.text: sentence.sources for sentence in found.sentences}
    assert told["Standard delivery takes 3 to 5 working days."] == ("shipping-times#standard",)
    assert told["Hello,"] == ("template#greeting",)
    assert "Standard delivery takes 3 to 5 working days. Standard delivery costs 4.90 euros." in found.text


def test_the_text_is_exactly_its_sentences():
    found = drafted().draft
    assert sentences(found.text) == tuple(sentence.text for sentence in found.sentences)


def test_a_reply_signs_with_the_teams_name():
    assert drafted().draft.text.endswith("Kind regards,\nAcme support")


def test_a_german_question_has_a_german_answer():
    text = drafted("Wie lange dauert die normale Lieferung?", language="de").draft.text
    assert text.startswith("Guten Tag,")
    assert "3 bis 5 Werktage" in text


def test_two_questions_have_two_answers():
    text = drafted("How long does standard delivery take, and how long does express delivery take?").draft.text
    assert "3 to 5 working days" in text
    assert "1 working day" in text


def test_the_section_that_names_what_is_asked_answers_alone():
    abroad = source(
        "shipping-times",
        "Times",
        "## Europe\n\nDelivery takes 3 to 5 days, and costs 5 euros.\n\n## America\n\nDelivery to the US takes 9 days.",
    )
    ours = mind((abroad,))
    told = draft(retrieve(asking("How long are deliveries to the US?"), ours, TODAY), ours).draft.text
    assert "9 days" in told
    assert "5 euros" not in told


def test_every_letter_reads_as_its_own_sentences():
    for letter in LETTERS.values():
        for line in (letter.greeting, letter.opening, letter.closing, letter.sign_off):
            assert sentences(line) == (line,)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"machine_mail": (MachineMail("bounce", ("x",)),)}, "machine-mail"),
        ({"machine_mail": None}, "machine-mail"),
        ({"tier": Tier.HIGH_STAKES}, "tier-3"),
        ({"tier": None}, "tier-3"),
        ({"triggers": (Trigger("asks-for-person", "a person"),)}, "tier-3"),
        ({"triggers": None}, "tier-3"),
        ({"text": ""}, "no-source"),
        ({"text": "Singing bananas"}, "no-source"),
        ({"text": "Where is my order 4711234?"}, "needs-account-data"),
        ({"text": "Has my parcel been shipped?"}, "needs-account-data"),
        ({"text": "My standard delivery is missing and the payment was declined."}, "no-source"),
        ({"text": "How long does standard delivery take? What colour are your singing bananas?"}, "partly-covered"),
    ],
)
def test_there_is_no_draft_and_a_reason(changes, why):
    found = drafted(**({"text": "How long does standard delivery take?"} | changes))
    assert found.draft is None
    assert found.abstained.why == why


def test_how_something_is_done_is_the_same_for_every_order():
    assert drafted("How do I choose express delivery for order 4711234?").draft is not None


def test_two_sources_with_other_figures_are_shown_and_neither_is_sent():
    leaflet = source("leaflet", "Leaflet", "## Standard\n\nStandard delivery usually takes 5 to 8 working days.")
    ours = mind((SHIPPING, leaflet), ours=builders.policy(replace(DELIVERY, sources=("shipping-times", "leaflet"))))
    said = draft(retrieve(asking(), ours, TODAY), ours)
    assert said.draft is None
    assert said.abstained.why == "sources-contradict"
    assert "3 to 5 working days" in said.abstained.text
    assert "5 to 8 working days" in said.abstained.text


def test_whoever_answers_what_no_source_speaks_of_is_told_that_the_nearest_two_differ():
    leaflet = source("leaflet", "Delivery leaflet", "Standard delivery takes 5 to 8 working days.")
    ours = mind((SHIPPING, leaflet), ours=builders.policy(replace(DELIVERY, sources=("shipping-times", "leaflet"))))
    lost = asking("My standard delivery was declined")
    assert draft(retrieve(lost, ours, TODAY), ours).abstained.why == "sources-contradict"
    assert draft(retrieve(lost, mind(), TODAY), mind()).abstained.why == "no-source"


def test_a_good_draft_passes_every_check():
    assert check(drafted(), mind()).findings == ()


def test_without_a_draft_nothing_was_checked():
    assert check(drafted("Singing bananas"), mind()).findings is None


def checks_of(**changes):
    return {finding.check for finding in check(drafted(**changes), mind()).findings}


def test_marks_in_the_message_want_a_persons_eyes():
    assert checks_of(injection=(Injection("override", "ignore previous"),)) == {"injection"}
    assert checks_of(injection=None) == {"injection"}


def test_a_reply_in_another_language_is_a_finding():
    assert "language" in checks_of(text="standard delivery express", language="fr")
    assert "language" in checks_of(language=None)


def test_a_question_without_words_of_its_own_is_read_in_the_light_of_the_message():
    text = drafted("I want express delivery at the checkout. How long does that take?").draft.text
    assert "1 working day" in text


def test_nothing_found_says_whether_the_category_or_the_sources_are_to_blame():
    elsewhere = source("cards", "Your card", "## Lost card\n\nFreeze a lost card in the app.\n")
    knowing = mind((SHIPPING, elsewhere))

    def why(text, **changes):
        return draft(asking(text, passages=(), **changes), knowing).abstained.text

    assert why("How long does delivery take?") == "no approved source answers this"
    assert why("I have a lost card") == "it may not be about delivery-times: a source of another category is nearer"
    assert why("Hello?", category=None) == "it is not sure what this is about, so no source was searched"

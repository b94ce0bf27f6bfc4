"""A summary for people: the customer's weightiest words and what we have promised so far."""

from __future__ import annotations

from dataclasses import replace

from app.ai.summarise import summarise
from app.governance.proposal import Trigger
from tests.ai.messages import MARIA, ROSA, cleaned, comment, ticket

TEXT = "Hello. My charger caught fire on Monday. It was 30 days old. My card is 4111 1111 1111 1111. Regards from here."


def summary(text=TEXT, *answers):
    newest = comment(text)
    proposal = replace(cleaned(text), triggers=(Trigger("safety", "caught fire"),))
    return summarise(proposal, ticket(*answers, newest, subject="Charger")).summary


def test_the_words_that_fired_are_quoted_in_the_customers_order():
    text = summary().text
    assert text.startswith("Maria wrote about “Charger”.")
    assert text.index("caught fire") < text.index("30 days")


def test_cards_are_masked():
    assert "4111" not in summary().text
    assert "[card_number]" in summary().text


def test_what_staff_promised_is_listed_with_name_and_time():
    answer = comment("Hello Maria. We will refund you by Friday. Have a nice day.", 3, author=ROSA)
    assert summary(TEXT, answer).commitments == ("02 Mar 09:03, Rosa: We will refund you by Friday.",)


def test_questions_notes_and_the_customers_own_words_are_no_promises():
    others = (
        comment("Will you get back to us?", 2, author=ROSA),
        comment("We will refund her.", 3, author=ROSA, public=False),
        comment("I will refund it myself", 4, author=MARIA),
    )
    assert summary(TEXT, *others).commitments == ()

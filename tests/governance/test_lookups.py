"""A look-up is asked for what the message names, tells only the customer's own, and never guesses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.governance.lookups import Asker, LookUp, NoFact, Told, checked, expired, is_asked, key_in, told
from app.governance.proposal import Draft, Passage, Sentence
from app.governance.seen import seen
from app.governance.sources import SourceError, parse_source
from tests.builders import policy, proposal

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HEAD = """+++
id = "order-status"
title = "Your order"
owner = "rosa@acme.example"
review_by = 2027-03-31
audience = "public"
language = "en"
kind = "lookup"

[lookup]
from = "table"
place = "orders.csv"
named = ["order", "Bestellung"]
key = "order"
requester = "email"
holds = "PT1H"
+++

## Status

Your order {{fact.order}} is {{fact.status}}.
"""
ORDERS = LookUp(
    origin="table", place="orders.csv", named=("order", "Bestellung"), key="order", requester="email", holds=timedelta(hours=1)
)  # fmt: skip
CASEY = Asker("casey@customer.example", {})
WORDS = Passage(
    "order-status#status",
    "Your order: Status",
    "Order {{fact.order}} is {{fact.status}}.",
    0.0,
    "public",
    "en",
    "a" * 64,
)


def test_a_look_up_is_a_source_whose_meaning_changes_with_its_place() -> None:
    made = parse_source(HEAD, "a.md")
    assert made.look_up == ORDERS
    assert made.says != parse_source(HEAD.replace("orders.csv", "others.csv"), "a.md").says


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ('from = "table"', 'from = "guess"', 11, "from must be one of"),
        ('place = "orders.csv"', 'place = "../orders.csv"', 12, "place must be the name of a file"),
        ('place = "orders.csv"', "place = 7", 12, "place must be a text"),
        ('named = ["order", "Bestellung"]', "named = []", 13, "named must list"),
        ('key = "order"', 'kee = "order"', 14, "kee is unknown"),
        ('requester = "email"', 'requester = ""', 15, "nobody is told another's"),
        ('holds = "PT1H"', 'holds = "P3D"', 16, "holds must be a duration"),
        ('holds = "PT1H"', "", 1, "holds must be a duration"),
        ('kind = "lookup"', 'kind = "source"', 10, "go together"),
        ('audience = "public"', 'audience = "internal"', 6, "audience must be public"),
        ("{{fact.order}} is {{fact.status}}", "is there", 18, "no fact in the text"),
        ('from = "table"\nplace = "orders.csv"', 'from = "https"\nplace = "http://a.example/{key}"', 12, "place must be an address"),
        ('from = "table"\nplace = "orders.csv"', 'from = "https"\nplace = "https://u@a.example/{key}"', 12, "place must be an address"),
        ('from = "table"\nplace = "orders.csv"', 'from = "https"\nplace = "https://a.example/all"', 12, "must hold {key}"),
        ('from = "table"', 'from = "ticket"', 12, "is not for a ticket"),
    ],
)  # fmt: skip
def test_a_head_that_cannot_be_used_is_refused_by_line(before: str, after: str, line: int, words: str) -> None:
    with pytest.raises(SourceError, match=rf"a\.md, line {line}: .*{words}"):
        parse_source(HEAD.replace(before, after), "a.md")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Where is my order 1001?", "1001"),
        ("The order number is: #1001. Thanks", "1001"),
        ("order no. 1001", "1001"),
        ("Meine Bestellung Nr. A-1001 fehlt", "A-1001"),
        ("ORDER 1001, I said order 1001!", "1001"),
    ],
)
def test_the_number_behind_its_word_is_the_key(text: str, key: str) -> None:
    assert is_asked(ORDERS, text)
    assert key_in(ORDERS, text) == key


@pytest.mark.parametrize(
    "text", ["How do I place an order?", "I ordered 3 lamps", "My invoice 1001", "order. 1001 nights"]
)
def test_without_such_a_number_nothing_is_looked_up(text: str) -> None:
    assert not is_asked(ORDERS, text)


@pytest.mark.parametrize(
    "text", ["orders 1001 and 1002", "order 1001 came, but where is order 1002?", "orders 1001, 1002"]
)
def test_two_numbers_are_a_persons_to_tell_apart(text: str) -> None:
    assert is_asked(ORDERS, text)
    with pytest.raises(NoFact, match="1001, 1002"):
        key_in(ORDERS, text)


@pytest.mark.parametrize(
    "row", [{}, {"order": "1001", "email": "other@customer.example"}, {"email": ""}, {"email": None}]
)
def test_another_customers_record_is_as_good_as_none(row: dict[str, Any]) -> None:
    with pytest.raises(NoFact, match="no record of this customer"):
        checked(row, ORDERS, CASEY)


def test_a_requester_without_an_address_owns_no_record() -> None:
    with pytest.raises(NoFact):
        checked({"email": ""}, ORDERS, Asker("", {}))


def filled(**facts: str) -> Passage | None:
    return told(WORDS, ORDERS, Told(facts, NOW))


def test_the_facts_stand_in_the_approved_words_with_their_place_and_time() -> None:
    made = filled(order="1001", status="Sent")
    assert made is not None
    assert made.text == "Order 1001 is Sent."
    assert made.title == "Your order: Status (orders.csv, read 23 Nov 15:00 UTC)"
    assert (made.says, made.until) == (WORDS.says, NOW + timedelta(hours=1))


def test_words_whose_fact_is_missing_are_not_said() -> None:
    assert filled(order="1001", status="") is None
    assert filled(order="1001") is None


@pytest.mark.parametrize(
    "value", ["see https://evil.example/a", "a\nb", "x" * 201, "{{ticket.id}}", "<b>Sent</b>", "www.evil.example"]
)
def test_a_fact_that_is_more_than_a_value_is_refused(value: str) -> None:
    with pytest.raises(NoFact, match="plain value"):
        filled(order="1001", status=value)


def drafted(made: Passage | None) -> Any:
    assert made is not None
    return proposal(passages=(made,), draft=Draft(made.text, (Sentence(made.text, (made.id,)),)))


def test_a_fact_is_good_for_as_long_as_its_source_says() -> None:
    made = drafted(filled(order="1001", status="Sent"))
    assert expired(made, NOW + timedelta(minutes=59)) is None
    assert "too long ago" in (expired(made, NOW + timedelta(minutes=61)) or "")


def test_a_fact_that_the_draft_does_not_state_may_grow_old() -> None:
    made = replace(drafted(filled(order="1001", status="Sent")), draft=Draft("Hello.", (Sentence("Hello.", ()),)))
    assert expired(made, NOW + timedelta(days=9)) is None


def test_an_approval_is_bound_to_what_was_looked_up() -> None:
    sent, packed = (drafted(filled(order="1001", status=status)) for status in ("Sent", "Packed"))
    same_words = replace(packed, draft=sent.draft)
    assert seen(b"k", sent, policy(), (1, 1)) != seen(b"k", same_words, policy(), (1, 1))

"""Spans of personal data, and the numbers that stay."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ai.redact import redacted, redactions


@pytest.mark.parametrize(
    ("text", "kind", "span"),
    [
        ("My card is 4111 1111 1111 1111.", "card_number", "4111 1111 1111 1111"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "iban", "DE89 3704 0044 0532 0130 00"),
        ("account number 12345678", "account_number", "12345678"),
        ("my SSN is 536-90-4399", "national_id", "536-90-4399"),
        ("passport no. C01X00T47", "passport", "C01X00T47"),
        ("my driving licence is MORGA753116SM9IJ", "driver_licence", "MORGA753116SM9IJ"),
        ("call me on +49 30 5550 1230", "phone", "+49 30 5550 1230"),
        ("電話番号は080-0747-1860です", "phone", "080-0747-1860"),
        ("write to maria@home.example", "email", "maria@home.example"),
        ("I live at 12 Baker Street, London", "address", "12 Baker Street, London"),
        ("Musterstraße 12, 10115 Berlin", "address", "Musterstraße 12, 10115 Berlin"),
        ("My name is Maria Muster and", "person", "Maria Muster"),
        ("Ich heiße Jörg Müller", "person", "Jörg Müller"),
        ("my name is lena andersson, please help", "person", "lena andersson"),
        ("I spoke to Dana O'Bailey yesterday", "person", "Dana O'Bailey"),
        ("The parcel was for Marie-Claire Dupont", "person", "Marie-Claire Dupont"),
        ("鈴木 美加子と申します。", "person", "鈴木 美加子"),
        ("My name is Sara White and my order is late", "person", "Sara White"),
        ("Tickets for Willemine ten Pas please", "person", "Willemine ten Pas"),
        ("Željko said Gladys to me at the door", "person", "Gladys"),
        ("everyone calls me bruna", "person", "bruna"),
        ("Please send it to 4241 Steinfelden 73, Savonlinna 77233", "address", "4241 Steinfelden 73, Savonlinna 77233"),
        ("Write to PO Box 211", "address", "PO Box 211"),
        ("I was born on 12 March 1981", "date_of_birth", "12 March 1981"),
        ("my password is hunter2!", "password", "hunter2!"),
        ("from 192.168.1.20 yesterday", "ip", "192.168.1.20"),
    ],
)
def test_it_is_found_where_it_stands(text, kind, span):
    found = {(item.kind, text[item.start : item.end]) for item in redactions(text)}
    assert (kind, span) in found


@pytest.mark.parametrize(
    "text",
    [
        "Order 4711234567 has not come",
        "ticket #88123456",
        "My order number is 4111 1111 1111 1111",
        "tracking 1Z999AA10123456784",
        "version 10.0.19045.3693 of the app",
        "It costs 1,299.00 euros since 2026-03-02",
        "I waited 14 days and 3 hours",
        "Pedido n.º 202600012345",
    ],
)
def test_order_ticket_and_other_numbers_stay(text):
    assert redactions(text) == ()


def test_redacted_text_names_the_kinds():
    text = "Card 4111 1111 1111 1111, mail maria@home.example"
    assert redacted(text, redactions(text)) == "Card [card_number], mail [email]"


@given(st.text(max_size=300))
def test_spans_are_in_order_and_never_overlap(text):
    spans = redactions(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@pytest.mark.parametrize(
    "text",
    [
        "Can I pay with Apple Pay or Google Pay?",
        "My name is spelled wrong on the card",
        "Do you deliver to New York or to the United Kingdom?",
        "Guten Tag, meine Karte von der Deutschen Bank geht nicht",
        "How Do I Cancel My Order And Get The Full Price Of The Pillow Back",
        "Please send it to my new flat within 5 days",
        "It's only 200 euros",
    ],
)
def test_products_places_and_headlines_are_nobody(text):
    assert [span.kind for span in redactions(text)] == []


@pytest.mark.parametrize("part", ["Aa ", "Ab-Cd", "a", "my wife ", "1 rue de ", "12 Ab, "])
def test_a_long_mail_is_read_in_pieces(part):
    assert redactions(part * 2_000) is not None


def test_a_name_beyond_the_first_piece_is_found():
    text = "word " * 900 + "My name is Maria Muster."
    assert [text[span.start : span.end] for span in redactions(text)] == ["Maria Muster"]

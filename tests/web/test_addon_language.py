"""Gmail's cards speak their reader's language; what is recorded and what customers get does not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import desk
from app.store import audit, staff
from app.web.words import spoken
from integrations.gmail.addon import LOCALE, SCOPES
from tests.fakes import ROSA
from tests.web.google import card, look, names, of, text
from tests.web.stage import LETTER, SENTENCES

KEPT = Path(__file__).parents[1] / "hosts/fixtures/gmail/cards/german.json"
READ = {"text", "title", "subtitle", "header", "label", "topLabel", "bottomLabel"}
FORMS = ("edit", "reject", "escalate", "correct")
# What is the same in every language: names, what customers and sources say, and findings that this stage made up.
FOREIGN = {
    "Countersign", "Casey Customer", "Delivery time", "Refund please", "parcel", "Returning a speaker",
    "Lieferzeit nach Österreich &lt;b&gt;dringend&lt;/b&gt;", "shipping-times#standard", "[1] Delivery times and delivery costs: Standard",
    "“my lawyer will be in touch”", "The customer wants a refund for order 1883 and announces a lawyer.",
    '<font color="#b3261e">The number 3 is not in any source</font>',
}  # fmt: skip


def said(shown: Any) -> Iterator[str]:
    """What a person reads on a card, piece by piece."""
    for name, value in shown.items() if isinstance(shown, dict) else enumerate(shown):
        if isinstance(value, str) and name in READ:
            yield value
        elif isinstance(value, dict | list) and name != "parameters":
            yield from said(value)


def every_card(gmail: Any, rosa: Any, kinds: Any) -> dict[str, list[str]]:
    """Our words on each card that an agent meets, in the language that is spoken now."""
    policy = desk.policy_in_force(gmail.deps)
    assert policy is not None
    foreign = FOREIGN | {spoken(category.name) for category in policy.categories}
    offered = kinds["offered"]
    item = desk.proposal(gmail.deps, offered.id)
    assert item is not None
    cards = {name: rosa.post("message", ticket=stored.proposal.ticket) for name, stored in kinds.items()}
    cards |= {
        "home": rosa.post("home"),
        "compose": rosa.post("compose", ticket=offered.proposal.ticket),
        "nothing": rosa.post("message", ticket="abc"),
        **{
            act: rosa.post("action", parameters={"act": act, "proposal": offered.id, "seen": item.seen})
            for act in FORMS
        },
    }
    return {name: [one for one in said(card(answer)) if is_ours(one, foreign)] for name, answer in cards.items()}


def is_ours(piece: str, foreign: set[str]) -> bool:
    return piece not in foreign and "@" not in piece.split(" ", maxsplit=1)[0] and SENTENCES[0].text not in piece


def choose(gmail: Any, language: str | None) -> None:
    with gmail.deps.engine.begin() as tx:
        staff.choose_language(tx, gmail.member(ROSA).id, language)


CHOICES = [
    (None, "de", "Freigeben & senden"),
    (None, "de-AT", "Freigeben & senden"),
    ("en", "de", "Approve & send"),
    ("de", "en-US", "Freigeben & senden"),
    (None, "fr", "Approve & send"),
    (None, "", "Approve & send"),
]


def test_a_card_speaks_the_chosen_language_else_gmails_else_english(gmail, rosa):
    stored = gmail.proposed()
    for chosen, locale, press in CHOICES:
        choose(gmail, chosen)
        rosa.locale = locale
        assert names(look(rosa, stored))[0] == press, (chosen, locale)


def test_nobody_is_asked_for_their_language(gmail, rosa):
    rosa.scopes = tuple(scope for scope in SCOPES if scope != LOCALE)
    assert names(look(rosa, gmail.proposed()))[0] == "Approve & send"


def test_on_german_cards_no_word_of_ours_is_english(gmail, rosa):
    """UPDATE_KEPT=1 writes them anew: read them before you commit them."""
    kinds = gmail.every_kind()
    english = every_card(gmail, rosa, kinds)
    rosa.locale = "de"
    german = every_card(gmail, rosa, kinds)
    assert {one for name, pieces in german.items() for one in pieces if one in english[name]} == set()
    if os.environ.get("UPDATE_KEPT"):
        KEPT.write_text(json.dumps(german, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(KEPT.read_text(encoding="utf-8")) == german


def test_a_stranger_is_told_so_in_what_gmail_speaks_with_them(rosa):
    rosa.locale, rosa.person = "de", replace(ROSA, email="somebody@else.example")
    assert "Countersign kennt Sie nicht" in text(card(rosa.post("home")))


def test_what_is_pressed_in_german_is_recorded_in_english_and_sent_as_it_was_read(gmail, rosa):
    rosa.locale = "de"
    approved, rejected = gmail.proposed(), gmail.proposed(subject="Another")
    assert "Freigegeben von Rosa Romano" in text(card(rosa.press(look(rosa, approved), "Freigeben & senden")))
    form = card(rosa.press(look(rosa, rejected), "Ablehnen"))
    assert "Abgelehnt" in rosa.press(form, "Ablehnen", reason="wrong tone").text
    assert of(gmail, approved).proposal.draft.text == LETTER
    with gmail.deps.readers.begin() as tx:
        recorded = b"\n".join(entry.stored or b"" for entry in audit.entries(tx)).decode()
    assert "wrong tone" in recorded
    assert [word for word in ("Freigegeben", "Abgelehnt", "Falscher", "Stufe") if word in recorded] == []

"""What went wrong for a customer is heard, and a source must speak of that."""

from __future__ import annotations

import numpy as np
import pytest

from app.ai.familiar import TROUBLES, Familiar
from app.ai.mishaps import _KINDS, happened, spoken_of, unsaid, unspoken
from app.governance.proposal import Passage
from tests.ai.small import WIDTH, Words, mind

TIMES = Passage("a#1", "Transfers", "A transfer takes 1 working day.", 0.5, "public", "en")
DECLINED = Passage(
    "b#1", "Transfers", "A transfer that was declined is back on your card at once.", 0.5, "public", "en"
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My transfer was declined", "refused"),
        ("The payment did not go through", "refused"),
        ("Why couldn't I get cash from the machine?", "refused"),
        ("Meine Zahlung wurde abgelehnt", "refused"),
        ("振込が拒否されました", "refused"),
        ("My parcel hasn't arrived", "missing"),
        ("Mi pedido no ha llegado", "missing"),
        ("I was charged twice", "double"),
        ("They took 5 euros too much", "amount"),
        ("J'ai perdu ma carte", "lost"),
        ("I did not make this payment", "unknown"),
        ("I have trouble with a payment", "refused"),
        ("I want my money back", "refund"),
        ("Können Sie aus Kulanz etwas machen?", "goodwill"),
        ("Could you make an exception?", "goodwill"),
        ("I sent it to the wrong account", "undo"),
        ("Please delete my account", "closing"),
        ("Quiero cerrar mi cuenta", "closing"),
    ],
)
def test_a_mishap_is_heard_in_the_customers_words(text, kind):
    assert kind in happened(text)


@pytest.mark.parametrize(
    "text",
    [
        "How long does a transfer take to go through?",
        "Will there be any extra fees if I exchange currencies?",
        "Can I have two cards?",
        "Wie lange dauert die Lieferung?",
        "What does express delivery cost?",
        "I can't recall my passcode, how do I get it?",
        "I double-checked the address, can I change it?",
    ],
)
def test_a_plain_question_tells_of_none(text):
    assert happened(text) == {}


def test_a_source_about_the_neighbourhood_does_not_speak_of_it():
    assert unspoken("Why was my transfer declined?", (TIMES,), mind(), "en") == "declined"


def test_a_near_sentence_speaks_of_it():
    assert unspoken("Why was my transfer declined?", (TIMES, DECLINED), mind(), "en") is None


def test_a_sentence_about_something_else_does_not():
    other = Passage("c#1", "Identity", "If the photo is rejected, check the light.", 0.5, "public", "en")
    assert "refused" in spoken_of(other.text)
    assert unspoken("Why was my transfer declined?", (other,), mind(), "en") == "declined"


def test_what_is_told_must_speak_of_it_and_not_its_neighbour():
    lost = "I lost my card, how long does a transfer take?"
    found = Passage("d#1", "Lost cards", "Freeze it in the app.", 0.5, "public", "en")
    assert unsaid(lost, (TIMES,), mind(), "en") == "i lost"
    assert unsaid(lost, (TIMES, found), mind(), "en") is None


def test_a_mishap_that_no_word_names_is_heard_in_english_by_the_model():
    where = "I pulled out my wallet at the till and there was nothing in it"
    ours = mind()
    ours.familiar = hearing("lost", where)
    assert happened(where) == {}
    assert unsaid(where, (TIMES,), ours, "en") == where
    assert unsaid(where, (TIMES,), ours, "de") is None
    assert unsaid("How long does a transfer take?", (TIMES,), ours, "en") is None


def hearing(kind: str, text: str) -> Familiar:
    """One that hears this mishap in texts like this, and nothing in others."""
    weights = np.zeros((2 * WIDTH + 1, len(TROUBLES)), dtype=np.float32)
    weights[:-1, TROUBLES.index(kind)] = 9 * np.tile(Words().encode([text])[0], 2)
    weights[-1, 0] = 9
    return Familiar({}, np.eye(WIDTH, dtype=np.float32), weights)


def test_what_the_model_hears_is_named_as_the_words_are():
    assert {kind for kind in TROUBLES if kind} <= {kind for kind, *_ in _KINDS}

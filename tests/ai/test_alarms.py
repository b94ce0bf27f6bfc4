"""Alarms: what the model hears, what it quotes, and that it only adds."""

from __future__ import annotations

import numpy as np
import pytest

from app.ai.alarms import QUIET, SENTENCE, WHOLE, Alarms, Centring, parts_of
from app.ai.classify import classify
from app.ai.embed import Embedder
from app.ai.learn import Example, learn
from app.ai.mind import Mind
from app.ai.regression import fit, shares_of
from app.ai.spelling import slips
from app.ai.weights import WeightsError
from app.governance.proposal import MachineMail, Tier
from tests.ai.small import SOURCES, Words, asking, policy

TAUGHT = {
    "the kettle sprayed hot water over grandma": "safety",
    "hot water sprayed over my sister": "safety",
    "somebody emptied my savings": "fraud",
    "savings emptied overnight": "fraud",
    "how long does delivery take": QUIET,
    "thanks and regards": QUIET,
    "which colours are there": QUIET,
}


HISTORY = (("kettle sprayed water", "kettles", 2), ("how long does delivery take", "delivery-times", 1))


def embedder() -> Embedder:
    return Embedder(english=Words, multilingual=Words)


def taught() -> Alarms:
    names = (QUIET, "safety", "fraud")
    rows = embedder().vectors(list(TAUGHT), None)
    every = Centring.of(rows)
    labels = np.array([names.index(label) for label in TAUGHT.values()])
    alone, both = every.centred(rows), np.hstack([every.centred(rows), every.centred(rows)])
    return Alarms(names, every, every, fit(alone, labels, 3, penalty=1e-3), fit(both, labels, 3, penalty=1e-3))


def judged(text: str, **changes: object):
    mind = Mind(embedder(), policy(), SOURCES, alarms=taught())
    return classify(asking(text, category=None, tier=None, confidence=None, triggers=None, **changes), mind)


def test_regression_separates_what_can_be_separated():
    rows = np.array([[0.0, 1.0], [0.1, 0.9], [1.0, 0.0], [0.9, 0.2]])
    weights = fit(rows, np.array([0, 0, 1, 1]), 2, penalty=1e-4)
    assert shares_of(rows, weights).argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_a_sentence_of_a_long_mail_raises_the_alarm_and_is_quoted():
    found = judged("How long does delivery take? The kettle sprayed hot water over grandma. Thanks and regards")
    (trigger,) = found.triggers
    assert (trigger.trigger, trigger.by) == ("safety", "model")
    assert trigger.quote in found.text
    assert "kettle" in trigger.quote
    assert found.tier is Tier.HIGH_STAKES


def test_a_plain_message_raises_none():
    assert judged("How long does delivery take?").triggers == ()


def test_the_model_adds_to_the_words_and_repeats_none():
    found = judged("The kettle caught fire. Somebody emptied my savings.")
    assert [(trigger.trigger, trigger.by) for trigger in found.triggers] == [("safety", "words"), ("fraud", "model")]


def test_where_history_taught_the_tiers_the_model_hands_over_and_raises_none():
    examples = [Example(f"{text} {at}", label, tier) for at in range(5) for text, label, tier in HISTORY]
    learned, _ = learn(examples, embedder(), lambda *_: None)
    mind = Mind(embedder(), policy(), SOURCES, alarms=taught(), learned=learned)
    heard = "The kettle sprayed hot water over grandma"
    found = classify(asking(heard, category=None, tier=None, confidence=None, triggers=None), mind)
    assert [trigger.by for trigger in found.triggers] == ["model"]
    assert found.tier is not Tier.HIGH_STAKES
    worded = classify(asking("kettle and my lawyer", category=None, tier=None, confidence=None, triggers=None), mind)
    assert worded.tier is Tier.HIGH_STAKES


def test_a_machine_raises_no_alarm_by_tone():
    away = (MachineMail("auto-reply", ("subject",)),)
    assert judged("The kettle sprayed hot water over grandma", machine_mail=away).triggers == ()


def test_a_line_without_full_stops_is_heard_in_windows():
    whole, windows = parts_of(" ".join(f"word{at}" for at in range(40)))
    assert len(whole) == 1
    assert windows[0].startswith("word0 ")
    assert windows[-1].endswith("word39")


def test_what_sounds_a_little_like_every_trouble_is_none():
    shipped = Alarms.load()
    vague = np.array([0.2, *[0.8 / (len(shipped.names) - 1)] * (len(shipped.names) - 1)])
    assert shipped._named(vague) is None
    told = vague / 2
    told[shipped.names.index("takeover")] += 0.5
    assert shipped._named(told) == "takeover"


def test_a_sentence_of_a_mail_must_say_more_than_a_message_by_itself():
    _, _, alone = taught().shares("Savings emptied overnight", "en", embedder())
    _, _, least = taught().shares("Savings emptied overnight. Thanks and regards", "en", embedder())
    assert alone.tolist() == [WHOLE]
    assert least.tolist() == [WHOLE, SENTENCE, SENTENCE]


def test_ordinary_sentences_are_no_alarm_in_any_language():
    shipped, real = Alarms.load(), Embedder()
    assert shipped.heard("Ich weiß, dass die 30 Tage vorbei sind.", "de", real) == ()
    assert shipped.heard("I know the thirty days are over, could you make an exception?", "en", real) == ()
    found = shipped.heard(
        "I found charges from the last few days that I have no idea where they came from.", "en", real
    )
    assert {trigger.trigger for trigger in found} == {"fraud"}


@pytest.mark.parametrize("text", ["", "\n\n", "👍", "1234"])
def test_a_text_without_words_is_quiet(text: str):
    assert taught().heard(text, "en", embedder()) == ()


def test_the_shipped_alarms_know_every_trigger():
    shipped = Alarms.load()
    assert shipped.names[0] == QUIET
    assert shipped.any_language.shape == (513, len(shipped.names))
    assert shipped.in_english.shape == (897, len(shipped.names))


def test_other_alarms_than_the_known_ones_are_refused(tmp_path):
    taught().save(tmp_path / "alarms.npz")
    with pytest.raises(WeightsError, match="not the known one"):
        Alarms.load(tmp_path / "alarms.npz")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("my laywer", {"laywer": "lawyer"}),
        ("an attorny", {"attorny": "attorney"}),
        ("a lawwsuit", {"lawwsuit": "lawsuit"}),
        ("the layer cake", {}),
        ("hello there", {}),
    ],
)
def test_a_slip_of_the_keyboard_is_read_as_it_was_meant(text: str, meant: dict[str, str]):
    assert slips(text, "en") == meant


def test_only_english_is_corrected():
    assert slips("meine Frau hat gefraqt", "de") == {}


def test_a_misspelled_threat_is_quoted_as_the_customer_wrote_it():
    (trigger,) = judged("My laywer will write to you").triggers
    assert (trigger.trigger, trigger.quote, trigger.by) == ("legal", "My laywer", "words")

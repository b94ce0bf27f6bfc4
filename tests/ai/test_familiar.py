"""Familiar: a question is sought as others ask the same, and only the order of passages follows from it."""

from __future__ import annotations

import numpy as np
import pytest

from app.ai.embed import Embedder
from app.ai.familiar import Familiar, Reading
from app.ai.mind import Mind
from app.ai.nearness import doubt, nearness, ordering
from app.ai.weights import WeightsError
from tests.ai.small import SOURCES, WIDTH, Words, policy

AXES = np.eye(4, dtype=np.float32)


def led(asked: np.ndarray) -> np.ndarray:
    """Where one intent is known, whose questions lie between the first two axes."""
    kin = np.array([[0.8, 0.6, 0.0, 0.0]], dtype=np.float32)
    still = Reading(kin, np.zeros((4, 1), dtype=np.float32), np.zeros((1, 4), dtype=np.float32))
    return Familiar({"": still}, AXES).led({"": asked[None]})[""][0]


def test_a_question_moves_towards_its_kin():
    assert led(AXES[0]) @ AXES[1] > 0.2
    assert np.linalg.norm(led(AXES[0])) == pytest.approx(1.0)


def test_a_question_that_resembles_nothing_known_stays_as_it_is():
    assert led(AXES[2]) == pytest.approx(AXES[2])


def test_what_is_near_enough_is_judged_by_the_customers_own_words():
    chance = np.random.default_rng(1).normal(size=(3, WIDTH)).astype(np.float32)
    strange = Reading(chance / np.linalg.norm(chance, axis=1, keepdims=True), chance.T, chance)
    words = Embedder(english=Words, multilingual=Words)
    plain = Mind(words, policy(), SOURCES)
    leading = Mind(
        words, policy(), SOURCES, familiar=Familiar({"en": strange, "": strange}, np.eye(WIDTH, dtype=np.float32))
    )
    asked = ["How long does delivery take?"]
    one, other = (nearness(asked, mind.public, mind, "en") for mind in (plain, leading))
    assert other.passages == pytest.approx(one.passages)
    assert other.lines == pytest.approx(one.lines)
    assert other.led != pytest.approx(one.led)


def test_a_question_in_another_language_is_carried_over_to_the_model_that_reads_english():
    kin = np.array([[0.0, 0.0, 0.0, 1.0]], dtype=np.float32)
    still = Reading(kin, np.zeros((4, 1), dtype=np.float32), np.zeros((1, 4), dtype=np.float32))
    swapped = Familiar({"": still, "en": still}, AXES[[1, 0, 2, 3]])
    read = swapped.read_in_english(AXES[:1])
    assert read[""][0] == pytest.approx(AXES[0])
    assert read["en"][0] == pytest.approx(AXES[1])


def test_passages_that_the_english_model_cannot_read_are_not_shown_to_it():
    english, every = Words("english"), Words("every")
    none = Reading(np.zeros((1, WIDTH)), np.zeros((WIDTH, 1)), np.zeros((1, WIDTH)))
    same = Familiar({"en": none, "": none}, np.eye(WIDTH, dtype=np.float32))
    ours = Mind(Embedder(english=lambda: english, multilingual=lambda: every), policy(), SOURCES, familiar=same)
    near = nearness(["Wie lange dauert die Expresslieferung?"], ours.public, ours, "de")
    best = ours.public[int(near.led.max(axis=0).argmax())]
    assert (best.id, best.language) == ("shipping-times#express", "de")
    assert "Die Expresslieferung dauert 1 Werktag." in " ".join(every.read)
    assert english.read
    assert "Expresslieferung" not in " ".join(english.read)


def test_a_passage_that_answers_what_others_ask_is_doubted_for_what_only_resembles_it():
    usual, beside = "How long does standard delivery take?", "The box was dented"
    kinds = Reading(Words().encode([usual, usual, usual, beside]), np.zeros((WIDTH, 1)), np.zeros((1, WIDTH)))
    knowing = Familiar({"en": kinds, "": kinds}, np.eye(WIDTH, dtype=np.float32))
    words = Embedder(english=Words, multilingual=Words)
    ours, plain = Mind(words, policy(), SOURCES, familiar=knowing), Mind(words, policy(), SOURCES)

    def doubted(text: str, mind: Mind, language: str = "en") -> float:
        return doubt(text, nearness([text], mind.public, mind, language), mind.public, mind, language)

    assert doubted(usual, ours) < 0.0 < doubted(beside, ours)
    assert doubted(beside, plain) == doubted(beside, ours, "de") == 0.0


def test_what_fits_all_that_is_asked_stands_back_in_the_order():
    kinds = Reading(Words().encode(["standard delivery takes days"] * 10), np.zeros((WIDTH, 1)), np.zeros((1, WIDTH)))
    words = Embedder(english=Words, multilingual=Words)
    ours = Mind(words, policy(), SOURCES, familiar=Familiar({"en": kinds, "": kinds}, np.eye(WIDTH, dtype=np.float32)))
    near = nearness(["delivery"], ours.public, ours, "en")
    taken = dict(zip(ours.public, (near.led - ordering(near, ours.public, ours))[0], strict=True))
    standard, express, *german = taken.values()
    assert standard > 0 > express
    assert german == [0.0, 0.0]


def test_only_the_known_file_is_read(tmp_path):
    assert {model: one.questions.shape[1] for model, one in Familiar.load().by_model.items()} == {"en": 384, "": 512}
    (tmp_path / "familiar.npz").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="not the known one"):
        Familiar.load(tmp_path / "familiar.npz")

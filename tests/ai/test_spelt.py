"""Texts as groups of letters: alike where they are written alike, whatever they mean."""

from __future__ import annotations

import numpy as np
import pytest

from app.ai.spelt import WIDTH, spelt


def alike(first: str, second: str) -> float:
    one, other = spelt([first, second])
    return float(one @ other)


def test_a_slip_of_the_keyboard_stays_near_and_another_word_does_not():
    assert alike("Is the mattress firm?", "is teh matress firm") > 0.5
    assert alike("Is the mattress firm?", "I want my money back") < 0.2


def test_case_and_signs_say_nothing():
    assert alike("COD?!", "cod") == pytest.approx(1.0)


def test_letters_of_any_script_count():
    assert alike("配送はいつですか", "配送はいつになりますか") > 0.4


@pytest.mark.parametrize("text", ["", "?!", "🙂🙂"])
def test_where_there_is_no_letter_nothing_is_near(text: str):
    assert not spelt([text]).any()
    assert spelt([text]).shape == (1, WIDTH)


def test_half_a_character_from_a_broken_mail_is_read_like_any_other():
    assert np.linalg.norm(spelt(["order \ud83d"])) == pytest.approx(1.0)

"""Alarms after promotion: the vectors of the design, and that more volume with less quality is noticed."""

from __future__ import annotations

from math import exp
from random import Random
from statistics import mean

import pytest

from app.governance.drift import Cusum, Window, first_alarm, is_demoted, wider_than_quality_allows
from app.governance.evidence import log_e

FIRST_ROW = Cusum(0.05, 0.10)
BAD, GOOD = True, False


def test_the_levels_of_the_design():
    outcomes = (BAD, GOOD, GOOD, BAD, GOOD, BAD, BAD, GOOD, GOOD, GOOD, BAD, BAD)
    levels = [FIRST_ROW.after(*outcomes[: n + 1]).level for n in range(len(outcomes))]
    expected = ".6931 .6391 .5850 1.2782 1.2241 1.9172 2.6104 2.5563 2.5023 2.4482 3.1413 3.8345"
    assert " ".join(f"{level:.4f}".removeprefix("0") for level in levels) == expected
    assert not FIRST_ROW.after(*outcomes).rings


def test_six_bad_ones_in_a_row_ring():
    assert f"{FIRST_ROW.after(*[BAD] * 6).level:.4f}" == "4.1589"
    assert FIRST_ROW.after(*[BAD] * 6).rings
    assert first_alarm(FIRST_ROW, [BAD] * 9) == 6
    assert first_alarm(FIRST_ROW, [GOOD] * 500) is None


@pytest.mark.parametrize(
    ("cusum", "steps"),
    [(Cusum(0.05, 0.10), "+.693147 -.054067"), (Cusum(0.02, 0.05), "+.916291 -.031091")],
)
def test_the_steps_of_the_design(cusum, steps):
    up, down = cusum.step(was_bad=True), cusum.step(was_bad=False)
    assert f"{up:+.6f} {down:+.6f}".replace("0.", ".") == steps


def test_good_outcomes_pay_nothing_into_an_account():
    assert FIRST_ROW.after(*[GOOD] * 1000).level == 0.0


def test_it_finds_the_bad_rate_in_the_time_that_the_design_says():
    chance = Random(7)
    delays = [first_alarm(FIRST_ROW, (chance.random() < 0.10 for _ in range(5000))) or 5000 for _ in range(400)]
    assert 135 < mean(delays) < 175  # the design: 155


@pytest.mark.parametrize(
    ("bad", "outcomes", "expected"), [(3, 20, "7.5058"), (8, 100, "13.6021"), (6, 60, "15.5395"), (7, 70, "33.4416")]
)
def test_the_evidence_for_demotion(bad, outcomes, expected):
    assert f"{exp(log_e(bad, outcomes - bad, 0.02)):.4f}" == expected


def test_demotion_wants_a_hundred_to_one():
    assert not is_demoted(7, 70)
    assert is_demoted(9, 70)
    assert not is_demoted(0, 4000)


def window(auto: int, **bad: tuple[int, int]) -> Window:
    return Window(sent_by_itself=auto, bad=bad)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (window(100, recontact=(3, 100)), window(110, recontact=(12, 110)), ("recontact",)),
        (window(100, recontact=(3, 100)), window(109, recontact=(12, 109)), ()),
        (window(100, recontact=(3, 100)), window(120, recontact=(5, 120)), ()),
        (window(0, recontact=(2, 80)), window(10, recontact=(9, 80)), ("recontact",)),
        (window(0, recontact=(2, 80)), window(0, recontact=(9, 80)), ()),
        (
            window(50, reopened=(1, 50), confusion=(1, 50)),
            window(90, reopened=(9, 90), confusion=(2, 90)),
            (),
        ),
        (
            window(50, reopened=(1, 50), confusion=(1, 50)),
            window(90, reopened=(12, 90), confusion=(2, 90)),
            ("reopened",),
        ),
        (window(50), window(90, escalation=(5, 90)), ()),
    ],
)
def test_wider_than_quality_allows(before, after, found):
    assert wider_than_quality_allows(before, after) == found

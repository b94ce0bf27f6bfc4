"""The ramp: steps that are earned, a hold-out that nobody can guess or abolish, and caps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governance.gate import Gate
from app.governance.ramp import (
    Ground,
    Sent,
    Step,
    cap,
    hold_out_share,
    is_held_out,
    is_skewed,
    next_step,
    objections,
)

READY = Ground(gate=Gate.PASS, matured=50, alarms=(), ceiling_is_auto=True)
NONE = Sent(thread=0, customer=0, hour=0, day=0)
KEY = bytes(range(32))


def test_the_steps_follow_one_another():
    assert [next_step(step) for step in Step] == [Step.FIVE_A_DAY, Step.HALF, Step.MOST, Step.MOST]
    assert [step.words for step in Step] == ["off", "five a day", "half", "most"]


@pytest.mark.parametrize(
    ("step", "ground", "says"),
    [
        (Step.OFF, READY, None),
        (Step.OFF, replace(READY, matured=0), None),  # the first step needs evidence only
        (Step.FIVE_A_DAY, READY, None),
        (Step.HALF, READY, None),
        (Step.FIVE_A_DAY, replace(READY, matured=49), "1 more answers must have had time"),
        (Step.HALF, replace(READY, gate=Gate.INCONCLUSIVE), "the evidence does not hold"),
        (Step.HALF, replace(READY, gate=Gate.FAIL), "the evidence does not hold"),
        (Step.HALF, replace(READY, alarms=("more customers came back",)), "a guardrail was crossed: more customers"),
        (Step.OFF, replace(READY, ceiling_is_auto=False), "the published policy does not allow"),
        (Step.MOST, READY, "auto-send is at its widest"),
    ],
)
def test_a_step_is_earned(step, ground, says):
    found = objections(step, ground)
    assert (len(found), found[0].startswith(says)) == (1, True) if says else found == ()


def test_what_nobody_read_allows_nothing():
    assert len(objections(Step.FIVE_A_DAY, Ground())) == 4


@pytest.mark.parametrize(
    ("step", "weekly", "share"),
    [
        (Step.OFF, 1000, 1.0),
        (Step.FIVE_A_DAY, 1000, 0.1),
        (Step.HALF, 1000, 0.5),
        (Step.HALF, 15, 10 / 15),
        (Step.MOST, 1000, 0.1),
        (Step.MOST, 50, 0.2),
        (Step.MOST, 10, 1.0),
        (Step.MOST, 0, 1.0),  # a quiet week: everything stays with people
    ],
)
def test_the_hold_out_is_a_tenth_or_ten_a_week(step, weekly, share):
    assert hold_out_share(step, weekly) == pytest.approx(share)


@given(st.sampled_from(Step), st.integers(0, 10**6))
def test_the_hold_out_is_never_none(step, weekly):
    assert 0.1 <= hold_out_share(step, weekly) <= 1.0


def test_the_draw_is_the_same_each_time_and_near_its_share():
    messages = [f"zendesk:{n}:{n}:answer" for n in range(5000)]
    held = [message for message in messages if is_held_out(KEY, message, 0.1)]
    assert held == [message for message in messages if is_held_out(KEY, message, 0.1)]
    assert not is_skewed(len(held), len(messages), 0.1)


def test_the_draw_cannot_be_told_without_the_key():
    messages = [f"zendesk:{n}:{n}:answer" for n in range(1000)]
    mine = {message for message in messages if is_held_out(KEY, message, 0.5)}
    theirs = {message for message in messages if is_held_out(bytes(32), message, 0.5)}
    assert 150 < len(mine & theirs) < 350


def test_a_larger_share_keeps_whom_the_smaller_kept():
    messages = [str(n) for n in range(500)]
    assert {m for m in messages if is_held_out(KEY, m, 0.1)} <= {m for m in messages if is_held_out(KEY, m, 0.2)}
    assert all(is_held_out(KEY, message, 1.0) for message in messages)


def test_a_draw_that_went_wrong_is_noticed():
    assert is_skewed(0, 100, 0.1)
    assert not is_skewed(5, 100, 0.1)
    assert not is_skewed(0, 0, 0.1)


@pytest.mark.parametrize(
    ("sent", "step", "says"),
    [
        (NONE, Step.MOST, None),
        (replace(NONE, thread=1), Step.MOST, "this ticket"),
        (replace(NONE, customer=1), Step.MOST, None),
        (replace(NONE, customer=2), Step.MOST, "this customer"),
        (replace(NONE, hour=30), Step.MOST, "30 automatic answers an hour"),
        (replace(NONE, day=5), Step.FIVE_A_DAY, "the first step is five"),
        (replace(NONE, day=4), Step.FIVE_A_DAY, None),
        (replace(NONE, day=5), Step.HALF, None),
        (NONE, Step.OFF, "auto-send is off"),
    ],
)
def test_caps(sent, step, says):
    found = cap(sent, step, per_hour=30)
    assert found is None if says is None else str(found).startswith(says)

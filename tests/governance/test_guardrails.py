"""Guardrails: what rings and what does not, from histories that one can follow by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.governance.document import parse
from app.governance.events import Answered, Event, Message, Opened
from app.governance.freezing import Kind
from app.governance.guardrails import Alarm, Cleared, Draw, alarms, rules, watches
from app.governance.metrics import judge
from app.governance.policy import FreezeRule, Policy
from app.governance.ramp import Step
from tests.builders import POLICY

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POLICY_IN_FORCE: Policy = parse(POLICY)


def told(
    count: int,
    bad: int = 0,
    *,
    at: datetime = MONDAY,
    mode: str = "auto",
    first: int = 0,
    confused: bool = False,
    **about: object,
) -> list[Event]:
    """So many answers, one an hour; the last `bad` customers come back after three hours."""
    found: list[Event] = []
    for n in range(first, first + count):
        ticket, sent = f"zendesk:{mode}{n}", at + (n - first) * HOUR
        shown = {"category": "delivery-times", "tier": 1, **about}
        found += [Opened(at=sent - HOUR / 2, ticket=ticket, requester=f"r{mode}{n}")]
        found += [Answered(at=sent, ticket=ticket, answer=f"{mode}{n}", mode=mode, **shown)]
        if n - first >= count - bad:
            found += [Message(at=sent + 3 * HOUR, ticket=ticket, confused=confused)]
    return found


def rung(
    events: list[Event], now: datetime, policy: Policy = POLICY_IN_FORCE, cleared: Cleared | None = None
) -> list[Alarm]:
    return list(alarms(policy, judge(events, now), cleared or {}, now))


def kinds(found: list[Alarm]) -> set[Kind]:
    return {alarm.kind for alarm in found}


def test_a_quiet_month_rings_nothing():
    quiet = [event for n in range(20) for event in told(40, 2, at=MONDAY + 2 * n * DAY, first=100 * n)]
    assert rung(quiet, MONDAY + 90 * DAY) == []  # one in twenty, for ever


def test_a_source_that_goes_wrong_rings_at_once_and_says_how_many():
    found = rung(told(60, 9), MONDAY + 3 * DAY)  # long before a window closes
    assert kinds(found) == {Kind.GUARDRAIL}
    recontact = next(alarm for alarm in found if alarm.seen["metric"] == "recontact")
    assert recontact.words == "more customers came back than usual (9 of 60 automatic answers, usual is 5%)"
    assert (recontact.category, recontact.seen["bad"]) == ("delivery-times", 9)


@pytest.mark.parametrize("mode", ["assisted", "draft", "own"])
def test_what_people_sent_rings_no_guardrail(mode: str):
    assert rung(told(60, 30, mode=mode), MONDAY + 10 * DAY) == []


def test_a_category_that_was_renamed_or_merged_away_is_left_to_its_past():
    """Its figures stay under the old name, nothing is sent under it, and the new name earns its own."""
    assert rung(told(60, 30, category="shipping"), MONDAY + 10 * DAY) == []


def test_one_customer_who_is_half_of_the_sample_counts_as_often_as_they_come_back():
    """Each answer is one answer: whoever comes back thirty times found thirty answers wanting."""
    events = [replace(one, requester="r") if isinstance(one, Opened) else one for one in told(60, 30)]
    assert kinds(rung(events, MONDAY + 10 * DAY)) == {Kind.GUARDRAIL}


def test_a_hold_out_of_zero_takes_nothing_from_the_alarm():
    """The lines stand on the policy's own numbers, so nobody silences them by holding nothing out."""
    assert kinds(rung(told(60, 20), MONDAY + 10 * DAY)) == {Kind.GUARDRAIL}


def test_what_two_people_cleared_rings_no_more_and_what_comes_after_does():
    before, later = told(60, 9), told(60, 9, at=MONDAY + 20 * DAY, first=100)
    cleared = {(Kind.GUARDRAIL, "delivery-times"): MONDAY + 10 * DAY}
    assert rung(before, MONDAY + 19 * DAY, cleared=cleared) == []
    assert kinds(rung(before + later, MONDAY + 24 * DAY, cleared=cleared)) == {Kind.GUARDRAIL}


def test_an_alarm_does_not_take_itself_back():
    assert kinds(rung(told(20, 12) + told(900, 0, at=MONDAY + 2 * DAY, first=100), MONDAY + 90 * DAY)) == {
        Kind.GUARDRAIL
    }


def test_a_line_that_cannot_be_computed_rings():
    broken = replace(POLICY_IN_FORCE, freezes=(FreezeRule("recontact", 0.10, 0.05),))
    (alarm,) = rung(told(1), MONDAY + DAY, broken)
    assert "cannot be computed" in alarm.words


def test_the_usual_lines_stand_where_the_policy_draws_none_and_its_own_replace_them():
    assert [rule.when for rule in rules(POLICY_IN_FORCE)] == ["reopened", "recontact", "confusion"]
    own = FreezeRule("recontact", 0.2, 0.4)
    assert [rule.baseline for rule in rules(replace(POLICY_IN_FORCE, freezes=(own,)))] == [0.2, 0.05, 0.02]


def weeks(before: int, after: int, bad: int) -> list[Event]:
    """Two weeks of automatic answers beside forty a week by people; the second with so many bad ones of theirs."""
    return [
        *told(before), *told(40, mode="assisted"),
        *told(after, at=MONDAY + 7 * DAY, first=1000), *told(40, bad, at=MONDAY + 7 * DAY, first=1000, mode="assisted", confused=True),
    ]  # fmt: skip


MATURE = MONDAY + 28 * DAY + 5 * timedelta(minutes=1)


def test_more_by_itself_and_more_turned_out_badly():
    (alarm,) = rung(weeks(50, 60, 9), MATURE)
    assert (alarm.kind, alarm.seen) == (
        Kind.WIDER, {"metric": "confusion", "bad": 9, "of": 100, "bad_before": 0, "of_before": 90}
    )  # fmt: skip
    assert "grew from 50 to 60" in alarm.words


@pytest.mark.parametrize(("before", "after", "bad"), [(50, 54, 9), (50, 60, 1), (60, 50, 9)])
def test_without_growth_or_without_a_fall_in_quality_it_is_silent(before: int, after: int, bad: int):
    assert rung(weeks(before, after, bad), MATURE) == []


def test_weeks_that_are_not_mature_are_not_compared():
    assert rung(weeks(50, 60, 9), MATURE - timedelta(minutes=1)) == []


def test_the_weeks_are_compared_once_and_not_at_every_look():
    assert {str(rung(weeks(50, 60, 9), MATURE + n * DAY)) for n in range(7)} == {str(rung(weeks(50, 60, 9), MATURE))}


def test_what_went_by_itself_and_was_no_look_up_stops_everything():
    (alarm,) = rung(told(1, tier=3), MONDAY + HOUR)
    assert (alarm.kind, alarm.category) == (Kind.CRITICAL, None)
    assert rung(told(1, tier=None), MONDAY + HOUR / 2) == []  # we may not have written it down yet
    assert kinds(rung(told(1, tier=None), MONDAY + 2 * HOUR)) == {Kind.CRITICAL}


def test_how_far_an_alarm_is_filled():
    judged = judge(told(30, 3), MONDAY + 40 * DAY).judged
    filled = {watch.metric: watch.filled for watch in watches(POLICY_IN_FORCE, judged, None)}
    assert filled["recontact"] == 51  # 3 · ln 2 of a limit of 4


def test_a_step_that_sends_ten_times_more_rings_nothing_by_itself():
    """At the usual share, in its first week: no window of the new volume has closed."""
    little = told(35, 1, at=MONDAY - 30 * DAY, first=5000)
    much = [event for n in range(15) for event in told(20, 1, at=MONDAY + 8 * n * HOUR, first=100 * n)]
    assert rung(little + much, MONDAY + 6 * DAY) == []


@pytest.mark.parametrize(
    ("step", "kept", "of", "before", "rings"),
    [
        (Step.MOST, 20, 200, 200, False),  # a tenth
        (Step.MOST, 60, 200, 200, True),
        (Step.MOST, 0, 200, 200, True),  # a hold-out of zero
        (Step.HALF, 100, 200, 200, False),
        (Step.HALF, 20, 200, 200, True),
        (Step.MOST, 0, 99, 200, False),  # so few a week that the share itself moved
        (Step.MOST, 0, 200, 50, False),
    ],
)
def test_the_draw_itself_is_watched(step: Step, kept: int, of: int, before: int, *, rings: bool):
    found = alarms(POLICY_IN_FORCE, judge([], MONDAY), {}, MONDAY, {"delivery-times": Draw(step, kept, of, before)})
    assert [alarm.kind for alarm in found] == ([Kind.HOLD_OUT] if rings else [])

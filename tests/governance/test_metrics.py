"""Figures from golden timelines, hand-computed; and what holds for every history."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.governance.binomial import at_most, ranks
from app.governance.drift import Cusum
from app.governance.events import Answered, Drafted, Message, Opened, Reviewed
from app.governance.metrics import WINDOWS, History, Judged, judge
from app.governance.rates import Rate, Times, cohort, figures, outcomes, stream
from app.governance.reviews import Outcome
from tests.governance import timelines
from tests.governance.timelines import STARTED, Timeline

FILES = sorted(timelines.FOLDER.glob("*.txt"))
SHOWN = [metric for metric in WINDOWS if metric != "thanked"]  # told with `reopened`


def looked_at(timeline: Timeline) -> History:
    windows = dict.fromkeys(WINDOWS, timeline.window) if timeline.window else WINDOWS
    return judge(timeline.events, timeline.now, windows)


def told(history: History) -> list[str]:
    """The history in the words of the files; everything that there is to say of it."""
    lines = [line for one in history.judged for line in _of_answer(one)]
    return [*lines, f"caught = {len(history.caught)}", f"unplaced = {history.unplaced}", *_figures(history)]


def _of_answer(one: Judged) -> list[str]:
    name, host = one.answer.answer, one.answer.host
    foreign = {"rereply"} if host == "zendesk" else {"reopened"}
    out = [metric for metric in SHOWN if metric in one.out - foreign]
    lines = [f"{name}: {', '.join(metric for metric in WINDOWS if metric in one.bad) or 'fine'}"]
    lines += [f"{name} cannot be told: {', '.join(out)}"] if out else []
    young = [metric for metric in SHOWN if metric in one.young]
    lines += [f"{name} still open: {', '.join(young)}"] if young else []
    lines += [f"{name} answered first after {_minutes(one.first_after)} minutes"] if one.first_after else []
    return [*lines, *([f"{name} resolved after {_minutes(one.resolved_after)} minutes"] if one.resolved_after else [])]


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)


def _figures(history: History) -> list[str]:
    lines = [] if any(one.resolved_after for one in history.judged) else ["nobody resolved it"]
    for (mode,), group in figures(history).items():
        lines += [f"volume {mode} = {group.volume}", f"solved {mode} = {group.solved[0]} of {group.solved[1]}"]
        lines += [f"figure {mode} {metric} = {rate.words}" for metric, rate in group.rates.items()]
    return lines


ALWAYS_SAID = re.compile(r"\w+(:| cannot be told:| still open:) ")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_timeline_comes_out_as_computed_by_hand(path):
    timeline = timelines.read(path)
    found = told(looked_at(timeline))
    assert timeline.title.endswith(".")
    assert [line for line in timeline.expected if line not in found] == []
    assert [line for line in found if ALWAYS_SAID.match(line) and line not in timeline.expected] == []


def test_there_are_forty_and_each_shows_another_thing():
    titles = {timelines.read(path).title for path in FILES}
    assert len(titles) == len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_order_in_which_events_reach_us_changes_nothing(path):
    timeline = timelines.read(path)
    mixed = replace(timeline, events=Random(path.stem).sample(timeline.events, len(timeline.events)))
    assert told(looked_at(mixed)) == told(looked_at(timeline))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_event_told_twice_counts_once(path):
    timeline = timelines.read(path)
    whole = [event for event in timeline.events if not isinstance(event, Answered)]
    doubled = replace(timeline, events=[*timeline.events, *whole])
    for one, other in zip(looked_at(timeline).judged, looked_at(doubled).judged, strict=True):
        assert (one.bad, one.young, one.out) == (other.bad, other.young, other.out)


# --- many answers ------------------------------------------------------------------------------------------------------
DAY = timedelta(days=1)


def quarter(count: int, every: int) -> list[Opened | Message | Answered]:
    """One answer an hour; every so many-th customer writes again after two days."""
    events: list[Opened | Message | Answered] = []
    for n in range(count):
        at, ticket = STARTED + timedelta(hours=n), f"zendesk:{n}"
        about = {"category": "delivery", "tier": 1, "mode": "auto" if n % 4 else "assisted", "held_out": n % 4 == 0}
        events += [Opened(at=at, ticket=ticket, requester=f"r{n}")]
        events += [Answered(at=at + timedelta(minutes=5), ticket=ticket, answer=f"a{n}", **about)]
        events += [Message(at=at + 2 * DAY, ticket=ticket)] if n % every == 1 else []
    return events


def test_a_rate_uses_only_answers_whose_window_has_closed():
    now = STARTED + 30 * DAY
    group = figures(judge(quarter(720, 10), now))["auto",]
    rate = group.rates["recontact"]
    assert group.volume == 540
    assert (rate.of, rate.young) == (414, 126)  # 552 hours are older than a week, three of four in auto
    assert rate.words == "56 of 414 (13.5%); 12 so far of the 126 newest"


def test_the_hold_out_stands_beside_auto_in_the_same_week():
    found = figures(judge(quarter(720, 10), STARTED + 60 * DAY), by=("cohort", "mode"))
    assert list(found)[:2] == [("2026-W10", "auto"), ("2026-W10", "held-out")]
    assert found["2026-W10", "auto"].volume == 126
    assert found["2026-W10", "held-out"].volume == 42
    assert sum(group.volume for group in found.values()) == 720


def test_too_few_is_never_a_share():
    assert Rate(0, 29).share is None
    assert Rate(0, 30).share == 0.0
    assert (Rate(0, 29).words, Rate(3, 41, 1, 9).words) == (
        "too few to judge: 0 of 29",
        "3 of 41 (7.3%); 1 so far of the 9 newest",
    )
    assert Rate(0, 0).whiskers == (0.0, 1.0)


def test_alarms_hear_the_bad_at_once_and_the_good_when_mature():
    judged = judge(quarter(48, 2), STARTED + 3 * DAY).judged
    assert stream(judged, "recontact") == [True] * 12  # a day's customers came back; nothing good is known yet
    assert Cusum(0.05, 0.10).after(*stream(judged, "recontact")).rings
    later = stream(judge(quarter(48, 2), STARTED + 30 * DAY).judged, "recontact")
    assert Counter(later) == {True: 24, False: 24}
    assert later[:24] == [True] * 24


def test_two_counts_of_the_same_record_are_equal():
    events = quarter(300, 7)
    one = figures(judge(events, STARTED + 40 * DAY), by=("cohort", "mode", "tier", "category", "host"))
    other = figures(judge(events[::-1], STARTED + 40 * DAY), by=("cohort", "mode", "tier", "category", "host"))
    assert one == other


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("count", [30, 47, 200, 900])
def test_the_whiskers_of_a_time_hold_in_95_of_100(count: int, share: float):
    low, high = ranks(count, share)
    assert 0.949 <= at_most(high, count, share) - at_most(low, count, share) < 0.99


def told_of(*more: Drafted, first: timedelta = timedelta(minutes=40)) -> Judged:
    opened = Opened(at=STARTED, ticket="zendesk:1", requester="r")
    answered = Answered(at=STARTED + first, ticket="zendesk:1", answer="a", mode="assisted")
    (one,) = judge([*more, answered, opened], STARTED + DAY).judged
    return one


def test_the_first_draft_is_the_tickets_first_and_came_before_its_first_answer():
    drafts = [Drafted(at=STARTED + timedelta(minutes=n), ticket="zendesk:1") for n in (9, 2, 90)]
    one = told_of(*drafts)
    assert (one.drafted_after, one.first_after) == (timedelta(minutes=2), timedelta(minutes=40))
    assert told_of(drafts[-1]).drafted_after is None  # a person was quicker
    assert told_of().drafted_after is None  # not known is not at once


def test_a_second_answer_waited_for_no_first_draft():
    events = [Drafted(at=STARTED, ticket="zendesk:0"), *quarter(1, 9)]
    events.append(Answered(at=STARTED + DAY, ticket="zendesk:0", answer="b", mode="own"))
    assert [one.drafted_after for one in judge(events, STARTED + 2 * DAY).judged] == [timedelta(), None]
    group = figures(judge(events, STARTED + 2 * DAY))
    assert [one.draft.count for one in group.values()] == [1, 0]


def test_a_week_is_a_week_in_utc():
    assert [cohort(STARTED - timedelta(minutes=1)), cohort(STARTED)] == ["2026-W09", "2026-W10"]
    assert cohort(STARTED.astimezone(tz=None)) == "2026-W10"


def test_times_are_times_that_were():
    spans = [timedelta(minutes=n) for n in (1, 2, 3, 4, 100)]
    assert Times.of(spans) == Times(5, 180, 6000, 60, 6000, 180, 6000)
    assert Times.of([]) == Times(0, None, None)


def test_reviews_by_category():
    reviewed = [
        Reviewed(at=STARTED, ticket=f"zendesk:{n}", answer=f"a{n}", outcome=outcome, mode="assisted", category="delivery")
        for n, outcome in enumerate((Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REJECTED))
    ]  # fmt: skip
    assert outcomes(judge(reviewed, STARTED + DAY)) == {("delivery",): Counter({"accepted": 2, "rejected": 1})}

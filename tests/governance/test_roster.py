"""The roster, pure: who owns an escalation, who is reminded, and that no overdue one is ever left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.governance import roster
from app.governance.document import PolicyError, parse
from app.governance.policy import Duty
from app.governance.roster import Case, Own, PassOn, Remind
from tests.builders import POLICY

WORKDAYS = "Mo-Fr 08:00-18:00 Europe/Berlin"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

HOURS = {
    "a Monday morning": (WORKDAYS, MONDAY, True),
    "a Sunday": (WORKDAYS, MONDAY - timedelta(days=1), False),
    "the first minute": (WORKDAYS, datetime(2026, 3, 2, 7, 0, tzinfo=UTC), True),
    "a minute too late": (WORKDAYS, datetime(2026, 3, 2, 17, 0, tzinfo=UTC), False),
    "in summer the same clock is another moment": (WORKDAYS, datetime(2026, 7, 6, 16, 0, tzinfo=UTC), False),
    "no hours: always": ("", datetime(2026, 3, 1, 3, 0, tzinfo=UTC), True),
    "over midnight, on the day itself": ("Fr 22:00-06:00 UTC", datetime(2026, 3, 6, 23, 0, tzinfo=UTC), True),
    "over midnight, on the morning after": ("Fr 22:00-06:00 UTC", datetime(2026, 3, 7, 5, 59, tzinfo=UTC), True),
    "over midnight, not on the morning before": ("Fr 22:00-06:00 UTC", datetime(2026, 3, 6, 5, 0, tzinfo=UTC), False),
    "a week that begins on Saturday": ("Sa-Mo 00:00-24:00 UTC", MONDAY, True),
    "two ranges": ("Mo-Tu,Sa 08:00-12:00 UTC", datetime(2026, 3, 7, 9, 0, tzinfo=UTC), True),
}


@pytest.mark.parametrize(("hours", "at", "expected"), HOURS.values(), ids=HOURS)
def test_hours_are_read_in_their_zone(hours, at, expected):
    assert roster.on_duty(hours, at) is expected


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        roster.on_duty(WORKDAYS, datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - that is the point


TEAM = (Duty("rosa@a.example", WORKDAYS), Duty("ana@a.example", WORKDAYS), Duty("ben@a.example"))
SUNDAY = MONDAY - timedelta(days=1)
OWNERS = {
    "whoever is named": (TEAM, "ana@a.example", MONDAY, "ana@a.example"),
    "somebody beside the roster": (TEAM, "legal@a.example", SUNDAY, "legal@a.example"),
    "off duty: the next who is on": (TEAM, "rosa@a.example", SUNDAY, "ben@a.example"),
    "nobody on duty: the one who is named": (TEAM[:2], "rosa@a.example", SUNDAY, "rosa@a.example"),
    "an empty roster": ((), "rosa@a.example", SUNDAY, "rosa@a.example"),
    "letters of any size": (TEAM, "Rosa@A.example", SUNDAY, "ben@a.example"),
}


@pytest.mark.parametrize(("team", "named", "at", "owner"), OWNERS.values(), ids=OWNERS)
def test_the_owner_is_on_duty_where_anybody_is(team, named, at, owner):
    assert roster.owner_at(team, named, at) == owner


PEOPLE = [f"p{number}@a.example" for number in range(4)]
teams = some.lists(
    some.builds(Duty, some.sampled_from(PEOPLE), some.sampled_from(["", WORKDAYS, "Sa-Su 00:00-24:00 UTC"])),
    max_size=4,
    unique_by=lambda duty: duty.person,
).map(tuple)
moments = some.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=some.just(UTC))  # noqa: DTZ001
spans = some.timedeltas(timedelta(minutes=1), timedelta(days=3))


@given(teams, some.lists(some.sampled_from(PEOPLE), max_size=2), some.lists(some.sampled_from(PEOPLE)), moments)
def test_nobody_gets_it_twice_and_nobody_off_duty(team, admins, had, at):
    to = roster.next_owner(team, admins, had, at)
    ready = {duty.person for duty in team if roster.on_duty(duty.hours, at)} | set(admins)
    assert (to in ready - set(had)) if to is not None else ready <= set(had)


@given(teams, some.lists(some.sampled_from(PEOPLE), max_size=2), some.sampled_from(PEOPLE), moments, spans)
def test_an_overdue_escalation_is_never_left_alone(team, admins, named, at, allowed):
    """Ticked every five minutes for a while: each time that it is overdue somebody hears of it, and each owner is new."""
    owner = roster.owner_at(team, named, at)
    case = Case((owner,), at, at + allowed, None)
    silent = timedelta()
    for _ in range(400):
        at += timedelta(minutes=5)
        step = roster.next_step(case, team, admins, allowed, at)
        assert not isinstance(step, Own)
        if isinstance(step, PassOn):
            assert at >= case.due_at
            assert step.to not in case.had
            case = Case((*case.had, step.to), at, at + allowed, None)
        elif isinstance(step, Remind):
            assert step.late == (at >= case.due_at)
            case = Case(case.had, case.began_at, case.due_at, at)
        silent = timedelta() if step or at < case.due_at else silent + timedelta(minutes=5)
        assert silent <= max(allowed, HOUR)
    assert len(case.had) <= 1 + len(team) + len(set(admins))


@given(moments, spans)
def test_a_reminder_comes_before_it_is_due_and_once(at, allowed):
    soon = roster.reminded_from(at, at + allowed)
    assert at < soon < at + allowed
    case = Case(("a@a.example",), at, at + allowed, None)
    assert roster.next_step(case, (), (), allowed, soon - timedelta(seconds=1)) is None
    assert roster.next_step(case, (), (), allowed, soon) == Remind(late=False)
    reminded = Case(case.had, at, at + allowed, soon)
    assert roster.next_step(reminded, (), (), allowed, at + allowed - timedelta(seconds=1)) is None


def test_what_nobody_owns_goes_to_the_roster_and_then_to_the_admins():
    lost = Case((), MONDAY, MONDAY + HOUR, None)
    assert roster.next_step(lost, TEAM, ("ada@a.example",), HOUR, MONDAY) == Own("rosa@a.example")
    assert roster.next_step(lost, (), ("ada@a.example",), HOUR, MONDAY) == Own("ada@a.example")
    assert roster.next_step(lost, (), (), HOUR, MONDAY) is None


@pytest.mark.parametrize("hours", ["Mo-Fr 08:00-18:00", "Mo-Fr 08:00-18:00 Nowhere/Town", "always"])
def test_hours_without_a_zone_are_refused_by_line(hours):
    with pytest.raises(PolicyError, match=r"policy.toml:\d+: `hours` wants days, hours and their time zone"):
        parse(f'{POLICY}\n[[roster]]\nperson = "rosa@acme.example"\nhours = "{hours}"\n')

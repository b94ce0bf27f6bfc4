"""What tells us of changes is renewed every day, and people hear of it in time where it cannot be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import announcing, troubles
from app.host import HostError
from tests.house import House

WEEK = timedelta(days=7)


@pytest.fixture
def told(house: House, clock):
    """Look, and tell what people see of it."""

    def look() -> list[str]:
        announcing.look(house.deps, "zendesk")
        return [words for words in troubles.told(house.deps) if "announced" in words]

    house.host.announced_until = clock.now() + WEEK
    return look


def asked(house: House) -> int:
    return house.host.calls.count("announce")


def test_it_is_renewed_once_a_day(house, clock, told):
    for _ in range(3):
        assert told() == []
    assert asked(house) == 1
    clock.tick(announcing.RENEWED.total_seconds())
    house.host.announced_until = clock.now() + WEEK
    assert told() == []
    assert asked(house) == 2
    assert announcing.until(house.deps, "zendesk") == clock.now() + WEEK


def test_one_that_cannot_be_renewed_is_tried_again_and_told_when_two_days_are_left(house, clock, told):
    told()
    house.host.faults.down = HostError("the host is away")
    clock.tick(timedelta(days=3).total_seconds())
    assert (told(), told()) == ([], [])
    assert asked(house) == 3
    clock.tick(timedelta(days=2, hours=1).total_seconds())
    (words,) = told()
    assert words == "Zendesk: changes are announced for 47 hours more, and only polled for then: the host is away"
    house.host.faults.down = None
    assert told() == []


def test_one_that_was_never_made_is_told_at_once(house, told):
    house.host.faults.down = HostError("no such topic")
    assert told() == ["Zendesk: changes are announced not at all, and only polled for then: no such topic"]


def test_one_that_never_runs_out_is_left_alone(house, clock, told):
    house.host.announced_until = None
    clock.tick(timedelta(days=30).total_seconds())
    assert told() == []
    assert announcing.until(house.deps, "zendesk") is None

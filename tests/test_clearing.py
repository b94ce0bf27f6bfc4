"""Drafts that nobody wants any more are taken away at the host, once, and by whoever is left to do it."""

from __future__ import annotations

from app import review
from app.clearing import Clearing
from app.host import HostError
from tests.house import House


def cleared(house: House, clearing: Clearing) -> int:
    """How many things were taken away by this round."""
    before = house.host.calls.count("discard")
    clearing(house.deps)
    return house.host.calls.count("discard") - before


def test_what_is_still_wanted_is_left_alone(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    assert cleared(house, Clearing("zendesk")) == 0


def test_a_sent_answer_and_what_was_offered_before_it_are_cleared_once(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.after_undo()
    clearing = Clearing("zendesk")
    assert [cleared(house, clearing), cleared(house, clearing)] == [2, 0]


def test_a_stop_takes_away_what_was_offered(house: House) -> None:
    house.propose()
    house.deliver_due()
    clearing = Clearing("zendesk")
    assert cleared(house, clearing) == 0
    review.roll_back(house.deps, "support", "rosa")
    assert cleared(house, clearing) == 1


def test_a_host_that_is_away_is_asked_again(house: House) -> None:
    house.propose()
    house.deliver_due()
    review.roll_back(house.deps, "*", "rosa")
    clearing = Clearing("zendesk")
    house.host.faults.down = HostError("the host is down")
    assert cleared(house, clearing) == 1
    house.host.faults.down = None
    assert [cleared(house, clearing), cleared(house, clearing)] == [1, 0]


def test_what_ended_long_ago_was_looked_at_when_it_was_new(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.after_undo()
    house.clock.tick(3601)
    assert cleared(house, Clearing("zendesk")) == 0

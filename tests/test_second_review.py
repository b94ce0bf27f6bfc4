"""Second reviews: drawn, blind, by another person; disagreements settled; and the gate can be passed at last."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from app import figures, review, second_review
from app.second_review import AGAIN, DISPUTE, OWN
from app.store.evidence import Report
from app.store.tables import second_review as table
from tests import earned
from tests.earned import accepted, actor, look_again
from tests.house import House


@pytest.fixture
def house(house: House) -> House:
    earned.furnish(house)
    return house


@pytest.fixture
def mei(house: House) -> review.Actor:
    return actor(house, "mei@acme.example")


@pytest.fixture
def rosa(house: House) -> review.Actor:
    return actor(house, "rosa@acme.example")


def report(house: House) -> Report:
    (found,) = figures.evidence(house.deps)
    return found


def tasks(house: House, who: review.Actor, kind: str) -> list[str]:
    return [task.id for task in second_review.tasks(house.deps, who) if task.kind == kind]


def test_a_tenth_is_drawn_for_another_person(house: House, mei: review.Actor, rosa: review.Actor) -> None:
    made = [accepted(house, number, rosa) for number in range(11)]
    assert tasks(house, rosa, AGAIN) == []
    drawn = tasks(house, mei, AGAIN)
    assert len(drawn) == 2
    other = next(item for item in made if item not in drawn)
    with pytest.raises(review.Refused, match="not among those that the plan drew"):
        second_review.say(house.deps, other, "accepted", mei)
    with pytest.raises(review.Forbidden, match="another person"):
        second_review.say(house.deps, drawn[0], "accepted", rosa)
    assert look_again(house, mei) == 2
    assert tasks(house, mei, AGAIN) == []
    assert report(house).verdict.tally.doubled == 2


def test_who_looks_again_does_not_learn_what_the_first_one_found(
    house: House, mei: review.Actor, rosa: review.Actor
) -> None:
    accepted(house, 1, rosa)
    (task,) = second_review.tasks(house.deps, mei)
    assert (task.kind, task.found, task.draft) == (AGAIN, (), "Standard delivery takes 3 to 5 days.")


def test_a_disagreement_is_a_failure_until_a_third_person_settles_it(
    house: House, mei: review.Actor, rosa: review.Actor
) -> None:
    item = accepted(house, 1, rosa)
    look_again(house, mei, "rejected")
    assert (report(house).verdict.tally.failed, report(house).verdict.tally.disputed) == (1, (item,))
    for pair in (mei, rosa):
        house.clock.tick(60)
        with pytest.raises(review.Forbidden):
            second_review.say(house.deps, item, "accepted", pair)
    assert tasks(house, house.ana, DISPUTE) == [item]
    second_review.say(house.deps, item, "accepted", house.ana)
    tally = report(house).verdict.tally
    assert (tally.good, tally.failed, tally.disputed) == (1, 0, ())


def test_either_of_the_two_may_give_in(house: House, mei: review.Actor, rosa: review.Actor) -> None:
    item = accepted(house, 1, rosa)
    look_again(house, mei, "material edit")
    second_review.say(house.deps, item, "material edit", rosa)
    tally = report(house).verdict.tally
    assert (tally.failed, tally.disputed, tasks(house, house.ana, DISPUTE)) == (1, (), [])


def test_an_own_answer_is_a_failure_until_a_reviewer_clears_it(house: House, mei: review.Actor) -> None:
    from app import by_hand

    item = house.propose()
    ref = house.ref(item)
    house.host.says(ref, house.host.people["3"], "We closed down, sorry about that!", by_hand=True)
    by_hand.notice(house.deps, house.host.fetch(ref))
    assert report(house).verdict.tally.failed == 1
    assert tasks(house, mei, OWN) == [item]
    second_review.say(house.deps, item, "accepted", mei)
    assert (report(house).verdict.tally.good, report(house).verdict.tally.failed) == (1, 0)


def test_nobody_waves_second_looks_through(house: House, mei: review.Actor, rosa: review.Actor) -> None:
    for number in range(11):
        accepted(house, number, rosa)
    first, second = tasks(house, mei, AGAIN)
    second_review.say(house.deps, first, "accepted", mei)
    house.clock.tick(1)
    with pytest.raises(review.Refused, match="so quickly"):
        second_review.say(house.deps, second, "accepted", mei)
    second_review.say(house.deps, second, "rejected", mei)  # a no shows that they read


def test_it_takes_a_reviewer(house: House) -> None:
    item = accepted(house, 1, house.ana)
    agent = review.Actor(house.rosa.member, "sidebar")  # as she was before an admin made her a reviewer
    with pytest.raises(review.Forbidden, match="reviewer"):
        second_review.say(house.deps, item, "accepted", agent)


@pytest.mark.parametrize("act", [table.delete(), table.update().values(outcome="accepted")])
def test_what_a_second_person_found_cannot_be_removed_or_mended(
    house: House, mei: review.Actor, rosa: review.Actor, act: Any
) -> None:
    accepted(house, 1, rosa)
    look_again(house, mei, "rejected")
    with pytest.raises(DBAPIError, match="never changed or removed"), house.deps.engine.begin() as tx:
        tx.execute(act)

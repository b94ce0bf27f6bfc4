"""Staff: what a person made of drafts is theirs to see, never in the log, and gone after 90 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app import own_figures, retention, review
from app.host import Person
from app.store import staff
from app.store.tables import approval, audit, outcome, reading
from tests.house import House
from tests.test_forgetting import rows


def judged(house: House, who: review.Actor, shown_ms: int) -> None:
    house.rosa = replace(who, shown_ms=shown_ms)
    house.approve(house.propose())
    house.after_undo()


def colleague(house: House, number: int) -> review.Actor:
    person = Person(id=str(90 + number), name=f"Number {number}", email=f"n{number}@acme.example", role="agent")
    house.host.people[person.id] = person
    with house.deps.engine.begin() as tx:
        return review.Actor(staff.meet(tx, "zendesk", person, house.clock.now()), "sidebar")


def test_everybody_sees_their_own_and_nobody_anothers(house: House) -> None:
    rosa, ana = house.rosa, house.ana
    judged(house, rosa, 20_000)
    judged(house, rosa, 100)
    review.reject(house.deps, house.propose(), "wrong answer", replace(rosa, shown_ms=40_000))
    mine = own_figures.own(house.deps, rosa)
    assert (mine.judged, mine.unchanged, mine.rejected, mine.hurried, mine.seconds) == (3, 2, 1, 1, 20.0)
    assert own_figures.own(house.deps, ana).judged == 0


def test_of_the_others_nothing_is_shown_until_nobody_can_be_told_from_the_rest(house: House) -> None:
    for number in range(own_figures.FEWEST):
        assert own_figures.team(house.deps) is None
        judged(house, colleague(house, number), 1000 * (number + 9))
    ours = own_figures.team(house.deps)
    assert ours is not None
    assert (ours.judged, ours.seconds) == (4, 10.5)


def test_how_long_somebody_looked_is_not_in_the_log_and_gone_after_90_days(house: House) -> None:
    judged(house, house.rosa, 123_457)
    judged(house, house.rosa, 7)
    assert not [row for row in rows(house, audit) if b"shown" in row.stored or b"123457" in row.stored]
    house.clock.moment += timedelta(days=91)
    retention.expire(house.deps)
    assert rows(house, reading) == []
    assert {row.shown_ms for row in rows(house, approval)} == {None}
    assert [row.hurried for row in rows(house, outcome)] == [False, True]  # what does not count still does not

"""A batch: one approval each, one reply each, every one that was not sent explained, and nothing lost when somebody leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import approving, escalating, review
from app.governance.proposal import Finding, Tier
from app.store import batches, outcomes, proposals, readings
from tests.fakes import CASEY
from tests.house import answers

MANY = pytest.mark.parametrize("count", [6, pytest.param(100, marks=pytest.mark.slow)])


@dataclass
class Ending:
    """A clock of a process that ends after so many looks at it."""

    clock: Any
    left: int

    def now(self) -> datetime:
        self.left -= 1
        if self.left < 0:
            raise SystemExit("the process ends")
        return self.clock.now()


@dataclass
class Beside:
    """A database at which somebody else does something before the second transaction."""

    engine: Any
    act: Any
    begun: int = 0

    def begin(self) -> Any:
        self.begun += 1
        if self.begun == 2:
            self.act()
        return self.engine.begin()


def begun(house, ids) -> str:
    return approving.begin(house.deps, [(one, house.seen(one)) for one in ids], "pending", house.ana)


def told(house) -> dict[str, tuple[str, str]]:
    standing = approving.standing(house.deps, house.ana)
    assert standing is not None
    return {one.proposal_id: (one.how, one.words) for one in standing.items}


@MANY
def test_what_can_be_sent_is_sent_once_and_the_rest_is_explained(house, count):
    ids = [house.propose() for _ in range(count)]
    batch = begun(house, ids)
    escalating.escalate(house.deps, ids[1], "legal@acme.example", house.clock.now() + timedelta(hours=4), house.rosa)
    approving.go_on(house.deps, batch, house.ana)
    house.host.says(house.ref(ids[0]), CASEY, "Wait, I meant another order")
    house.host.delete(house.ref(ids[2]))
    house.after_undo()
    found = told(house)
    assert [found.pop(one)[0] for one in ids[:3]] == ["left"] * 3
    assert set(found.values()) == {("sent", "sent")}
    assert len(answers(house)) == count - 3
    assert told(house)[ids[0]] == ("left", "not sent: the thread moved on")
    assert "escalated" in told(house)[ids[1]][1]
    assert told(house)[ids[2]][1].startswith("not sent: ")


def test_why_not_names_a_category_as_people_do(house):
    one = house.propose(category="refund-exception", tier=Tier.JUDGEMENT)
    approving.go_on(house.deps, begun(house, [one]), house.ana)
    assert "Refund exception is in draft mode" in told(house)[one][1]
    assert "refund-exception" not in told(house)[one][1]


@MANY
def test_a_process_that_ends_half_way_leaves_the_rest_to_be_gone_on_with(house, count):
    ids = [house.propose() for _ in range(count)]
    batch = begun(house, ids)
    with pytest.raises(SystemExit):
        approving.go_on(replace(house.deps, clock=Ending(house.clock, count)), batch, house.ana)
    waiting = [one for one, (how, _) in told(house).items() if how == "waiting"]
    assert 0 < len(waiting) < count
    assert {result.why for result in approving.go_on(house.deps, batch, house.ana)} == {None}
    house.after_undo()
    assert {how for how, _ in told(house).values()} == {"sent"}
    assert len(answers(house)) == count


def test_a_stale_yes_is_told_and_the_others_go(house):
    stale, fine = house.propose(), house.propose()
    batch = begun(house, [stale, fine])
    review.edit(house.deps, stale, "Dear Casey, it takes 3 to 5 working days.", house.seen(stale), house.rosa)
    approving.go_on(house.deps, batch, house.ana)
    assert told(house)[stale] == ("left", "not approved: it changed since you saw it")
    assert house.state(fine) == proposals.APPROVED


def test_going_on_twice_is_one_yes(house):
    batch = begun(house, [house.propose()])
    approving.go_on(house.deps, batch, house.ana)
    assert approving.go_on(house.deps, batch, house.ana) == []
    house.after_undo()
    assert len(answers(house)) == 1


def test_the_same_yes_at_the_same_moment_is_one_yes(house):
    """Somebody comes back and presses "Go on" while their first press is still being worked at."""
    one = house.propose()
    asked = (one, house.seen(one), house.ana, "pending")
    at_once = replace(house.deps, engine=Beside(house.deps.engine, lambda: review.approve(house.deps, *asked)))
    assert review.approve(at_once, *asked).actor == house.ana.member.id
    house.after_undo()
    assert len(answers(house)) == 1


def test_a_batch_is_its_askers_own(house):
    batch = begun(house, [house.propose()])
    with pytest.raises(review.NotFound):
        approving.go_on(house.deps, batch, house.rosa)
    assert approving.standing(house.deps, house.rosa) is None


def test_what_was_taken_back_is_told_as_that(house):
    one = house.propose()
    approving.go_on(house.deps, begun(house, [one]), house.ana)
    review.undo(house.deps, one, house.ana)
    assert told(house)[one] == ("left", "not sent: undone")


def test_what_is_kept_of_a_refusal_quotes_nobody(house):
    quoting = house.propose(findings=(Finding("money", "£99 for the houseboat is in no source", 0),))
    approving.go_on(house.deps, begun(house, [quoting]), house.ana)
    assert told(house)[quoting] == ("left", "not approved: the checks object to the draft")


def test_what_was_read_in_less_than_reading_takes_goes_out_and_is_no_evidence(house):
    quick, read, unknown = (house.propose() for _ in range(3))
    seen = [(one, house.seen(one)) for one in (quick, read, unknown)]
    batch = approving.begin(house.deps, seen, "pending", house.ana, {quick: 300, read: 60_000})
    approving.go_on(house.deps, batch, house.ana)
    house.after_undo()
    assert {how for how, _ in told(house).values()} == {"sent"}  # shown, not enforced
    standing = approving.standing(house.deps, house.ana)
    assert standing is not None
    assert [(one.shown_ms, one.hurried) for one in standing.items] == [(300, True), (60_000, False), (None, False)]
    with house.deps.readers.begin() as tx:
        assert [outcomes.of(tx, one).hurried for one, _ in seen] == [True, False, False]
    house.clock.tick(91 * 86_400)
    with house.deps.engine.begin() as tx:
        readings.expire(tx, house.clock.now())
        kept = batches.read(tx, batch)
    assert kept is not None
    assert [one.shown_ms for one in kept.items] == [None] * 3

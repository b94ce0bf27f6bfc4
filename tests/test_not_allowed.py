"""A host that lets us write nothing: nobody can fence, a no proves nothing about the reply, and a stop still ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import deliver, review, sweep
from app.governance.decision import Switch
from app.host import AccessLost, Fate, HostError, NotAllowed
from app.store import endings, proposals, waits
from tests.house import House, answers, claimed, scope

NO = NotAllowed("we may not write")


@pytest.fixture
def item(house: House) -> str:
    """Approved and due, at a host that has just begun to refuse every write of ours."""
    made = house.propose()
    house.deliver_due()  # the note
    house.approve(made)
    house.clock.tick(6)
    house.host.faults.before_kill = NO
    return made


def raising(error: HostError) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


def words(house: House, item: str) -> str:
    with house.deps.readers.begin() as tx:
        found = endings.ending(tx, item)
    return found.words if found else ""


def stopped(house: House) -> Switch:
    """As it stands once the drain has lost its patience."""
    review.roll_back(house.deps, "support", "rosa")
    house.clock.tick(11)
    sweep.drain(house.deps)
    return scope(house, "support").state


@pytest.mark.parametrize("no", [NO, AccessLost("we may not write")])
def test_a_no_and_no_fence_is_never_called_not_sent_and_the_stop_is_confirmed(
    house: House, item: str, no: HostError
) -> None:
    house.host.refuse = no
    assert house.deliver_due() == [Fate.UNCLEAR]
    assert (house.state(item), answers(house)) == (proposals.UNCLEAR, [])
    assert words(house, item) == "please check: we may not write"
    assert stopped(house) is Switch.CONFIRMED


def test_a_no_that_came_after_the_reply_was_applied_is_found_by_its_marker(house: House, item: str) -> None:
    house.host.faults.after_apply = raising(NO)
    assert house.deliver_due() == [Fate.SENT]
    assert (house.state(item), len(answers(house))) == (proposals.SENT, 1)


def test_what_we_may_not_read_either_is_a_persons_to_check(house: House, item: str) -> None:
    def shut() -> None:
        house.host.faults.down = NO
        raise NO

    house.host.faults.after_apply = shut
    assert house.deliver_due() == [Fate.UNCLEAR]
    assert (house.state(item), len(answers(house))) == (proposals.UNCLEAR, 1)


def test_a_no_is_remembered_until_the_host_can_be_read(house: House, item: str) -> None:
    def fall_silent() -> None:
        house.host.faults.down = HostError("away")
        raise NO

    house.host.faults.after_apply = fall_silent
    assert house.deliver_due() == [None]
    assert stopped(house) is Switch.OFF
    house.host.faults.down = None
    sweep.drain(house.deps)
    assert (scope(house, "support").state, house.state(item)) == (Switch.CONFIRMED, proposals.SENT)


def test_without_an_answer_the_request_may_be_on_its_way_and_nothing_is_confirmed(house: House, item: str) -> None:
    claimed(house)  # and its worker is gone
    assert stopped(house) is Switch.OFF
    house.host.faults.before_kill = None  # an admin lets us write again
    sweep.drain(house.deps)
    assert (scope(house, "support").state, house.state(item)) == (Switch.CONFIRMED, proposals.HUMAN)


def test_a_no_to_one_attempt_says_nothing_of_the_next(house: House, item: str) -> None:
    permit, message = claimed(house)
    with house.deps.engine.begin() as tx:
        waits.refused(tx, permit, str(NO))
    house.host.faults.before_kill = None
    assert deliver.settle(house.deps, permit, message) is Fate.NEVER_SENT  # so there is another attempt
    house.host.faults.before_kill = NO
    claimed(house)
    assert (stopped(house), house.state(item)) == (Switch.OFF, proposals.SENDING)

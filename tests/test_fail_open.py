"""Threat "fail open": every function of ours on the way to a customer raises once, and no customer gets a word of it."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from app import deliver as door
from app import sweep
from app.governance.ramp import Step
from app.host import Purpose
from app.store import outbox, proposals
from tests import earned, fakes
from tests.house import House, answers

APP = str(Path(door.__file__).parent)
SEND = (fakes.__file__, "send")


class BrokenError(Exception):
    """What no line of ours expects."""


@dataclass
class Tripwire:
    """Sees each call of a function of ours until the send; raises inside the one that it was given."""

    at: tuple[str, str] | None = None
    seen: list[tuple[str, str]] = field(default_factory=list)
    sent: bool = False
    tripped: bool = False

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or self.sent:
            return
        here = (frame.f_code.co_filename, frame.f_code.co_name)
        self.sent = here == SEND
        if here[0].startswith(APP) and not here[1].startswith("<"):
            if here not in self.seen:
                self.seen.append(here)
            if here == self.at:
                self.tripped = True
                raise BrokenError(here)


@contextmanager
def watched(wire: Tripwire) -> Iterator[Tripwire]:
    sys.setprofile(wire)
    try:
        yield wire
    finally:
        sys.setprofile(None)


@contextmanager
def undone(house: House) -> Iterator[None]:
    """What happens inside has not happened: the database, the tickets and the clock are as they were."""
    file = Path(str(house.deps.engine.url.database))
    tickets, moment, rung = copy.deepcopy(house.host.tickets), house.clock.moment, list(house.bell.rung)
    close(house)
    kept = file.read_bytes()
    yield
    close(house)
    file.write_bytes(kept)
    house.host.tickets, house.clock.moment, house.bell.rung = tickets, moment, rung


def close(house: House) -> None:
    """The last connection to close folds the write-ahead log into the file."""
    house.deps.readers.dispose()
    house.deps.engine.dispose()


def deliver(house: House) -> None:
    """The one answer that is due; notes to colleagues are another's business."""
    with house.deps.readers.begin() as tx:
        orders = [outbox.order(tx, row_id) for row_id in outbox.due(tx, house.clock.now())]
    (row_id,) = [order.id for order in orders if order and order.purpose is Purpose.ANSWER]
    door.deliver(house.deps, row_id)


def an_approved_answer(house: House) -> Callable[[], Any]:
    """From the click of an agent to the customer."""
    item = house.propose()

    def act() -> None:
        house.approve(item)
        house.clock.tick(6)
        deliver(house)

    return act


def an_automatic_answer(house: House) -> Callable[[], Any]:
    """From the drafted message to the customer, without anybody."""
    assert earned.raised(house) is Step.FIVE_A_DAY

    def act() -> None:
        assert house.state(earned.inbound(house)) == proposals.HELD
        house.clock.tick(120)
        deliver(house)

    return act


@pytest.mark.parametrize("road", [an_approved_answer, pytest.param(an_automatic_answer, marks=pytest.mark.slow)])
@pytest.mark.threat("fail-open")
def test_whatever_raises_before_the_send_sends_nothing_and_afterwards_at_most_one(
    earner: House, road: Callable[[House], Callable[[], Any]]
) -> None:
    act = road(earner)
    with undone(earner), watched(Tripwire()) as all_calls:
        act()
        assert len(answers(earner)) == 1
    assert len(all_calls.seen) > 100
    reached, tripped = [], 0
    for at in all_calls.seen:
        with undone(earner):
            with suppress(Exception), watched(Tripwire(at)) as wire:
                act()
            tripped += wire.tripped
            if wire.tripped and answers(earner):
                reached.append(at)
            again(earner)
            assert len(answers(earner)) <= 1, f"twice, after {at} had raised"
    assert reached == []
    assert tripped > 0.9 * len(all_calls.seen)  # all but those whose answer is kept from the first time on


def again(house: House) -> None:
    """What was broken works again, and everything that is due goes through the door."""
    for _ in range(3):
        house.clock.tick(120)
        sweep.sweep(house.deps)
        house.deliver_due()

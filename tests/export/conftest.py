"""One eventful day of a deployment, exported: two replies, a stop, a restore by two, an escalation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import escalating, review, sweep
from app.export.write import write
from app.host import Person
from app.store import checkpoints, staff
from app.store.engine import connect
from tests.conftest import FrozenClock
from tests.house import House

BEN = Person(id="32", name="Ben Admin", email="ben@acme.example", role="admin")


def admin(house: House) -> review.Actor:
    with house.deps.engine.begin() as tx:
        return review.Actor(staff.meet(tx, "zendesk", BEN, house.clock.now()), "settings")


def live_through_a_day(house: House) -> None:
    sent = house.propose()
    house.approve(sent)
    house.after_undo()
    with house.deps.engine.begin() as tx:
        checkpoints.sign(tx, house.deps.keys, "test", house.clock.now())
    waiting = house.propose("Do you deliver on Saturdays?")
    house.approve(waiting)
    review.roll_back(house.deps, "*", house.ana.member.id, "a drill")
    sweep.drain(house.deps)
    review.restore(house.deps, "*", house.ana)
    review.restore(house.deps, "*", admin(house))
    with house.deps.engine.begin() as tx:
        checkpoints.sign(tx, house.deps.keys, "test", house.clock.now())
    again = house.propose("And on Sundays?")
    house.approve(again)
    house.after_undo()
    due = house.clock.now() + timedelta(hours=4)
    escalating.escalate(house.deps, house.propose("Where is it?"), "legal@acme.example", due, house.rosa)


@pytest.fixture(scope="module")
def day(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("day")
    shutil.copyfile(sqlite_model, folder / "countersign.db")
    engine = connect(f"sqlite:///{folder / 'countersign.db'}")
    house = House(engine, FrozenClock(), folder)
    live_through_a_day(house)
    yield house
    house.deps.readers.dispose()
    engine.dispose()


@pytest.fixture(scope="module")
def exported(day: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "log"
    write(day.deps, folder, day.ana.member.id, texts=True)
    return folder

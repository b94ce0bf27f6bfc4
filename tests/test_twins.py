"""A restored copy of the database beside the original: under its own deployment id it sends nothing that was answered."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import reconcile
from app.store import outbox, replies
from app.store.engine import connect, readers
from tests.fakes import CASEY, FakeHost
from tests.house import House, answers


@pytest.fixture
def house(sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[House]:
    made = House(connect(sqlite_database), clock, tmp_path)
    yield made
    made.deps.engine.dispose()
    made.deps.readers.dispose()


def restored(house: House, file: Path, deployment: str = "restored") -> House:
    """A backup of this moment, put to work with the same account, and another deployment id unless it is named."""
    source = house.deps.engine.url.database
    assert source is not None
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(file)) as backup:
        original.backup(backup)
    engine = connect(f"sqlite:///{file}")
    twin = copy.copy(house)
    twin.host = FakeHost(deployment=deployment)
    twin.host.tickets, twin.host._lock = house.host.tickets, house.host._lock
    settings = replace(house.deps.settings, deployment=deployment)
    twin.deps = replace(
        house.deps, settings=settings, engine=engine, readers=readers(engine), hosts={"zendesk": twin.host}
    )
    return twin


@pytest.fixture
def item(house: House) -> str:
    """Approved, and not sent yet."""
    made = house.propose()
    house.deliver_due()
    house.approve(made)
    return made


@pytest.fixture
def twin(house: House, item: str, tmp_path: Path) -> Iterator[House]:
    """A copy of a moment when a reply was approved and not sent yet."""
    made = restored(house, tmp_path / "restored.db")
    yield made
    made.deps.engine.dispose()
    made.deps.readers.dispose()


def refused(results: list[Any]) -> set[str]:
    """Why no answer was sent; a note for people may be."""
    return {reason.rule for result in results if isinstance(result, outbox.Refusal) for reason in result.reasons}


@pytest.mark.threat("second-deployment")
def test_the_copy_does_not_send_what_the_first_one_has_answered(house: House, twin: House) -> None:
    house.after_undo()
    assert len(answers(house)) == 1
    assert "foreign-deployment" in refused(twin.deliver_due())
    assert len(answers(house)) == 1


def test_put_back_in_the_first_ones_place_it_sends_nothing_again(house: House, item: str, tmp_path: Path) -> None:
    back = restored(house, tmp_path / "back.db", "test")
    house.after_undo()
    assert (house.state(item), back.state(item)) == ("sent", "approved")
    assert "moved-on" in refused(back.deliver_due())
    assert len(answers(house)) == 1
    back.deps.engine.dispose()
    back.deps.readers.dispose()


def test_nor_does_it_answer_the_next_message_on_that_ticket(house: House, item: str, twin: House) -> None:
    house.after_undo()
    ref = house.ref(item)
    house.host.says(ref, CASEY, "And can I pick it up?")
    second = twin.prepare(ref)
    assert (twin.state(second), twin.stored(second).record.reasons[0].rule) == ("human", "foreign-deployment")
    twin.after_undo()
    assert len(answers(house)) == 1
    house.approve(house.prepare(ref))
    house.after_undo()
    assert len(answers(house)) == 2


def test_a_note_of_the_copy_does_not_wash_the_first_ones_mark_away(house: House, tmp_path: Path) -> None:
    item = house.propose()
    twin = restored(house, tmp_path / "early.db")
    house.approve(item)
    house.after_undo()
    twin.deliver_due()  # the note of the offer, which waited in the copy
    house.host.says(house.ref(item), CASEY, "And can I pick it up?")
    second = twin.prepare(house.ref(item))
    assert twin.stored(second).record.reasons[0].rule == "foreign-deployment"
    twin.deps.engine.dispose()
    twin.deps.readers.dispose()


def test_the_copy_explains_what_was_sent_before_it_was_made_and_counts_the_rest_apart(
    house: House, tmp_path: Path
) -> None:
    house.host.started = house.clock.now()
    house.approve(house.propose())
    house.after_undo()
    twin = restored(house, tmp_path / "later.db")
    house.approve(house.propose("And mine?"))
    house.after_undo()
    reconcile.reconcile(twin.deps, "zendesk")
    with twin.deps.engine.begin() as tx:
        found = replies.last(tx, "zendesk")
    twin.deps.engine.dispose()
    twin.deps.readers.dispose()
    assert found is not None
    assert (found.ours, found.foreign, found.unexplained) == (1, 1, 0)

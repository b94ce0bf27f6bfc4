"""A copy of the database is put back: what reached customers since it was made reaches nobody a second time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import pipeline, sweep
from app.ai.embed import Embedder
from app.host import TicketRef
from app.minds import Minds
from app.pipeline import Concluded
from app.store.engine import connect
from tests.ai.small import Words
from tests.house import House, answers

LONG = 3600  # seconds until somebody puts the copy back


class Deployment:
    """A house over a host that forgets nothing, and the copy of its database that an admin keeps."""

    def __init__(self, database: str, clock: Any, home: Path) -> None:
        self.database, self.clock, self.home = database, clock, home
        self.file, self.copy = Path(database.removeprefix("sqlite:///")), home / "copy.db"
        self.house = House(connect(database), clock, home)
        self.host = self.house.host

    def back_up(self) -> None:
        """As `sqlite3 countersign.db ".backup copy.db"` does, while everything runs."""
        with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(self.copy)) as target:
            source.backup(target)

    def restore(self) -> None:
        self.close()
        for part in self.home.glob(f"{self.file.name}*"):
            part.unlink()
        self.copy.rename(self.file)
        self.house = House(connect(self.database), self.clock, self.home, policy=None)
        self.house.host, self.house.deps = self.host, replace(self.house.deps, hosts={"zendesk": self.host})
        self.clock.tick(LONG)

    def go_on(self) -> None:
        """Everything that runs by itself, until nothing is left to do."""
        for _ in range(3):
            self.house.deliver_due()
            sweep.sweep(self.house.deps)
            self.clock.tick(60)

    def close(self) -> None:
        self.house.deps.engine.dispose()
        self.house.deps.readers.dispose()


@pytest.fixture
def deployment(sqlite_database: str, clock: Any, tmp_path: Path) -> Any:
    made = Deployment(sqlite_database, clock, tmp_path)
    yield made
    made.close()


def sent(deployment: Deployment, proposal: str) -> None:
    deployment.house.after_undo()
    assert deployment.house.state(proposal) == "sent"
    assert len(answers(deployment.house)) == 1


def once(deployment: Deployment) -> bool:
    deployment.go_on()
    return len(answers(deployment.house)) == 1


def test_a_copy_that_still_offers_the_draft_refuses_to_send_it_again(deployment):
    proposal = deployment.house.propose()
    deployment.back_up()
    deployment.house.approve(proposal)
    sent(deployment, proposal)
    deployment.restore()
    assert deployment.house.state(proposal) == "offered"
    deployment.house.approve(proposal)
    assert once(deployment)
    assert deployment.house.state(proposal) != "sent"


@pytest.mark.threat("second-deployment")
def test_a_copy_that_holds_the_approved_reply_refuses_to_send_it_again(deployment):
    proposal = deployment.house.propose()
    deployment.house.approve(proposal)
    deployment.back_up()
    sent(deployment, proposal)
    deployment.restore()
    assert deployment.house.state(proposal) == "approved"
    assert once(deployment)


def test_a_copy_made_in_the_middle_of_the_send_finds_the_reply_and_records_it(deployment):
    proposal = deployment.house.propose()
    deployment.house.approve(proposal)
    deployment.host.faults.before_apply = deployment.back_up
    sent(deployment, proposal)
    deployment.restore()
    deployment.host.faults.before_apply = lambda: None
    assert deployment.house.state(proposal) == "sending"
    assert once(deployment)
    assert deployment.house.state(proposal) == "sent"


def test_a_copy_that_never_saw_the_message_finds_it_answered(deployment):
    ref: TicketRef = deployment.host.new_ticket("When will my parcel come?")
    deployment.back_up()
    proposal = deployment.house.prepare(ref)
    deployment.house.approve(proposal)
    sent(deployment, proposal)
    deployment.restore()
    deps = deployment.house.deps
    minds = Minds(deps.readers, Embedder(english=Words, multilingual=Words), None, None)
    assert pipeline.consider(deps, minds, deployment.host.fetch(ref), deployment.clock.now()) is Concluded.NOTHING
    assert once(deployment)

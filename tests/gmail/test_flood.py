"""A mailbox that was away, or that everybody writes to: Gmail's quota is kept, and each mail is handled once."""

from __future__ import annotations

import base64
import itertools
import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import jobs, polling, watch
from app.store import outbox
from integrations.gmail.wire import ALLOWED, RESERVED, Budget
from tests.door import Door
from tests.gmail.conftest import BOX, Playground, playing
from tests.hosts.gmail_world import GmailWorld

ASKED = "How many days does shipping take, and do you deliver on Saturdays?"
STEP = 10.0  # seconds between two looks of the sweeper at what is due
HANDLED = 56  # units, until its draft is offered


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    """One whose mailbox is empty, and whose time is ours."""
    with playing(tmp_path / "gmail", "--seeds", str(tmp_path)) as made:
        yield made


class Deployment(Door):
    """The real store, stages and webhook over the real host, and a sandbox Gmail in a process of its own."""

    def __init__(self, home: Path, database: str, clock: Any, playground: Playground) -> None:
        super().__init__(home, database, clock)
        self.gmail, self.ahead, self.refused = playground, 0.0, 0
        self.world = GmailWorld(playground, lambda: self.clock.now().timestamp())
        self._numbers = itertools.count(1)
        self.use(hosts={self.world.host.name: self.world.host})

    def counts(self, allowed: int) -> None:
        """As Google does, with so many units a minute."""
        self.world.client.budget = Budget(allowed, lambda: time.monotonic() + self.ahead)
        self.gmail.play("PUT", "settings", {"enforce_quota": allowed})

    def passes(self, seconds: float) -> None:
        self.ahead += seconds
        self.clock.tick(seconds)
        self.gmail.play("POST", "advance", {"seconds": seconds})

    def comes(self) -> str:
        """One more customer writes."""
        number = next(self._numbers)
        sender = f"Casey {number} <casey{number}@mail.example>"
        return self.gmail.receive(f"{ASKED} ({number})", **{"from": sender})["id"]

    def pushed(self, history_id: str) -> bytes:
        data = json.dumps({"emailAddress": BOX, "historyId": history_id}).encode()
        return json.dumps({"message": {"data": base64.b64encode(data).decode()}}).encode()

    def push(self, body: bytes, client: Any = None) -> None:
        answer = (client or self.client).post("/webhooks/gmail", data=body, headers=self.world.signed())
        assert answer.status_code == 202

    def settles(self) -> float:
        """Work until nothing waits. Returns the seconds that passed."""
        begun = self.ahead
        while any(row.state == "received" for row in self.rows()) or self.to_offer(soon=timedelta(hours=1)):
            watch.look(self.deps, self.world.host.name)
            self.work()
            for row_id in self.to_offer():
                jobs.deliver(row_id)
            self.refused += sum("slow down" in (row.trouble or "") for row in self.rows())
            self.passes(STEP)
        return self.ahead - begun

    def to_offer(self, soon: timedelta = timedelta(0)) -> list[int]:
        with self.deps.readers.begin() as tx:
            return outbox.due(tx, self.clock.now() + soon)

    def drafted(self) -> Counter[str]:
        """The threads in which a draft lies."""
        return Counter(doc["message"]["threadId"] for doc in self.world.client.drafts())

    def comments(self) -> Counter[str]:
        return Counter(row.comment for row in self.proposals())


@pytest.fixture
def deployment(tmp_path: Path, sqlite_database: str, clock: Any, playground: Playground) -> Iterator[Deployment]:
    made = Deployment(tmp_path, sqlite_database, clock, playground)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("count", "allowed"), [(16, 12 * HANDLED), pytest.param(500, ALLOWED, marks=pytest.mark.slow)], ids=["few", "500"]
)
def test_a_forgotten_history_with_hundreds_unseen_handles_each_once_within_the_quota(
    deployment: Deployment, count: int, allowed: int
) -> None:
    polling.poll(deployment.deps, deployment.world.host.name)
    unseen = [deployment.comes() for _ in range(count)]
    deployment.gmail.play("PUT", "settings", {"horizon": "now"})
    deployment.counts(allowed)
    newest = deployment.world.client.profile()["historyId"]
    deployment.push(deployment.pushed(newest))
    seconds = deployment.settles()
    assert deployment.comments() == deployment.drafted() == dict.fromkeys(unseen, 1)
    assert {(row.state, row.tries) for row in deployment.rows()} == {("done", 0)}
    assert deployment.refused == 0  # we stood back before Gmail had to say so
    minutes = math.ceil(count * HANDLED / (allowed * (1 - RESERVED)))
    assert deployment.world.client.budget.total <= count * (HANDLED + 1)
    assert seconds <= 60 * (minutes + 2)  # who stands back comes again in the next minute
    print(f"{count} unseen: each handled and drafted once, {seconds / 60:.1f} minutes of Gmail's quota")  # noqa: T201


def test_whoever_read_a_mail_leaves_its_draft_in_the_thread_for_at_most_sixty_units(deployment: Deployment) -> None:
    """The first one reads the labels and addresses; from the second on it is what each mail costs."""
    host, budget = deployment.world.host.name, deployment.world.client.budget
    assert watch.look(deployment.deps, host)
    polling.poll(deployment.deps, host)
    for drafts in (1, 2):
        deployment.comes()
        before = budget.total
        polling.poll(deployment.deps, host)
        deployment.work()
        assert len(deployment.world.client.drafts()) == drafts
    assert budget.total - before - 5 == 2 + 40 + 2 + 2 + 10  # less our own look at the drafts


@pytest.mark.parametrize(
    ("mails", "pushes"), [(10, 60), pytest.param(1000, 10_000, marks=pytest.mark.slow)], ids=["few", "ten thousand"]
)
def test_pushes_repeated_reordered_and_lost_make_one_proposal_for_each_mail(
    deployment: Deployment, mails: int, pushes: int
) -> None:
    """From two sides at once, while the worker works and the history forgets now and then."""
    chance, host = random.Random(7), deployment.world.host.name
    polling.poll(deployment.deps, host)
    sides = [
        deployment.stage.app() for _ in range(2)
    ]  # here: Python cannot compile their routes in two threads at once
    came = [one for _ in range(10) for one in _pushing(deployment, sides, mails // 10 or 1, pushes // 10, chance)]
    polling.poll(deployment.deps, host)  # the one that comes every minute
    deployment.settles()
    assert deployment.comments() == deployment.drafted() == dict.fromkeys(came, 1)
    assert {row.state for row in deployment.rows()} == {"done"}
    units = deployment.world.client.budget.total / len(came)
    print(f"{len(came)} mails, {pushes} pushes: one proposal each, {units:.1f} units a mail")  # noqa: T201


def _pushing(deployment: Deployment, sides: Sequence[Any], mails: int, pushes: int, chance: random.Random) -> list[str]:
    """Some mails; of a tenth of them nothing is ever told, of the others the same again and again."""
    came, told = list[str](), list[bytes]()
    for _ in range(mails):
        came.append(deployment.comes())
        if chance.random() < 0.9:
            told.append(deployment.pushed(deployment.world.client.profile()["historyId"]))
    bodies = [chance.choice(told) for _ in range(pushes)] if told else []
    with ThreadPoolExecutor(2) as senders:
        halves = (bodies[::2], bodies[1::2])
        sent = [senders.submit(_sends, deployment, side, half) for side, half in zip(sides, halves, strict=True)]
        deployment.work()
        if chance.random() < 0.2:
            deployment.gmail.play("PUT", "settings", {"horizon": "now"})
        deployment.work()
        for one in sent:
            one.result()
    return came


def _sends(deployment: Deployment, side: Any, bodies: Sequence[bytes]) -> None:
    client = side.test_client()
    for body in bodies:
        deployment.push(body, client)

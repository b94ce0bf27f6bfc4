"""A mailbox in a deployment: what a push leads to, and what becomes of one that nobody can read or believe."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import polling, troubles
from app.host import Arrival, Changes, HostError, TicketRef
from app.store import cursors, inbox
from integrations.gmail import history, push
from integrations.gmail.oidc import TokenRefused
from tests.door import Door
from tests.fakes import CASEY, ROSA, FakeHost
from tests.gmail.box import MemoryBox

ADDRESS = "support@acme.example"
NAME = f"gmail:{ADDRESS}"
ASKED = "How many days does shipping take, and do you deliver on Saturdays?"


def verify(token: str, _now: datetime) -> None:
    if token != "good":
        raise TokenRefused("the signature does not hold")


class Mailbox(FakeHost):
    """Threads in memory; what changed is told as Gmail tells it."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self.box = MemoryBox(page=7)

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        return push.arrivals(headers, body, now, verify)

    def poll(self, cursor: str | None, now: datetime) -> Changes:
        with self._call("poll"):
            return history.changes(self.box, self.name, cursor, now)

    def asks(self, ref: TicketRef | None = None, text: str = ASKED) -> TicketRef:
        if ref is None:
            ref = self.new_ticket(text)
        else:
            self.says(ref, CASEY, text)
        self.box.comes(self.fetch(ref).comments[-1].id, ref.ticket)
        return ref

    def answers_by_hand(self, ref: TicketRef) -> None:
        self.box.comes(self.says(ref, ROSA, "Three days.", by_hand=True).id, ref.ticket, ["SENT"])

    def pushed(self) -> bytes:
        return told({"emailAddress": ADDRESS, "historyId": str(self.box.id)})


def told(hint: object) -> bytes:
    return json.dumps({"message": {"data": base64.b64encode(json.dumps(hint).encode()).decode()}}).encode()


class Post(Door):
    """The same deployment with a mailbox beside Zendesk."""

    def __init__(self, home: Path, database: str, clock: Any) -> None:
        super().__init__(home, database, clock)
        self.mailbox = Mailbox()
        self.use(hosts={"zendesk": self.host, NAME: self.mailbox})

    def push(self, body: bytes, token: str = "good") -> int:
        answer = self.client.post("/webhooks/gmail", data=body, headers={"Authorization": f"Bearer {token}"})
        return int(answer.status_code)

    def settle(self) -> None:
        while self.busy():
            self.work()

    def busy(self) -> bool:
        with self.deps.readers.begin() as tx:
            return bool(inbox.due(tx, self.clock.now()))

    def comments(self) -> Counter[str]:
        return Counter(row.comment for row in self.proposals() if row.host == NAME)


@pytest.fixture
def post(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Post]:
    made = Post(tmp_path, sqlite_database, clock)
    yield made
    made.close()


@pytest.fixture
def either(tmp_path: Path, database_url: str, clock: Any) -> Iterator[Post]:
    """Over each database in turn."""
    made = Post(tmp_path, database_url, clock)
    yield made
    made.close()


def test_a_push_is_stored_answered_and_leads_to_a_proposal(either: Post) -> None:
    polling.poll(either.deps, NAME)
    ref = either.mailbox.asks()
    assert either.push(either.mailbox.pushed()) == 202
    assert [(row.host, row.kind, row.ticket) for row in either.rows()] == [(NAME, "push", "")]
    either.settle()
    assert either.comments() == {either.mailbox.fetch(ref).comments[0].id: 1}
    assert {row.state for row in either.rows()} == {"done"}


def test_a_look_that_another_overtook_moves_the_cursor_back_for_nobody(either: Post) -> None:
    polling.poll(either.deps, NAME)
    slow = either.mailbox.poll
    either.mailbox.asks()

    def overtaken(cursor: str | None, now: datetime) -> Changes:
        found = slow(cursor, now)
        either.mailbox.poll = slow  # type: ignore[method-assign]
        either.mailbox.asks()
        polling.poll(either.deps, NAME)
        return found

    either.mailbox.poll = overtaken  # type: ignore[method-assign]
    polling.poll(either.deps, NAME)
    with either.deps.readers.begin() as tx:
        assert (cursors.read(tx, NAME) or "").startswith(f"{either.mailbox.box.id} ")
    either.settle()
    assert sorted(either.comments().values()) == [1, 1]


def test_a_persons_own_reply_takes_the_proposal_back(post: Post) -> None:
    ref = post.mailbox.asks()
    polling.poll(post.deps, NAME)
    post.settle()
    post.mailbox.answers_by_hand(ref)
    assert post.push(post.mailbox.pushed()) == 202
    post.settle()
    assert [row.state for row in post.proposals()] == ["handled"]


def test_a_message_that_cannot_be_read_is_seen_and_keeps_no_other_waiting(post: Post) -> None:
    broken, fine = post.mailbox.asks(), post.mailbox.asks()
    fetch = post.mailbox.fetch

    def fails(ref: TicketRef) -> Any:
        if ref == broken:
            raise HostError("Gmail's answer cannot be read", permanent=True)
        return fetch(ref)

    post.mailbox.fetch = fails  # type: ignore[method-assign]
    polling.poll(post.deps, NAME)
    post.settle()
    assert post.comments() == {fetch(fine).comments[0].id: 1}
    assert [row["ticket"] for row in troubles.announced(post.deps)] == [broken.ticket]


def test_a_push_waits_while_gmail_is_away_and_says_why(post: Post) -> None:
    polling.poll(post.deps, NAME)
    post.mailbox.asks()
    post.push(post.mailbox.pushed())
    post.mailbox.faults.down = HostError("Gmail is away")
    post.work()
    assert [(row.state, row.trouble) for row in post.rows()] == [("received", "Gmail is away")]
    post.mailbox.faults.down = None
    polling.poll(post.deps, NAME)
    post.settle()
    assert len(post.comments()) == 1


@pytest.mark.threat("push-forged")
def test_an_unknown_mailbox_is_counted_and_leaves_nothing(post: Post) -> None:
    assert post.push(told({"emailAddress": "other@acme.example", "historyId": "7"})) == 204
    assert (post.rows(), post.counted("unknown")) == ([], 1.0)


def test_garbage_that_google_signed_is_stored_and_shown(post: Post) -> None:
    assert post.push(b"garbage") == 202
    assert [(row["state"], row["body"]) for row in troubles.announced(post.deps)] == [("unusable", "garbage")]
    assert any("could not be read" in words for words in troubles.told(post.deps))


@pytest.mark.threat("push-forged")
def test_a_forged_push_leaves_nothing_but_a_count(post: Post) -> None:
    assert post.push(post.mailbox.pushed(), token="forged") == 401
    with post.deps.readers.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(inbox.inbox)).scalar() == 0
    assert post.counted("rejected") == 1.0

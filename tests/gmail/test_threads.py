"""When a thread that we have read is read again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from app.host import TicketRef
from integrations.gmail.threads import Threads


class Mailbox:
    """What Gmail says of one thread whose last change, 5, lies before all that its history remembers."""

    def __init__(self, newest: int = 900, remembered: int = 100) -> None:
        self.newest, self.remembered = newest, remembered
        self.changed = dict[str, int]()
        self.asked = Counter[str]()

    def thread(self, name: str) -> dict[str, Any]:
        self.asked["thread"] += 1
        return {"id": name, "historyId": str(self.changed.get(name, 5))}

    def profile(self) -> dict[str, Any]:
        return {"historyId": str(self.newest)}

    def history(self, start: str, kinds: Any, page: str | None) -> dict[str, Any] | None:
        if int(start) < self.remembered:
            return None
        found = [{"messages": [{"threadId": name}]} for name, at in self.changed.items() if at > int(start)]
        return {"historyId": str(self.newest), "history": found}

    def change(self, name: str) -> None:
        self.newest += 1
        self.changed[name] = self.newest


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def threads(mailbox: Mailbox) -> Threads:
    made = Threads(mailbox)
    made.read(ref("first"))
    made.unchanged(ref("first"))  # learns where the history is
    mailbox.asked.clear()
    return made


def ref(name: str) -> TicketRef:
    return TicketRef("gmail:box", name)


def test_a_thread_older_than_the_history_is_read_once(mailbox: Mailbox, threads: Threads) -> None:
    threads.read(ref("old"))
    for _ in range(2):
        threads.unchanged(ref("old"))
    assert mailbox.asked["thread"] == 1


def test_a_thread_that_changed_after_it_was_read_is_read_again(mailbox: Mailbox, threads: Threads) -> None:
    threads.read(ref("old"))
    mailbox.change("old")
    assert threads.unchanged(ref("old"))["historyId"] == str(mailbox.newest)


def test_a_change_between_what_the_history_told_and_the_reading_is_not_taken_for_seen(
    mailbox: Mailbox, threads: Threads
) -> None:
    mailbox.change("other")
    mailbox.change("old")
    threads.unchanged(ref("first"))
    assert threads.read(ref("old"))["historyId"] == str(mailbox.newest)
    mailbox.change("old")
    assert threads.unchanged(ref("old"))["historyId"] == str(mailbox.newest)
    assert mailbox.asked["thread"] == 2


def test_a_history_that_forgot_everything_costs_a_reading(mailbox: Mailbox, threads: Threads) -> None:
    threads.read(ref("old"))
    mailbox.remembered = mailbox.newest = 2000
    threads.unchanged(ref("old"))
    assert mailbox.asked["thread"] == 2

"""The mailbox's history: whatever is repeated, late, lost or forgotten, each message is announced and none is skipped."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.host import Arrival, HostError, TicketRef
from integrations.gmail.history import changes
from tests.gmail.box import MemoryBox

NAME = "gmail:support@acme.example"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def found(box: MemoryBox, cursor: str | None) -> tuple[set[str], str]:
    told = changes(box, NAME, cursor, NOW)
    return {arrival.delivery_key for arrival in told.arrivals}, told.cursor


@pytest.fixture
def box() -> MemoryBox:
    made = MemoryBox()
    for number in range(10):
        made.comes(f"m{number}", "t1" if number < 2 else None)
    return made


def test_every_page_is_read_and_the_cursor_follows(box):
    start = found(box, None)[1]
    for number in range(10, 20):
        box.comes(f"m{number}")
    keys, cursor = found(box, start)
    assert keys == {f"message:m{number}" for number in range(10, 20)}
    assert found(box, cursor)[0] == set()


def test_a_message_is_named_by_its_thread(box):
    refs = {arrival.delivery_key: arrival.ref for arrival in changes(box, NAME, None, NOW).arrivals}
    assert refs["message:m1"] == TicketRef(NAME, "t1")


def test_a_page_that_fails_moves_nothing(box):
    start = found(box, None)[1]
    for number in range(10, 20):
        box.comes(f"m{number}")

    def fails() -> None:
        if box.reads == 2:
            raise HostError("Gmail is away")

    box.between = fails
    with pytest.raises(HostError):
        changes(box, NAME, start, NOW)
    box.between = lambda: None
    assert len(found(box, start)[0]) == 10


def test_what_comes_while_pages_are_read_is_found_the_next_time(box):
    start = found(box, None)[1]
    for number in range(10, 20):
        box.comes(f"m{number}")
    box.between = lambda: box.comes("late") if "late" not in box.messages else None
    keys, cursor = found(box, start)
    assert "message:late" in keys | found(box, cursor)[0]


def test_a_forgotten_history_leads_to_a_whole_look_that_skips_nothing(box):
    start = found(box, None)[1]
    for number in range(500):
        box.comes(f"unseen{number}")
    box.comes("answer", "m5", ["SENT"])
    box.forgets()
    box.between = lambda: box.comes("late") if "late" not in box.messages else None
    keys, cursor = found(box, start)
    keys |= found(box, cursor)[0]
    assert keys >= {f"message:unseen{number}" for number in range(500)} | {"message:answer", "message:late"}


@pytest.mark.parametrize("cursor", ["", "nonsense", "12x 2026-11-23T09:00:00+00:00", "9999"])
def test_a_cursor_that_cannot_be_read_is_a_forgotten_history(box, cursor):
    assert len(found(box, cursor)[0]) == 10


def test_an_older_look_never_moves_the_cursor_back(box):
    ahead = f"{box.id + 5000} {NOW.isoformat()}"
    assert found(box, ahead)[1].startswith(f"{box.id + 5000} ")


@pytest.mark.parametrize("labels", [["DRAFT"], ["SPAM"], ["TRASH", "INBOX"], ["CATEGORY_UPDATES"], ["DRAFT", "SENT"]])
def test_drafts_and_spam_are_no_news(box, labels):
    start = found(box, None)[1]
    box.comes("other", labels=labels)
    assert found(box, start)[0] == set()


def test_a_persons_own_reply_is_news(box):
    start = found(box, None)[1]
    box.comes("reply", "t1", ["SENT"])
    assert found(box, start)[0] == {"message:reply"}


def test_mail_that_is_moved_into_the_inbox_is_news(box):
    box.comes("junk", labels=["SPAM"])
    start = found(box, None)[1]
    box.messages["junk"]["labelIds"] = []
    box.is_labelled("junk", "INBOX")
    assert [ref.ticket for ref in (one.ref for one in changes(box, NAME, start, NOW).arrivals) if ref] == ["junk"]


def test_what_is_thrown_away_is_read_again_and_what_is_gone_for_good_is_forgotten(box):
    start = found(box, None)[1]
    box.is_labelled("m3", "TRASH")
    box.is_deleted("m4")
    told = [(one.kind, one.ref and one.ref.ticket, one.removed) for one in changes(box, NAME, start, NOW).arrivals]
    assert told == [("trash", "m3", False), ("deleted", "m4", True)]


def test_a_draft_that_is_replaced_forgets_nobody(box):
    box.comes("draft", "t1", ["DRAFT"])
    start = found(box, None)[1]
    box.is_deleted("draft")
    assert changes(box, NAME, start, NOW).arrivals == ()


@pytest.mark.parametrize(
    "record",
    [7, {"id": "1", "messagesAdded": [{"message": {"id": "x"}}]}, {"id": "1", "labelsAdded": {"message": None}}],
)
def test_a_record_that_cannot_be_read_is_shown_to_people(box, record):
    start = found(box, None)[1]
    told = box.history
    box.history = lambda *asked: {**(told(*asked) or {}), "history": [record]}  # type: ignore[method-assign]
    arrivals = changes(box, NAME, start, NOW).arrivals
    assert [(one.kind, one.ref) for one in arrivals] == [("unusable", None)]
    assert arrivals[0].raw


def test_pages_that_never_end_are_an_error(box):
    box.history = lambda *_: {"historyId": "1", "nextPageToken": "1"}  # type: ignore[method-assign]
    with pytest.raises(HostError):
        changes(box, NAME, f"900 {NOW.isoformat()}", NOW)


# --- many looks at once, over any traffic --------------------------------------------------------------------------------
class Inbox:
    """The rows of the store, as far as a poll touches them: a key is filed once, the cursor moves with the rows."""

    def __init__(self) -> None:
        self.filed: dict[str, Arrival] = {}
        self.cursor: str | None = None
        self.announced = 0

    def file(self, since: str | None, told: tuple[Arrival, ...], cursor: str) -> None:
        for arrival in told:
            self.announced += arrival.delivery_key in self.filed
            self.filed.setdefault(arrival.delivery_key, arrival)
        if self.cursor == since:  # somebody else's look that ended before keeps its place
            self.cursor = cursor


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_ten_thousand_pushes_repeated_reordered_and_lost_file_each_message_once(seed):
    chance, box, inbox = random.Random(seed), MemoryBox(page=50), Inbox()
    looks: list[tuple[str | None, tuple[Arrival, ...], str]] = []
    came = set()
    for number in range(250):
        message = f"m{number}"
        box.comes(message, f"t{number % 40}")
        came.add(f"message:{message}")
        if chance.random() < 0.02:
            box.forgets()
        for _ in range(chance.choice((0, 1, 1, 2))):  # lost, as it should be, doubled
            told = changes(box, NAME, inbox.cursor, NOW + timedelta(seconds=number))
            looks.append((inbox.cursor, told.arrivals, told.cursor))  # a worker read this; when it files is chance
        while looks and chance.random() < 0.6:
            inbox.file(*looks.pop(chance.randrange(len(looks))))
    for look in looks:
        inbox.file(*look)
    told = changes(box, NAME, inbox.cursor, NOW)  # the poll that comes anyway
    inbox.file(inbox.cursor, told.arrivals, told.cursor)
    assert came == {key for key in inbox.filed if key.startswith("message:")}
    assert inbox.announced > 0

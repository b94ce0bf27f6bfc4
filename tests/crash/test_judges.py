"""Who judges crashes and storms sees what it is there to see."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.host import TicketRef
from tests.crash import judge, storm_judge


def reply(send_id: str, ticket: int = 7, comment: int = 3, time: float = 100.0) -> dict[str, Any]:
    """As the host's ledger has it."""
    sign = {"send_id": send_id, "attempt": 1}
    return {"ticket_id": ticket, "comment_id": comment, "time": time, "sent_metadata": {"countersign": sign}}


def row(send_id: str, state: str = "SENT", reason: str | None = None, ticket: str = "7") -> Any:
    """As the outbox has it."""
    return SimpleNamespace(id=1, send_id=send_id, ticket=ticket, state=state, fate="sent", reason=reason)


def intent(send_id: str, about: str) -> dict[str, Any]:
    return {"action": "answer.intent", "object": about, "header": {"send_id": send_id}}


def turn(action: str, at: float) -> dict[str, Any]:
    return {"action": f"switch.{action}", "object": "*", "ts": datetime.fromtimestamp(at, UTC).isoformat()}


def storm(*asked: int) -> Any:
    """Whose one customer wrote these comments on ticket 7."""
    return SimpleNamespace(mail=SimpleNamespace(asked={TicketRef("zendesk", "7"): list(asked)}))


def test_the_same_reply_twice_and_two_replies_to_one_message_are_answered_twice() -> None:
    log = [intent("a", "one"), intent("b", "one"), intent("c", "two")]
    assert list(judge._doubled([reply("a"), reply("c")], log)) == []
    assert list(judge._doubled([reply("a"), reply("a")], [])) == ["answered twice: ['a']"]
    assert list(judge._doubled([reply("a"), reply("b")], log)) == ["answered twice: ['one']"]


@pytest.mark.parametrize(
    ("rows", "ledger"),
    [
        ([row("a")], []),
        ([row("a", "HUMAN")], [reply("a")]),
        ([row("a")], [reply("b")]),
        ([row("a")], [reply("a", ticket=8)]),
        ([row("a", "SENDING")], []),
    ],
    ids=["not there", "there all the same", "another one", "on another ticket", "never settled"],
)
def test_what_the_outbox_says_must_be_what_the_host_has(rows: list[Any], ledger: list[dict[str, Any]]) -> None:
    assert list(judge._untold(rows, ledger)) != []
    assert list(judge._untold([row("a")], [reply("a")])) == []


def test_between_confirmed_and_live_everything_is_late() -> None:
    log = [turn("confirmed", 10), turn("live", 20), turn("confirmed", 30)]
    assert [at for at in (9, 11, 19, 21, 31) if list(storm_judge._late([reply("a", time=at)], log))] == [11, 19, 31]


def test_a_reply_to_what_was_said_before_something_newer_is_told() -> None:
    made = [SimpleNamespace(id="one", comment="1"), SimpleNamespace(id="two", comment="4")]

    def told(send_id: str, comment: int) -> list[str]:
        sent = [reply(send_id, comment=comment)]
        return list(storm_judge._past_a_question(storm(1, 4), sent, {"a": "one", "b": "two"}, made))

    assert (told("a", 3), told("b", 5)) == ([], [])
    assert told("a", 5) == ["an older question was answered on 7"]
    assert told("unknown", 5) == ["an older question was answered on 7"]


@pytest.mark.parametrize(
    ("state", "comment", "answers"),
    [("sent", "1", []), ("approved", "4", []), ("human", "4", [row("a", "HUMAN", "it broke")])],
    ids=["nobody began the newest", "it never ended", "nobody could know why"],
)
def test_what_was_asked_must_come_to_an_end_with_a_reason(state: str, comment: str, answers: list[Any]) -> None:
    ended = [SimpleNamespace(ticket="7", comment="4", state="sent")]
    assert list(storm_judge._lost(storm(1, 4), [row("a", "HUMAN", "three attempts failed")], ended)) == []
    made = [SimpleNamespace(ticket="7", comment=comment, state=state)]
    assert len(list(storm_judge._lost(storm(1, 4), answers, made))) == 1

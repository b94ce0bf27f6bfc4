"""The calls to Gmail: one request each, whatever breaks, and every refusal in our own words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.host import AccessLost, HostError, NotAllowed
from integrations.gmail.client import GmailClient
from integrations.gmail.wire import Budget, NotThere
from tests.fakes import FixedToken
from tests.hosts.recorder import DROPPED, Answer, Recorder, recording


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as made:
        yield made


def at(recorder: Recorder, tokens: FixedToken | None = None) -> GmailClient:
    return GmailClient(tokens or FixedToken("ya29.secret"), base_url=recorder.url, timeout=2.0)


def refused(status: int, reason: str, **headers: str) -> Answer:
    error = {"code": status, "message": "words that may quote a customer", "errors": [{"reason": reason}]}
    return Answer(status, {"error": error}, headers)


WRITES = {
    "drafts.create": lambda client: client.create_draft("18c2", b"From: a@b.example\r\n\r\nHi"),
    "drafts.send": lambda client: client.send_draft("r-1"),
    "drafts.delete": lambda client: client.delete_draft("r-1"),
    "threads.modify": lambda client: client.relabel("18c2", add=["INBOX"]),
    "labels.create": lambda client: client.create_label("Countersign/Escalated"),
}
BREAKS: dict[str, Answer | str] = {
    "the connection is dropped": DROPPED,
    "the token is not accepted": refused(401, "authError"),
    "too fast": refused(429, "rateLimitExceeded"),
    "too fast, said with a 403": refused(403, "userRateLimitExceeded"),
    "Google's own trouble": refused(503, "backendError"),
    "sent elsewhere": Answer(307, {}, {"Location": "/gmail/v1/users/me/drafts/again"}),
    "no JSON": Answer(200, b"<html>"),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_no_write_is_ever_repeated(recorder: Recorder, write: Any, broken: Answer | str) -> None:
    recorder.say(Answer(200, {"messages": []}), broken)
    client = at(recorder)
    client.profile()  # the connection is open and may be used again: what httplib2 would take for stale
    with pytest.raises(HostError):
        write(client)
    assert len(recorder.asked) == 2


def test_what_a_refusal_means(recorder: Recorder) -> None:
    cases = [
        (refused(404, "notFound"), NotThere, True),
        (refused(401, "authError"), AccessLost, False),
        (refused(403, "insufficientPermissions"), NotAllowed, False),
        (refused(400, "invalidArgument"), HostError, True),
        (refused(400, "failedPrecondition"), HostError, False),
        (refused(500, "backendError"), HostError, False),
    ]
    for answer, kind, permanent in cases:
        recorder.say(answer)
        with pytest.raises(kind) as error:
            at(recorder).profile()
        assert error.value.permanent is permanent
        assert "quote" not in str(error.value)


def test_a_limit_says_until_when_to_wait(recorder: Recorder) -> None:
    for answer, seconds in (
        (refused(429, "rateLimitExceeded", **{"Retry-After": "7"}), 7.0),
        (refused(403, "userRateLimitExceeded"), 30.0),
        (refused(429, "rateLimitExceeded", **{"Retry-After": "99999999"}), 900.0),
    ):
        recorder.say(answer)
        with pytest.raises(HostError) as error:
            at(recorder).send_draft("r-1")
        assert (error.value.retry_after, error.value.permanent) == (seconds, False)


def test_a_token_that_was_renewed_meanwhile_is_no_loss_of_access(recorder: Recorder) -> None:
    tokens = FixedToken("old")

    def renewed(_asked: Any) -> Answer:
        tokens.token = "new"
        return refused(401, "authError")

    recorder.answer = renewed
    with pytest.raises(HostError) as error:
        at(recorder, tokens).send_draft("r-1")
    assert not isinstance(error.value, AccessLost)
    assert len(recorder.asked) == 1


def test_the_token_travels_to_no_other_host(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="in the open"):
        GmailClient(FixedToken("t"), base_url="http://gmail.example")
    recorder.say(Answer(302, {}, {"Location": "http://127.0.0.1:9/elsewhere"}))
    with pytest.raises(HostError):
        at(recorder).profile()
    assert len(recorder.asked) == 1


def test_a_long_body_that_gmail_shows_by_reference_is_read_with_its_thread(recorder: Recorder) -> None:
    part = {"mimeType": "text/plain", "filename": "", "body": {"attachmentId": "ANG1", "size": 200_000}}
    answers = {"threads": {"messages": [{"id": "18c2", "payload": part}]}, "attachments": {"data": "SGVsbG8="}}
    recorder.answer = lambda asked: Answer(200, answers["attachments" if "attachments" in asked.line else "threads"])
    (message,) = at(recorder).thread("18c2")["messages"]
    assert message["payload"]["body"]["data"] == "SGVsbG8="


def test_a_body_beyond_all_reading_is_not_fetched(recorder: Recorder) -> None:
    part = {"mimeType": "text/html", "filename": "", "body": {"attachmentId": "ANG1", "size": 30_000_000}}
    recorder.answer = lambda _: Answer(200, {"messages": [{"id": "18c2", "payload": part}]})
    (message,) = at(recorder).thread("18c2")["messages"]
    assert ("data" in message["payload"]["body"], len(recorder.asked)) == (False, 1)


def test_drafts_come_in_pages_that_have_an_end(recorder: Recorder) -> None:
    recorder.say(
        Answer(200, {"drafts": [{"id": "r-1"}], "nextPageToken": "2"}), Answer(200, {"drafts": [{"id": "r-2"}]})
    )
    assert [doc["id"] for doc in at(recorder).drafts()] == ["r-1", "r-2"]
    recorder.say(Answer(200, {"nextPageToken": "again"}))
    with pytest.raises(HostError, match="no end"):
        at(recorder).drafts()


def test_background_reads_stand_back_when_the_minute_is_nearly_used_up() -> None:
    now = [0.0]
    budget = Budget(1000, lambda: now[0])
    for _ in range(8):
        budget.note("drafts.send")
    with pytest.raises(HostError) as error:
        budget.stand_back()
    assert error.value.retry_after == 60.0
    now[0] = 60.0
    budget.stand_back()


def test_where_gmail_asks_us_to_slow_down_background_reads_do() -> None:
    now = [0.0]
    budget = Budget(1000, lambda: now[0])
    budget.slow_down(30.0)
    with pytest.raises(HostError) as error:
        budget.stand_back()
    assert error.value.retry_after == 30.0
    now[0] = 30.0
    budget.stand_back()


def test_sends_that_are_used_up_for_hours_keep_new_mail_waiting_for_a_minute_only() -> None:
    now = [0.0]
    budget = Budget(1000, lambda: now[0])
    budget.slow_down(3600.0)
    budget.slow_down(1.0)  # said of another request: no reason to go faster
    with pytest.raises(HostError) as error:
        budget.stand_back()
    assert error.value.retry_after == 60.0
    now[0] = 60.0
    budget.stand_back()


def test_an_error_page_of_a_proxy_is_not_read_as_googles_word(recorder: Recorder) -> None:
    recorder.say(Answer(403, json.dumps({"error": {"errors": [{"reason": "<script>"}]}}).encode()))
    with pytest.raises(NotAllowed) as error:
        at(recorder).profile()
    assert "script" not in str(error.value)

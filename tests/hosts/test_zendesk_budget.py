"""Zendesk's rate limit: work waits as long as it says, background reads stand back for sends, nobody sleeps."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from app.host import HostError
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from integrations.zendesk.wire import Budget
from tests.fakes import FixedToken
from tests.hosts.recorder import Answer
from tests.hosts.test_zendesk_client import TICKET, UPDATED, put

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def client(recorder):
    return ZendeskClient(recorder.url, FixedToken("t"))


def headers(left: str, of: str = "700", resets: str = "40") -> dict[str, str]:
    return {"ratelimit-limit": of, "ratelimit-remaining": left, "ratelimit-reset": resets}


@pytest.mark.parametrize(
    ("told", "waits"),
    [("17", 17), ("0", 30), ("", 30), ("-5", 30), ("99999999", 900), ("Mon, 23 Nov 2026 10:00:09 GMT", 30)],
)
def test_whoever_is_slowed_down_is_told_for_how_long(recorder, client, told, waits):
    recorder.say(Answer(429, {"error": "APIRateLimitExceeded"}, {"Retry-After": told}))
    for act in (lambda: client.ticket(7), lambda: put(client), lambda: client.read("/triggers")):
        with pytest.raises(HostError) as refused:
            act()
        assert (refused.value.retry_after, refused.value.permanent) == (waits, False)


def test_maintenance_says_for_how_long_too(recorder, client):
    recorder.say(Answer(503, {}, {"Retry-After": "120"}))
    with pytest.raises(HostError) as refused:
        client.ticket(7)
    assert refused.value.retry_after == 120


def test_with_little_left_a_poll_stands_back_and_a_send_does_not(recorder, client):
    recorder.say(Answer(200, {"ticket": TICKET}, headers("100")))
    client.ticket(7)
    host = ZendeskHost(client, deployment="d", integration_user="2", webhook_secrets=["s"])
    with pytest.raises(HostError, match="replies go first") as back:
        host.poll(None, NOW)
    assert 30 < back.value.retry_after <= 40
    assert recorder.lines == ["GET /tickets/7"]
    recorder.say(Answer(200, UPDATED))
    put(client)
    assert recorder.lines[-1] == "PUT /tickets/7"


def test_the_other_spelling_of_the_headers_counts_too(recorder, client):
    recorder.say(Answer(200, {"ticket": TICKET}, {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "3"}))
    client.ticket(7)
    with pytest.raises(HostError, match="replies go first"):
        client.changed_since(0, 10)


@pytest.mark.parametrize("told", [{}, headers("600"), headers("x"), headers("3", of="")])
def test_with_enough_left_or_nothing_told_nobody_stands_back(told):
    budget = Budget()
    budget.note(told)
    budget.stand_back()


def test_the_next_minute_is_a_new_one():
    now = [0.0]
    budget = Budget(lambda: now[0])
    budget.note(headers("0", resets="40"))
    with pytest.raises(HostError):
        budget.stand_back()
    now[0] = 41.0
    budget.stand_back()


def test_what_zendesk_drops_is_logged_once_for_each_text(recorder, client, caplog):
    for text in ("{:allowed_parameters=>{a}} 1", "{:allowed_parameters=>{a}} 1", "{:allowed_parameters=>{b}} 2"):
        recorder.say(Answer(200, UPDATED, {"X-Zendesk-API-Warn": text}))
        with caplog.at_level(logging.WARNING):
            put(client)
    assert [record.message.rpartition(" ")[2] for record in caplog.records] == ["1", "2"]


def test_history_comes_by_cursor_a_page_a_request(recorder, client):
    doc = {"id": 1, "description": "When?", "created_at": "2026-11-01T09:00:00Z", "updated_at": "2026-11-02T09:00:00Z"}
    docs = [
        {**doc, "submitter_id": 5, "requester_id": 5},
        {**doc, "id": 2, "status": "deleted"},
        {**doc, "description": None},
    ]
    recorder.say(
        Answer(
            200, {"tickets": docs, "after_cursor": "abc", "after_url": "http://127.0.0.1:1/x", "end_of_stream": False}
        ),
        Answer(200, {"tickets": [], "after_cursor": None, "after_url": None, "end_of_stream": True}, headers("1")),
    )
    host = ZendeskHost(client, deployment="d", integration_user="2", webhook_secrets=["s"])
    first = host.history(None, NOW)
    (one,) = first.tickets  # deleted ones and such without words are none
    assert (one.ticket, one.text, one.theirs, first.cursor, first.last) == ("1", "When?", True, "abc", False)
    assert host.history("abc", NOW).last
    begun = [dict(parse_qsl(asked.target.partition("?")[2])) for asked in recorder.asked]
    assert (begun[0]["start_time"], begun[1]["cursor"]) == (f"{int(NOW.timestamp())}", "abc")
    with pytest.raises(HostError, match="replies go first"):
        host.history("def", NOW)
    assert len(recorder.asked) == 2

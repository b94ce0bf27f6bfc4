"""Rate limits as the real account tells and enforces them."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.conftest import PARCEL, REFUND, Client


def test_limits_are_told_in_headers_and_not_enforced_until_asked(zendesk: Client) -> None:
    zendesk.control("settings", {"limits": {"account": 2, "tickets-index": 2}}, "PUT")
    for _ in range(4):
        answer = zendesk.call("GET", "/api/v2/tickets.json")
        assert answer.status_code == 200
    assert (answer.headers["X-Rate-Limit"], answer.headers["X-Rate-Limit-Remaining"]) == ("2", "0")
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("2", "0")
    assert 0 < int(answer.headers["ratelimit-reset"]) <= 60
    assert answer.headers["zendesk-ratelimit-tickets-index"].startswith("total=2; remaining=0; resets=")


@pytest.mark.parametrize(
    ("limit", "path"),
    [("account", "users/me.json"), ("tickets-index", "tickets.json"), ("incremental-exports", "incremental/tickets/cursor.json?start_time=1")],
)  # fmt: skip
def test_beyond_a_limit_429_tells_how_long_to_wait(zendesk: Client, limit: str, path: str) -> None:
    zendesk.fault("enforce_limits")
    zendesk.control("settings", {"limits": {limit: 1}}, "PUT")
    first, second = (zendesk.call("GET", f"/api/v2/{path}") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert 0 < int(second.headers["Retry-After"]) <= 60
    assert second.json() == {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed API requests per minute exceeded",
    }
    zendesk.control("clock", {"ahead": 61})
    assert zendesk.call("GET", f"/api/v2/{path}").status_code == 200


def test_one_ticket_takes_thirty_updates_in_ten_minutes_and_another_still_takes_one(zendesk: Client) -> None:
    zendesk.fault("enforce_limits")
    zendesk.control("settings", {"limits": {"per-ticket-updates": 2}}, "PUT")
    codes = [zendesk.put(PARCEL, priority=level).status_code for level in ("low", "high", "urgent")]
    assert codes == [200, 200, 429]
    refused = zendesk.put(PARCEL, status="open")
    assert 60 < int(refused.headers["Retry-After"]) <= 600
    assert zendesk.put(REFUND, priority="low").status_code == 200


def test_all_updates_of_the_account_have_one_limit(zendesk: Client) -> None:
    zendesk.fault("enforce_limits")
    zendesk.control("settings", {"limits": {"tickets-update": 1}}, "PUT")
    assert zendesk.put(PARCEL, priority="low").status_code == 200
    refused = zendesk.put(REFUND, priority="low")
    assert refused.status_code == 429
    assert refused.headers["zendesk-rate-limit-tickets-update"].startswith("total=1; remaining=0;")


def test_the_calls_are_remembered_with_their_marketplace_headers(zendesk: Client) -> None:
    headers = {"Authorization": "Bearer sandbox-integration", "X-Zendesk-Marketplace-Name": "Countersign"}
    requests.get(f"{zendesk.url}/api/v2/users/me.json", headers=headers, timeout=5)
    newest = zendesk.control("calls?limit=1", method="GET")["calls"][0]
    assert (newest["path"], newest["status"]) == ("/api/v2/users/me", 200)
    assert newest["marketplace"] == {"X-Zendesk-Marketplace-Name": "Countersign"}

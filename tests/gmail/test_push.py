"""A push: Google's signature first, then a tolerant reading; what cannot be read is shown to people."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from app.host import HostError, TicketRef, WebhookRejected
from integrations.gmail.oidc import TokenRefused
from integrations.gmail.push import arrivals

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HEADERS = {"Authorization": "Bearer good"}
TOLD = {"emailAddress": "Support@Acme.example", "historyId": "9876543210"}


def verify(token: str, _now: datetime) -> None:
    if token == "away":
        raise HostError("Google's certificates cannot be read")
    if token != "good":
        raise TokenRefused("the signature does not hold")


def body(told: object, encode=base64.b64encode) -> bytes:
    data = encode(told if isinstance(told, bytes) else json.dumps(told).encode()).decode()
    return json.dumps({"message": {"data": data, "messageId": "1"}, "subscription": "s"}).encode()


@pytest.mark.parametrize(
    "told",
    [
        body(TOLD),
        body(TOLD, base64.urlsafe_b64encode),
        body(TOLD, lambda text: base64.urlsafe_b64encode(text).rstrip(b"=")),
        body({**TOLD, "historyId": 9876543210}),
        body({**TOLD, "historyId": "09876543210", "more": [1]}),
    ],
)
def test_a_push_names_the_mailbox_and_no_thread(told):
    (found,) = arrivals(HEADERS, told, NOW, verify)
    assert (found.kind, found.ref) == ("push", TicketRef("gmail:support@acme.example", ""))
    assert found.delivery_key == "push:9876543210"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer bad", "Basic good", "Bearer good, Bearer bad", "good"])
@pytest.mark.threat("push-forged")
def test_without_googles_signature_nothing_is_read(header):
    with pytest.raises(WebhookRejected):
        arrivals({"authorization": header} if header else {}, body(TOLD), NOW, verify)


def test_where_nobody_can_judge_the_signature_google_tries_again():
    with pytest.raises(HostError):
        arrivals({"Authorization": "Bearer away"}, body(TOLD), NOW, verify)


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"[]",
        b"\xff\xfe",
        b'{"message": {"data": 7}}',
        b'{"message": {"data": "%%%"}}',
        b'{"message": {"data": "\xc3\xa9"}}',
        body(b"\xff"),
        body([]),
        body({"emailAddress": "support@acme.example"}),
        body({**TOLD, "historyId": 9876543210.5}),
        body({**TOLD, "historyId": 1e30}),
        body({**TOLD, "historyId": True}),
        body({**TOLD, "historyId": "-1"}),
        body({**TOLD, "historyId": "9" * 21}),
        body({**TOLD, "emailAddress": "nobody"}),
        body({**TOLD, "emailAddress": ["support@acme.example"]}),
        body({**TOLD, "emailAddress": "a@b@c"}),
        body({**TOLD, "emailAddress": f"{'a' * 300}@acme.example"}),
    ],
)
def test_what_cannot_be_read_is_kept_for_people(told):
    (found,) = arrivals(HEADERS, told, NOW, verify)
    assert (found.kind, found.ref, found.raw) == ("unusable", None, told)

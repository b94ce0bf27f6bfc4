"""Signed Zendesk deliveries, each of them new, as bytes ready to go over the wire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

PATH = "/webhooks/zendesk"
TEXT = "Hello, I ordered a pair of headphones on Monday and wonder when the parcel will arrive. Thank you, Casey"


def event(chance: Random, ticket: int) -> dict[str, Any]:
    """A customer's comment as Zendesk announces it; ids never seen before."""
    person = str(chance.randrange(10**12, 10**13))
    comment = {"id": str(chance.randrange(10**12, 10**13)), "body": TEXT, "html_body": f"<p>{TEXT}</p>"}
    author = {"id": person, "is_staff": False, "name": "Casey Customer"}
    nobody = dict.fromkeys(("assignee_id", "external_id", "organization_id", "priority", "type", "tags"))
    ids = {"brand_id": "360001", "form_id": "360002", "group_id": "360003", "custom_status": "360004"}
    people = {"actor_id": person, "requester_id": person, "submitter_id": person}
    times = {"created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:05:00Z"}
    words = {"subject": "Where is my parcel?", "description": TEXT, "status": "OPEN", "is_public": True}
    detail = {"id": str(ticket), "via": {"channel": "mail"}, **nobody, **ids, **people, **times, **words}
    return {
        "account_id": 22129848,
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "subject": f"zen:ticket:{ticket}",
        "time": "2026-03-02T09:05:00.123456789Z",
        "type": "zen:event-type:ticket.comment_added",
        "zendesk_event_version": "2022-11-06",
        "detail": detail,
        "event": {"comment": {**comment, "is_public": True, "author": author}},
    }


def signed(secret: str, body: bytes) -> dict[str, str]:
    """The two headers that prove the sender, signed now."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    return {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
    }


def requests(secret: str, count: int, chance: Random) -> Iterator[bytes]:
    """Whole HTTP requests."""
    for _ in range(count):
        body = json.dumps(event(chance, chance.randrange(1, 10**9)), indent=3).encode()
        headers = {
            "Host": "localhost",
            "User-Agent": "Zendesk Webhook",
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            **signed(secret, body),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body

"""What Zendesk announces: the signature over the raw bytes first, then the event, normalised at the border."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.governance.foreign import from_json
from app.host import Arrival, TicketRef, WebhookRejected

SIGNATURE = "x-zendesk-webhook-signature"
TIMESTAMP = "x-zendesk-webhook-signature-timestamp"
TOLERANCE = timedelta(seconds=300)
DEEPEST = 32  # a real event is five levels deep
# Zendesk's "Test webhook" button signs with this published secret: whoever trusts it trusts everybody.
PUBLIC_TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - public, and refused

_SUBJECT = re.compile(r"zen:ticket:([0-9]{1,20})")
_TICKET_EVENT = re.compile(r"zen:event-type:(messaging_)?ticket\.")
_USER = re.compile(r"zen:user:([0-9]{1,20})")
# What is removed there for good goes here too. `soft_deleted` is not: any agent may, and an admin may take it back.
_WORDS_REMOVED = {
    f"zen:event-type:ticket.{kind}"
    for kind in ("comment_redacted", "attachment_redacted_from_comment", "permanently_deleted")
}
_PERSON_REMOVED = "zen:event-type:user.deleted"
_ID = re.compile(r"[0-9]{1,20}")


def usable_secrets(secrets: Sequence[str]) -> tuple[str, ...]:
    """The live secrets, one or two. Raises ValueError for none, for an empty one and for the public test secret."""
    if not secrets or not all(secrets):
        raise ValueError("a Zendesk webhook needs its signing secret")
    if PUBLIC_TEST_SECRET in secrets:
        raise ValueError("that is Zendesk's public test secret: anyone can sign with it. Take the webhook's own")
    return tuple(secrets)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Zendesk's rule: the secret string is the key as it stands, never base64-decoded."""
    signed = timestamp.encode("utf-8", "replace") + body
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Raise WebhookRejected unless one live secret signed exactly these bytes within the last five minutes."""
    found = {name.lower(): value for name, value in headers.items()}
    if SIGNATURE not in found or TIMESTAMP not in found:
        raise WebhookRejected("a signature header is missing")
    if abs(now - _moment(found[TIMESTAMP])) > TOLERANCE:
        raise WebhookRejected("signed too long ago, or in the future")
    given = found[SIGNATURE].encode("utf-8", "replace")
    # Every secret is tried, none is skipped early: the time taken says nothing about which one matched.
    matches = [
        hmac.compare_digest(signature(secret, found[TIMESTAMP], body).encode(), given)
        for secret in secrets
        if secret and secret != PUBLIC_TEST_SECRET
    ]
    if not any(matches):
        raise WebhookRejected("the signature does not hold")


def _moment(stamp: str) -> datetime:
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError as error:
        raise WebhookRejected("the timestamp cannot be read") from error
    if moment.tzinfo is None:
        raise WebhookRejected("the timestamp has no time zone")
    return moment


def arrivals(body: bytes, host: str = "zendesk") -> list[Arrival]:
    """The event in a body whose signature held. What cannot be used is an arrival too, for a person to see.

    An event type we have never heard of passes if it names a ticket: the pipeline reads the ticket anyway.
    """
    event = _event(body)
    ticket, person = (_ticket(event), _removed_person(event)) if event else (None, None)
    if event is None or (ticket is None and person is None):
        return [Arrival(delivery_key=hashlib.sha256(body).hexdigest(), kind="unusable", raw=body)]
    key, kind = _delivery_key(event, body), event["type"]
    if ticket is None:
        return [Arrival(delivery_key=key, kind=kind, removed=True, person=person)]
    ref, removed = TicketRef(host, ticket), kind in _WORDS_REMOVED
    return [Arrival(delivery_key=key, kind=kind, ref=ref, idle=_internal_note(event), removed=removed)]


def _event(body: bytes) -> dict[str, Any] | None:
    """None: not JSON, too deep, or not an event with a type."""
    try:
        event = from_json(body)
    except ValueError:
        return None
    if not isinstance(event, dict) or _too_deep(event):
        return None
    return event if isinstance(event.get("type"), str) and len(event["type"]) <= len("zen:") + 200 else None


def _too_deep(document: object) -> bool:
    level = [document]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _ticket(event: dict[str, Any]) -> str | None:
    """The one ticket that subject and detail agree on; `detail.id` is another thing's id outside ticket events."""
    named = set()
    if subject := _SUBJECT.fullmatch(_text(event.get("subject"))):
        named.add(subject[1])
    detail = event.get("detail")
    if _TICKET_EVENT.match(event["type"]) and isinstance(detail, dict) and _ID.fullmatch(_text(detail.get("id"))):
        named.add(_text(detail["id"]))
    return named.pop() if len(named) == 1 else None


def _removed_person(event: dict[str, Any]) -> str | None:
    subject = _USER.fullmatch(_text(event.get("subject")))
    return subject[1] if subject and event["type"] == _PERSON_REMOVED else None


def _internal_note(event: dict[str, Any]) -> bool:
    """A comment that says of itself that no customer sees it; ours are most of them."""
    happened = event.get("event")
    comment = happened.get("comment") if isinstance(happened, dict) else None
    added = event["type"] == "zen:event-type:ticket.comment_added"
    return added and isinstance(comment, dict) and comment.get("is_public") is False


def _delivery_key(event: dict[str, Any], body: bytes) -> str:
    """Event id and comment id: equal in every delivery of one event."""
    happened = event.get("event")
    comment = happened.get("comment") if isinstance(happened, dict) else None
    comment_id = _text(comment.get("id")) if isinstance(comment, dict) else ""
    key = f"{_text(event.get('id'))}:{comment_id}"
    return key if 1 < len(key) <= 200 and _text(event.get("id")) else hashlib.sha256(body).hexdigest()


def _text(value: object) -> str:
    """Ids are strings in events and integers in REST: both are welcome, nothing else is."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, (str, int)) else ""

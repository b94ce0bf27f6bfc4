"""What Pub/Sub pushes: Google's signature first, then which mailbox changed. A hint and no more: the history is read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.governance.foreign import from_json
from app.host import Arrival, HostError, TicketRef, WebhookRejected

KIND = "gmail"
Verify = Callable[[str, datetime], object]
"""verify(token, now): raises WebhookRejected, or HostError where nobody can tell now."""
_BEARER = re.compile(r"Bearer ([^\s,]+)", re.I)
_ADDRESS = re.compile(r"[^\s@:]{1,64}@[^\s@:]{1,190}")
_HISTORY_ID = re.compile(r"[0-9]{1,20}")


def arrivals(headers: Mapping[str, str], body: bytes, now: datetime, verify: Verify) -> list[Arrival]:
    """The mailbox named in a body whose token held; one that cannot be read is an arrival too, for a person to see.

    Raises WebhookRejected. The same state of a mailbox has the same delivery key, however often it is pushed.
    """
    found = {name.lower(): value for name, value in headers.items()}
    bearer = _BEARER.fullmatch(found.get("authorization", "").strip())
    if bearer is None:
        raise WebhookRejected("no token")
    verify(bearer[1], now)
    hint = _hint(body)
    if hint is None:
        return [Arrival(delivery_key=hashlib.sha256(body).hexdigest(), kind="unusable", raw=body)]
    address, history_id = hint
    return [Arrival(delivery_key=f"push:{history_id}", kind="push", ref=TicketRef(f"{KIND}:{address}", ""))]


def renewed(answer: Mapping[str, Any]) -> datetime:
    """Until when Gmail promised to push: its answer to `watch` tells milliseconds, as text."""
    try:
        return datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise HostError("Gmail did not tell until when it pushes") from error


def _hint(body: bytes) -> tuple[str, str] | None:
    """Address and history id; None: not what Gmail pushes."""
    message = _object(body).get("message")
    data = message.get("data") if isinstance(message, dict) else None
    told = _object(_decoded(data)) if isinstance(data, str) else {}
    address, history_id = told.get("emailAddress"), told.get("historyId")
    if isinstance(history_id, bool) or not isinstance(history_id, str | int):  # a float would have lost digits
        return None
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address) or not _HISTORY_ID.fullmatch(str(history_id)):
        return None
    return address.lower(), str(int(history_id))


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = from_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(data: str) -> bytes:
    """Base64 in either alphabet, padded or not."""
    plain = data.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""

"""How Gmail shows what it keeps. Numbers of 64 bits are texts; an empty list is left out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sandbox.gmail import mime
from sandbox.gmail.errors import invalid
from sandbox.gmail.mailbox import Mail
from sandbox.gmail.state import Doc

T = TypeVar("T")
FORMATS = ("full", "minimal", "raw", "metadata")
CAP = 500


def message(one: Mail, form: str = "full", wanted: Sequence[str] = ()) -> Doc:
    """Message, in that format. `wanted`: the headers that `format=metadata` shows."""
    parsed = one.parsed
    doc = {
        **brief(one),
        "labelIds": list(one.labels),
        "snippet": mime.snippet(parsed),
        "sizeEstimate": len(one.raw),
        "historyId": str(one.history),
        "internalDate": str(one.at),
    }
    if form == "raw":
        return {**doc, "raw": mime.encode(one.raw)}
    if form == "minimal":
        return doc
    payload = mime.payload(parsed)
    return {**doc, "payload": _only_headers(payload, wanted) if form == "metadata" else payload}


def _only_headers(payload: Doc, wanted: Sequence[str]) -> Doc:
    names = {name.lower() for name in wanted}
    shown = [one for one in payload["headers"] if not names or one["name"].lower() in names]
    return {"mimeType": payload["mimeType"], "headers": shown}


def brief(one: Mail) -> Doc:
    return {"id": one.id, "threadId": one.thread}


def draft(draft_id: str, one: Mail, form: str = "minimal") -> Doc:
    return {"id": draft_id, "message": message(one, form)}


def written_draft(draft_id: str, one: Mail) -> Doc:
    """What a write answers: less than a read."""
    return {"id": draft_id, "message": {**brief(one), "labelIds": list(one.labels)}}


def written(one: Mail) -> Doc:
    return {**brief(one), "labelIds": list(one.labels)}


def page(found: Sequence[T], size: int, token: str | None) -> tuple[list[T], str | None]:
    """One page of those, and the token of the next. Raises GoogleError 400."""
    start = _start(token) if token else 0
    end = start + min(size, CAP)
    following = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(found) else None
    return list(found[start:end]), following


def _start(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error) as error:
        raise invalid("Invalid pageToken") from error


def listed(key: str, found: Sequence[Doc], following: str | None, total: int | None = None) -> Doc:
    """A list's answer: the key is left out where there is nothing in it."""
    doc: Doc = {key: list(found)} if found else {}
    if following:
        doc["nextPageToken"] = following
    if total is not None:
        doc["resultSizeEstimate"] = total
    return doc

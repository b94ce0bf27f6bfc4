"""Asked: a request's JSON body, read strictly; what cannot be used is a 400 that names the field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import abort, request


def body(*needed: str) -> dict[str, Any]:
    """A JSON object in which these are texts."""
    asked = request.get_json()
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name), str) for name in needed):
        abort(400, f"Send a JSON object with {', '.join(needed) or 'its fields'}.")
    return asked


def text(asked: dict[str, Any], name: str) -> str:
    """A text that may be missing."""
    value = asked.get(name, "")
    return value if isinstance(value, str) else abort(400, f"`{name}` is a text.")


def moment(words: str) -> datetime:
    """A time with its zone."""
    try:
        found = datetime.fromisoformat(words)
        return found.astimezone(UTC) if found.tzinfo else abort(400, "`due` needs a zone, such as Z.")
    except (ValueError, OverflowError):
        abort(400, "`due` is a time such as 2026-11-23T17:00:00Z.")

"""What strangers wrote, read: whatever is nested beyond reason is as unreadable as what is none at all."""

from __future__ import annotations

import json
import tomllib
from typing import Any

_TOO_DEEP = "nested too deeply"


def from_json(raw: str | bytes) -> Any:
    """Raises ValueError; that covers bad UTF-8, bad JSON and numbers of absurd length."""
    try:
        return json.loads(raw)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error


def from_toml(text: str) -> dict[str, Any]:
    """Raises TOMLDecodeError."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise tomllib.TOMLDecodeError(_TOO_DEEP) from error

"""What is wrong with an app package, in the words of Zendesk's validator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """What Zendesk would say. `key` is its own word where we know it; a warning does not keep the app out."""

    key: str
    words: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{'warning' if self.warning else 'error'}: {self.key}: {self.words}"


def texts(value: Any) -> bool:
    """Is it a list of texts?"""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)

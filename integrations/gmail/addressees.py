"""Who is named in address headers. They are a stranger's, and Python's reader of them has its limits."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import getaddresses

LONGEST = 20_000  # a few hundred people


def pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    """(name, address) of each; headers that are endless or nested beyond reason name nobody."""
    if sum(map(len, values)) > LONGEST:
        return []
    try:
        return getaddresses(values)
    except RecursionError:
        return []

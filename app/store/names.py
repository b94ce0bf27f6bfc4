"""Names for rows: sortable by time, unique without asking anybody (a ULID)."""

from __future__ import annotations

import os
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(now: datetime) -> str:
    """26 characters: 48 bits of milliseconds, 80 bits of chance."""
    number = int(now.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10))
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -5, -5))

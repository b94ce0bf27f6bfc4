"""Rate limits: counted and told in the headers always, enforced where a fault asks for it."""

from __future__ import annotations

import math
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOWS: dict[str, tuple[int, int]] = {  # how many in how many seconds
    "account": (700, 60),
    "per-ticket-updates": (30, 600),
    "tickets-update": (100, 60),
    "tickets-index": (100, 60),
    "incremental-exports": (10, 60),
}
HEADERS = {
    "per-ticket-updates": "zendesk-ratelimit-per-ticket-updates",
    "tickets-update": "zendesk-rate-limit-tickets-update",
    "tickets-index": "zendesk-ratelimit-tickets-index",
    "incremental-exports": "zendesk-ratelimit-incremental-exports",
}


@dataclass(frozen=True)
class Used:
    """One limit after this request has been counted."""

    name: str
    total: int
    used: int
    resets: int

    @property
    def remaining(self) -> int:
        return max(0, self.total - self.used)

    @property
    def exceeded(self) -> bool:
        return self.used > self.total

    def headers(self) -> dict[str, str]:
        if self.name != "account":
            return {HEADERS[self.name]: f"total={self.total}; remaining={self.remaining}; resets={self.resets}"}
        total, left = str(self.total), str(self.remaining)
        return {
            "X-Rate-Limit": total, "X-Rate-Limit-Remaining": left, "ratelimit-limit": total,
            "ratelimit-remaining": left, "ratelimit-reset": str(self.resets),
        }  # fmt: skip


class Limits:
    """Sliding windows in memory. A refused request counts as well."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._seen: dict[tuple[object, ...], deque[float]] = defaultdict(deque)

    def count(self, name: str, key: tuple[object, ...] = (), total: int | None = None) -> Used:
        otherwise, seconds = WINDOWS[name]
        with self._lock:
            seen = self._seen[name, *key]
            seen.append(self._now())
            while seen[0] <= self._now() - seconds:
                seen.popleft()
            resets = max(1, math.ceil(seen[0] + seconds - self._now()))
            return Used(name, otherwise if total is None else total, len(seen), resets)

"""Rate limits: the headers always, the refusals only where a fault asks for them."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable

PER_MINUTE = 700
UPDATES, WINDOW = 30, 600


class Limits:
    """Sliding windows in memory: requests of the account, updates per user and ticket."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._requests: deque[float] = deque()
        self._updates: dict[tuple[int, int], deque[float]] = defaultdict(deque)

    def account_headers(self) -> dict[str, str]:
        with self._lock:
            used = self._count(self._requests, 60)
        left = str(max(0, PER_MINUTE - used))
        limit = str(PER_MINUTE)
        return {
            "X-Rate-Limit": limit, "X-Rate-Limit-Remaining": left, "ratelimit-limit": limit, "ratelimit-remaining": left,
            "ratelimit-reset": str(60 - int(self._now()) % 60),
        }  # fmt: skip

    def update_header(self, user_id: int, ticket_id: int) -> tuple[str, bool]:
        """Count one update; the header's text, and whether it was one too many."""
        with self._lock:
            used = self._count(self._updates[user_id, ticket_id], WINDOW)
        text = f"total={UPDATES}; remaining={max(0, UPDATES - used)}; resets={WINDOW - int(self._now()) % WINDOW}"
        return text, used > UPDATES

    def _count(self, seen: deque[float], window: float) -> int:
        seen.append(self._now())
        while seen[0] <= self._now() - window:
            seen.popleft()
        return len(seen)

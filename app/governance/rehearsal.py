"""The rehearsal of the stop: when it is due, and what makes one good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """When the stop was last rehearsed well, and how often it should be. Each default is the cautious side."""

    at: datetime | None = None
    every: timedelta = timedelta(days=90)
    owner: str = ""

    @property
    def due_at(self) -> datetime | None:
        """None: at once, it was never rehearsed."""
        return self.at + self.every if self.at else None

    def overdue(self, now: datetime) -> str | None:
        """Why auto-send waits for a rehearsal; None: it was rehearsed in time. A date to come is no rehearsal."""
        if self.at is None:
            return "the stop was never rehearsed"
        if not timedelta() <= now - self.at <= self.every:
            return f"the stop was last rehearsed over {self.every.days} days ago"
        return None


NEVER = Rehearsed()

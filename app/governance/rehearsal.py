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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a drill saw. Each default is what a drill that saw nothing would say."""

    sent_by_workers: int = 0  # canaries that the running senders delivered before the stop
    in_flight: int = 0  # sends on their way at the moment of OFF
    killed: bool = False  # the sender of one of them was killed in the middle of it
    to_humans: int = 0  # approved ones that the stop gave back
    off_ms: int | None = None
    confirmed_ms: int | None = None
    late_refused: int = 0  # requests that reached the host after CONFIRMED and were refused
    after_confirmed: int | None = None  # sends applied after CONFIRMED; None: nobody looked


def faults(seen: Measured) -> tuple[str, ...]:
    """Why this drill proves nothing; empty: it passed."""
    found = {
        "no running sender took a canary: are the workers alive?": seen.sent_by_workers == 0,
        "nothing was in flight when the switch was thrown": seen.in_flight == 0,
        "no sender was killed in the middle of a send": not seen.killed,
        "no approved canary was given back to people": seen.to_humans == 0,
        "the switch was not thrown": seen.off_ms is None,
        "the stop was not confirmed in time": seen.confirmed_ms is None,
        "no late request was refused": seen.late_refused == 0,
        "nobody looked what arrived after CONFIRMED": seen.after_confirmed is None,
        "something was sent after CONFIRMED": bool(seen.after_confirmed),
    }
    return tuple(words for words, is_so in found.items() if is_so)

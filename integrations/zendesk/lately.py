"""Lately: the ticket that was read a moment ago, for the note that is written on it at once; and the names of groups."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.host import Ticket, TicketRef

WITHIN = 10.0  # seconds from the reading to its note
MOST = 20  # tickets: a worker has one in hand at a time
KEPT = 60.0  # seconds for which a group has the name that it had


@dataclass
class Lately:
    """Of this process alone. Threads may share it: what is lost is read again."""

    clock: Callable[[], float] = time.monotonic
    _tickets: dict[TicketRef, tuple[float, Ticket]] = field(default_factory=dict)
    _groups: dict[int, tuple[float, str]] = field(default_factory=dict)

    def keep(self, ticket: Ticket) -> Ticket:
        """Whose stamp had aged before its comments were read: while it bears that stamp, they are all that there are."""
        if len(self._tickets) >= MOST:
            self._tickets.clear()
        self._tickets[ticket.ref] = (self.clock(), ticket)
        return ticket

    def take(self, ref: TicketRef, stamp: str) -> Ticket | None:
        """Once, and only where nothing came since: it has the very stamp that was read a moment ago."""
        at, ticket = self._tickets.pop(ref, (0.0, None))
        return ticket if ticket is not None and ticket.fence == stamp and self.clock() - at < WITHIN else None

    def group(self, number: int, read: Callable[[int], str]) -> str:
        """Its name. One that is gone, which raises, is asked for each time."""
        at, name = self._groups.get(number, (0.0, ""))
        if not name or self.clock() - at >= KEPT:
            name = read(number)
            self._groups[number] = (self.clock(), name)
        return name

"""Reading threads: always anew where a reply depends on it; for what reaches no customer, the copy that nothing changed."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

from app.host import TicketRef
from integrations.gmail.client import Doc, GmailClient

KEPT = 50  # threads; a copy serves from the reading of a mail to the offering of its draft
KINDS = ("messageAdded", "messageDeleted", "labelAdded", "labelRemoved")


@dataclass(frozen=True, slots=True)
class Threads:
    """Reading a thread costs 40 units, asking the history what changed since costs 2."""

    client: GmailClient
    _copies: dict[str, Doc] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, ref: TicketRef) -> Doc:
        """As it is now."""
        doc = self.client.thread(ref.ticket)
        with self._lock:
            self._copies.pop(ref.ticket, None)
            self._copies[ref.ticket] = doc
            if len(self._copies) > KEPT:
                del self._copies[next(iter(self._copies))]
        return doc

    def unchanged(self, ref: TicketRef) -> Doc:
        """The copy, if the history since then does not name the thread; else it is read."""
        with self._lock:
            doc = self._copies.get(ref.ticket)
        return doc if doc is not None and not self._moved(ref, doc) else self.read(ref)

    def _moved(self, ref: TicketRef, doc: Doc) -> bool:
        since = str(doc.get("historyId") or "")
        told = self.client.history(since, KINDS, None) if since.isascii() and since.isdigit() else None
        return told is None or "nextPageToken" in told or f'"{ref.ticket}"' in json.dumps(told.get("history", []))

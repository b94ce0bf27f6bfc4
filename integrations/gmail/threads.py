"""Reading threads: always anew where a reply depends on it; for what reaches no customer, the copy that nothing changed."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

from app.host import TicketRef
from integrations.gmail.client import Doc, GmailClient

KEPT = 50  # threads; a copy serves from the reading of a mail to the offering of its draft
KINDS = ("messageAdded", "messageDeleted", "labelAdded", "labelRemoved")


@dataclass(slots=True)
class Threads:
    """Reading a thread costs 40 units, asking the history what changed since costs 2."""

    client: GmailClient
    _copies: dict[str, tuple[Doc, int]] = field(default_factory=dict)
    _newest: int = 0  # history id that Gmail told: what is read after that shows all until there
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, ref: TicketRef) -> Doc:
        """As it is now."""
        before = self._newest
        doc = self.client.thread(ref.ticket)
        with self._lock:
            self._copies.pop(ref.ticket, None)
            self._copies[ref.ticket] = doc, max(before, _number(doc))
            if len(self._copies) > KEPT:
                del self._copies[next(iter(self._copies))]
        return doc

    def unchanged(self, ref: TicketRef) -> Doc:
        """The copy, if the history since then does not name the thread; else it is read."""
        with self._lock:
            doc, since = self._copies.get(ref.ticket, (None, 0))
        return doc if doc is not None and not self._moved(ref, since) else self.read(ref)

    def _moved(self, ref: TicketRef, since: int) -> bool:
        """The last change of a thread may lie before what the history remembers, or before hundreds of other mails."""
        told = self.client.history(str(since), KINDS, None) if since else None
        self._newest = max(self._newest, _number(told if told is not None else self.client.profile()))
        return told is None or "nextPageToken" in told or f'"{ref.ticket}"' in json.dumps(told.get("history", []))


def _number(told: Doc) -> int:
    """The history id in an answer; 0: none."""
    text = str(told.get("historyId") or "")
    return int(text) if text.isascii() and text.isdigit() else 0

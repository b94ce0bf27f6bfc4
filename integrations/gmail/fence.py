"""Settling at Gmail: a deleted draft can never be sent; where it is gone, what the thread says became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.host import Fate, Outgoing, Permit, Receipt, StaleFence, TicketRef
from integrations.gmail import marker
from integrations.gmail.client import GmailClient
from integrations.gmail.drafts import Drafts
from integrations.gmail.thread import Mail, mails
from integrations.gmail.wire import NotThere

LOOKS, BETWEEN = 4, 0.5  # how often the thread is read before it counts as unclear; seconds between
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Value:
    """What a fence holds: the send-draft, the thread as it was, what the draft says and its name in the sign."""

    draft: str
    state: str
    digest: str
    name: str

    def __str__(self) -> str:
        return f"{self.draft}:{self.state}:{self.digest}:{self.name}"


def parsed(fence: str) -> Value:
    """Raises StaleFence: what is none lets nobody send."""
    parts = fence.split(":")
    if len(parts) != 4 or not all(parts):
        raise StaleFence("no draft was prepared for this")
    return Value(*parts)


@dataclass(frozen=True, slots=True)
class Fence:
    """Kills attempts. Several may do this at once and again: each step can only repeat itself."""

    client: GmailClient
    drafts: Drafts
    pause: Callable[[float], None]
    _killed: dict[str, None] = field(default_factory=dict)  # drafts that this process deleted unsent
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kill(self, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        """Delete the draft, then look who was faster.

        Gmail's yes says that it was not sent and never will be; whether a send that it took in the same moment could
        still win, nobody has told us, so the thread is read once more before anything counts as never sent. Where the
        draft is gone already, several looks: mail may be late in its thread.
        """
        try:
            value = parsed(permit.fence)
        except StaleFence:
            return Fate.NEVER_SENT, None  # without a draft nothing can have been sent
        self._delete(permit.ref, value.draft)
        for look in range(LOOKS):
            if look:
                self.pause(BETWEEN)
            try:
                found = self.sent(permit)
            except NotThere:
                return Fate.UNCLEAR, None  # the thread is deleted and its story with it
            if found:
                return Fate.SENT, receipt(found, permit, _lost(message))
            if self._was_killed(value.draft):
                return Fate.NEVER_SENT, None
        return Fate.UNCLEAR, None  # sent without our sign, or deleted by a person: nobody can tell

    def sent(self, permit: Permit) -> Mail | None:
        """The mail in the thread with this attempt's sign. Raises NotThere."""
        name = parsed(permit.fence).name
        wanted = (self.drafts.deployment, permit.send_id, name)
        for mail in mails(self.client.thread(permit.ref.ticket)):
            if mail.is_sent and mail.sign and (mail.sign.deployment, mail.sign.send_id, mail.sign.draft) == wanted:
                return mail
        return None

    def _delete(self, ref: TicketRef, draft: str) -> None:
        found = self.drafts.read(draft, marker.ANSWER)
        if found is not None and found.edited:
            self.drafts.rescue(ref, found)
        if not self.drafts.delete(draft):
            return
        with self._lock:
            self._killed[draft] = None
            if len(self._killed) > REMEMBERED:
                del self._killed[next(iter(self._killed))]

    def _was_killed(self, draft: str) -> bool:
        with self._lock:
            return draft in self._killed


def receipt(mail: Mail, permit: Permit, *warnings: str) -> Receipt:
    """What the outbox keeps."""
    return Receipt(mail.id, parsed(permit.fence).draft, "; ".join(filter(None, warnings)) or None)


def _lost(message: Outgoing) -> str:
    status = message.status
    return f"Gmail's answer was lost before the thread was put away as {status}" if status == "solved" else ""

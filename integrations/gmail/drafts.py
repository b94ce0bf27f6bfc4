"""Drafts of ours: the private one that is sent, and the one that is offered to people; what people edit is theirs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.host import HostError, TicketRef
from integrations.gmail import marker
from integrations.gmail.client import GmailClient, decoded
from integrations.gmail.marker import Sign
from integrations.gmail.wire import NotThere

Make = Callable[[str], tuple[bytes, Sign]]
"""make(draft): the raw mail that bears that name for its draft, and the sign on it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A draft of a Countersign as it stands now. `message` changes with every edit; its numbers rise with time."""

    id: str
    message: str
    raw: bytes
    sign: Sign

    @property
    def edited(self) -> bool:
        """By a person: it does not say any more what we made it say."""
        return marker.digest(self.raw) != self.sign.digest

    def says(self, digest: str) -> bool:
        """That, and nobody edited it since."""
        return self.sign.digest == digest and not self.edited


@dataclass(frozen=True, slots=True)
class Drafts:
    """Those of one deployment. Another's are nobody's business here."""

    client: GmailClient
    deployment: str

    def is_of(self, sign: Sign, send_id: str | None) -> bool:
        """Ours, and of that send; None: of any."""
        return sign.deployment == self.deployment and send_id in {None, sign.send_id}

    def find(self, ref: TicketRef, name: str, send_id: str | None = None) -> list[Found]:
        """With that sign, in that thread, oldest first; `send_id` None: of any send."""
        found = [one for one in self._in_thread(ref, name) if self.is_of(one.sign, send_id)]
        return sorted(found, key=lambda one: int(one.message, 16))

    def _in_thread(self, ref: TicketRef, name: str) -> Iterator[Found]:
        for doc in self.client.drafts():
            if (doc.get("message") or {}).get("threadId") == ref.ticket and (one := self.read(str(doc["id"]), name)):
                yield one

    def read(self, draft: str, name: str) -> Found | None:
        """None: it is gone, or it is a person's."""
        try:
            message = self.client.draft(draft).get("message") or {}
        except NotThere:
            return None
        raw = decoded(message.get("raw"))
        sign = marker.signed(raw, name)
        return Found(draft, str(message.get("id")), raw, sign) if sign else None

    def prepare(self, ref: TicketRef, send_id: str, make: Make, *, known: bool) -> Found:
        """The one send-draft that says exactly this. `known`: the thread shows one already.

        Two workers may be here at once: both keep the older one, so that one is left. An edited one is left alone: it
        is a person's now, and no send names it.
        """
        wanted = make("")[1].digest
        usable = self._usable(ref, send_id, wanted) if known else []
        if not usable:
            self._create(ref, make)
            usable = self._usable(ref, send_id, wanted)
        if not usable:
            raise HostError("the draft that was just made is not there, or not as it was made")
        for more in usable[1:]:
            self.delete(more.id)
        return usable[0]

    def _usable(self, ref: TicketRef, send_id: str, wanted: str) -> list[Found]:
        """Those that say what is wanted; ours that say something else are taken away."""
        mine = [one for one in self.find(ref, marker.ANSWER, send_id) if not one.edited]
        for one in mine:
            if one.sign.digest != wanted:
                self.delete(one.id)
        return [one for one in mine if one.sign.digest == wanted]

    def _create(self, ref: TicketRef, make: Make) -> None:
        self.create(ref, make(secrets.token_hex(4))[0])

    def create(self, ref: TicketRef, raw: bytes) -> tuple[str, str]:
        """Its id and its message's. A draft that Gmail put elsewhere would answer nobody: it is taken away again."""
        made = self.client.create_draft(ref.ticket, raw)
        message = made.get("message") or {}
        if message.get("threadId") != ref.ticket:
            self.delete(str(made.get("id")))
            raise HostError("Gmail did not put the draft into the thread that it answers", permanent=True)
        return str(made.get("id")), str(message.get("id"))

    def delete(self, draft: str) -> bool:
        """False: it was gone already."""
        try:
            self.client.delete_draft(draft)
        except NotThere:
            return False
        return True

    def rescue(self, ref: TicketRef, found: Found) -> None:
        """A person wrote into a draft that must go: their words stay as a draft of their own."""
        self.client.create_draft(ref.ticket, marker.unsigned(found.raw))

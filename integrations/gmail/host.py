"""Gmail as a host: read a thread, prepare a draft, send it once, make an attempt dead and find out what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.governance.bygone import Page
from app.host import (
    Arrival,
    Changes,
    Fate,
    HostError,
    Installation,
    Outgoing,
    Permit,
    Person,
    Purpose,
    Receipt,
    Sender,
    Ticket,
    TicketRef,
    Trace,
)
from integrations.gmail import bygone, fence, marker
from integrations.gmail.account import ESCALATED, Account
from integrations.gmail.client import GmailClient
from integrations.gmail.drafts import Drafts
from integrations.gmail.fence import Fence
from integrations.gmail.thread import mails
from integrations.gmail.threads import Threads
from integrations.gmail.ticket import WITH
from integrations.gmail.wire import NotThere
from integrations.gmail.writing import Writing

Receive = Callable[[Mapping[str, str], bytes, datetime], list[Arrival]]
Poll = Callable[[str | None, datetime], Changes]
Announce = Callable[[], datetime]


class GmailHost:
    """One mailbox. What is announced is `push`'s and `history`'s business and comes as three functions."""

    def __init__(
        self,
        client: GmailClient,
        *,
        address: str,
        deployment: str,
        team: Callable[[], Sequence[Person]],
        receive: Receive,
        poll: Poll,
        announce: Announce,
        revoke: Callable[[], None] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = f"gmail:{address.lower()}"
        self._client = client
        self._account = Account(client, address, team, revoke)
        self._drafts = Drafts(client, deployment)
        self._fence = Fence(client, self._drafts, pause)
        self._threads = Threads(client)
        self._writing = Writing(client, self._threads, self._drafts, self._account)
        self._team = team
        self._receive = receive
        self._poll = poll
        self._announce = announce

    # --- what is announced -------------------------------------------------------------------------------------------
    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        """Verify the raw bytes, then parse: a hint that the mailbox changed."""
        return self._receive(headers, body, now)

    def poll(self, cursor: str | None, now: datetime) -> Changes:
        """The history since the cursor."""
        self._client.budget.stand_back()
        return self._poll(cursor, now)

    def history(self, cursor: str | None, since: datetime) -> Page:
        """How the threads began that somebody answered since then, for a first look."""
        return bygone.page(self._client, self._account.mailbox, cursor, since, datetime.now(UTC))

    def announce(self) -> datetime:
        """Gmail promises it for a week."""
        return self._announce()

    # --- reading -----------------------------------------------------------------------------------------------------
    def fetch(self, ref: TicketRef) -> Ticket:
        """The whole thread, as it is now. New mail stands back for replies that people approved."""
        self._client.budget.stand_back()
        return replace(self._writing.assembled(ref, self._threads.read(ref)), at_hand=True)

    def prepare(self, message: Outgoing) -> Ticket:
        """For an answer, the private send-draft that says exactly this: its id is the fence."""
        return self._writing.prepare(message)

    def discard(self, message: Outgoing) -> None:
        """Its send-draft, or the draft that people were offered. What a person wrote into either stays, as theirs."""
        if message.purpose is Purpose.ANSWER:
            for one in self._drafts.find(message.ref, marker.ANSWER, message.send_id):
                if one.edited:
                    self._drafts.rescue(message.ref, one)
                self._drafts.delete(one.id)
        elif message.purpose is Purpose.OFFER:
            self._writing.clear(message.ref, self._drafts.find(message.ref, marker.OFFER, message.send_id))

    # --- writing -----------------------------------------------------------------------------------------------------
    def send(self, permit: Permit, message: Outgoing) -> Receipt:
        """An answer is one `drafts.send`; a draft for people one `drafts.create`; a hand-over one label."""
        return self._writing.send(permit, message)

    def assign(self, ref: TicketRef, email: str) -> bool:
        """A label that everybody in the mailbox sees."""
        if self._account.mailbox().member(email.lower()) is None:
            return False
        mine = self._account.label(f"{WITH}{email.lower()}")
        others = self._account.with_whom(mails(self._client.thread(ref.ticket, "minimal")))
        self._client.relabel(ref.ticket, add=[mine], remove=[label for label in others if label != mine])
        return True

    # --- settling ----------------------------------------------------------------------------------------------------
    def kill(self, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        """Fence, then read back. What reaches no customer is only looked for: done twice, it is the same."""
        if message.purpose is Purpose.ANSWER:
            return self._fence.kill(permit, message)
        found = self._found_inside(permit, message)
        return (Fate.SENT, found) if found else (Fate.NEVER_SENT, None)

    def find(self, permit: Permit, message: Outgoing) -> Receipt | None:
        """By its sign in the thread."""
        if message.purpose is not Purpose.ANSWER:
            return self._found_inside(permit, message)
        try:
            found = self._fence.sent(permit)
        except NotThere:
            return None
        return fence.receipt(found, permit) if found else None

    def _found_inside(self, permit: Permit, message: Outgoing) -> Receipt | None:
        read = mails(self._client.thread(message.ref.ticket))
        if message.purpose is Purpose.HAND_OVER:
            label = self._account.label(ESCALATED)
            return Receipt(label, label) if any(label in mail.labels for mail in read) else None
        mine = [mail for mail in read if mail.offer and self._drafts.is_of(mail.offer, message.send_id)]
        lying = self._drafts.find(message.ref, marker.OFFER, message.send_id) if mine else []
        found = [Receipt(one.id, one.message) for one in lying] or [Receipt(mail.id, permit.send_id) for mail in mine]
        return next(iter(found), None)

    def traces(self, ref: TicketRef) -> tuple[Trace, ...]:
        """Sent from here with a Countersign's sign, or by a program as ours are."""
        self._client.budget.stand_back()
        sent = [mail for mail in mails(self._client.thread(ref.ticket)) if mail.is_sent]
        return tuple(
            Trace(mail.id, mail.at, mail.sign.marker if mail.sign else None, by_hand=False)
            for mail in sent
            if mail.sign or marker.by_api(mail.headers)
        )

    # --- people and the installation ---------------------------------------------------------------------------------
    def staff(self) -> tuple[Person, ...]:
        """Who works in this mailbox, as an admin of ours said: Gmail does not tell."""
        return tuple(self._team())

    def person(self, host_id: str) -> Person:
        """One of them."""
        found = next((one for one in self._team() if one.id == host_id), None)
        if found is None:
            raise HostError("nobody of that address works in this mailbox", permanent=True)
        return found

    def installation(self) -> Installation:
        """The grant, as Google sees it now."""
        return self._account.installation()

    def senders(self) -> tuple[Sender, ...]:
        """Gmail itself, and its vacation responder where it is on."""
        self._client.budget.stand_back()
        return self._account.senders()

    def revoke(self) -> None:
        """The grant, for good."""
        self._account.revoke()

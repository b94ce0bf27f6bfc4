"""What we write to a mailbox: the answer, prepared and sent; the draft that people are offered; the label that hands over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.host import HostError, Outgoing, Permit, Purpose, Receipt, StaleFence, Ticket, TicketRef
from integrations.gmail import fence, marker
from integrations.gmail.account import EDITED, ESCALATED, Account
from integrations.gmail.client import Doc, GmailClient
from integrations.gmail.drafts import Drafts, Found
from integrations.gmail.mime import Letter, composed
from integrations.gmail.thread import mails
from integrations.gmail.threads import Threads
from integrations.gmail.ticket import our_address, parent, state, ticket_from
from integrations.gmail.wire import NotThere


@dataclass(frozen=True, slots=True)
class Writing:
    """For one mailbox."""

    _client: GmailClient
    _threads: Threads
    _drafts: Drafts
    _account: Account

    def assembled(self, ref: TicketRef, thread: Doc) -> Ticket:
        return ticket_from(ref, thread, self._account.mailbox(), self._account.labels(mails(thread)))

    def prepare(self, message: Outgoing) -> Ticket:
        """For an answer, the private send-draft that says exactly this: its id is the fence."""
        ref, answers = message.ref, message.purpose is Purpose.ANSWER
        if message.purpose is Purpose.OFFER:  # here and not in `send`: there it would have cost one of three attempts
            self._client.budget.stand_back()
        thread = self._threads.read(ref) if answers else self._threads.unchanged(ref)
        ticket = self.assembled(ref, thread)
        signs = {
            mail.is_sent: mail.sign
            for mail in mails(thread)
            if mail.sign and self._drafts.is_of(mail.sign, message.send_id)
        }
        if not answers or True in signs:  # sent by hand meanwhile: the claim will see it
            return ticket
        letter = self._letter(message, ticket, thread)
        found = self._drafts.prepare(
            ref,
            message.send_id,
            lambda draft: composed(letter, marker.ANSWER, self._drafts.deployment, message.send_id, draft),
            known=False in signs,
        )
        return replace(ticket, fence=str(fence.Value(found.id, ticket.fence, found.sign.digest, found.sign.draft)))

    def _letter(self, message: Outgoing, ticket: Ticket, thread: Doc) -> Letter:
        mailbox = self._account.mailbox()
        address = our_address(thread, mailbox)
        offers = message.purpose is Purpose.OFFER
        known = {message.author, message.author_email} - {None}
        named = next((one.name for one in mailbox.team if known & {one.id, one.email}), None)
        return Letter(
            sender=address,
            sender_name=named or mailbox.names.get(address) or mailbox.names.get(mailbox.address) or "",
            to=ticket.requester.email or "",
            cc=message.cc,
            parent=parent(ticket, thread, message.comment),
            body=(message.offered or message.body) if offers else message.body,
            by="draft" if offers else message.mode,
            alone=message.purpose is Purpose.ANSWER and message.mode == "auto" and message.approved_by is None,
        )

    def send(self, permit: Permit, message: Outgoing) -> Receipt:
        """An answer is one `drafts.send`; a draft for people one `drafts.create`; a hand-over one label."""
        if (permit.send_id, permit.ref) != (message.send_id, message.ref):
            raise HostError("the permit is for another message", permanent=True)
        if message.purpose is Purpose.HAND_OVER:
            return self._hand_over(message.ref)
        try:
            if message.purpose is Purpose.OFFER:
                return self._offer(permit, message, self._threads.unchanged(message.ref))
            thread = self._threads.read(message.ref)
        except NotThere as error:
            raise StaleFence("the thread is gone") from error
        return self._answer(permit, message, thread)

    def _answer(self, permit: Permit, message: Outgoing, thread: Doc) -> Receipt:
        """Gmail sends what the draft says at that moment: everything that can be looked at again is, just before."""
        value, ticket = fence.parsed(permit.fence), self.assembled(message.ref, thread)
        letter = self._letter(message, ticket, thread)
        wanted = composed(letter, marker.ANSWER, self._drafts.deployment, message.send_id, value.name)[1]
        found = self._drafts.read(value.draft, marker.ANSWER)
        if ticket.fence != value.state:
            raise StaleFence("the thread changed meanwhile")
        if found is None or found.edited or found.sign != wanted or wanted.digest != value.digest:
            raise StaleFence("the draft is gone, or says something else than what was approved")
        try:
            sent = self._client.send_draft(value.draft)
        except NotThere as error:
            raise StaleFence("the draft is gone") from error
        if "id" not in sent:
            raise HostError("Gmail's answer names no message")
        elsewhere = None if sent.get("threadId") == message.ref.ticket else "Gmail put the reply into another thread"
        warnings = (elsewhere, self._status(message), self._put_away(message.ref, thread))
        return Receipt(str(sent["id"]), value.draft, "; ".join(filter(None, warnings)) or None)

    def _status(self, message: Outgoing) -> str | None:
        """Solved leaves the inbox. The reply stands: from here on nothing may raise."""
        if message.status != "solved":
            return None
        try:
            self._client.relabel(message.ref.ticket, remove=["INBOX"])
        except HostError as error:
            return f"not put away as solved: {error}"
        return None

    def _put_away(self, ref: TicketRef, thread: Doc) -> str | None:
        """The drafts that were offered before: unedited ones go, a person's own words stay and are labelled."""
        if not any(mail.is_draft and mail.offer for mail in mails(thread)):
            return None
        try:
            left = self.clear(ref, self._drafts.find(ref, marker.OFFER))
        except HostError as error:
            return f"the offered draft is still there: {error}"
        return "a draft that somebody edited is still in the thread" if left else None

    def clear(self, ref: TicketRef, offers: Sequence[Found]) -> list[Found]:
        """Those that people edited, labelled; the others are gone."""
        edited = [one for one in offers if one.edited]
        for one in offers:
            if not one.edited:
                self._drafts.delete(one.id)
        if edited:
            self._client.relabel(ref.ticket, add=[self._account.label(EDITED)])
        return edited

    def _offer(self, permit: Permit, message: Outgoing, thread: Doc) -> Receipt:
        """A draft in the thread, in place of the one before, unless somebody works on that."""
        if state(thread) != permit.fence:
            raise StaleFence("the thread changed meanwhile")
        before = self._drafts.find(message.ref, marker.OFFER) if any(mail.offer for mail in mails(thread)) else []
        letter = self._letter(message, self.assembled(message.ref, thread), thread)
        raw, sign = composed(letter, marker.OFFER, self._drafts.deployment, message.send_id, "")
        mine = [one for one in before if one.sign.send_id == message.send_id or one.says(sign.digest)]
        if mine:
            return Receipt(mine[0].id, mine[0].message)
        if left := self.clear(message.ref, before):
            return Receipt(left[0].id, left[0].message, "somebody works on an earlier draft: it stays as it is")
        draft, made = self._drafts.create(message.ref, raw)
        return Receipt(draft, made)

    def _hand_over(self, ref: TicketRef) -> Receipt:
        """Gmail has no internal notes: a label shows it in the mailbox, and the owner hears of it from us."""
        label = self._account.label(ESCALATED)
        self._client.relabel(ref.ticket, add=[label])
        return Receipt(label, label)

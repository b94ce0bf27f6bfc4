"""A thread as Gmail tells it, turned into our ticket; odd charsets, missing parts and forged senders included."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.host import Comment, Person, Ticket, TicketRef
from integrations.gmail import marker, trust
from integrations.gmail.mime import Parent
from integrations.gmail.thread import Mail, mails, whole, words

Doc = dict[str, Any]

AWAY = frozenset({"TRASH", "SPAM"})
OUR_LABELS = "Countersign/"
WITH = f"{OUR_LABELS}With "  # … whom: so a shared mailbox sees who is on it
UNSURE = 0  # the flag that Zendesk has for it: nobody vouches for the sender
NOBODY = Person(id="", name="nobody", email=None)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whose mail this is: its own addresses, and who works in it."""

    address: str
    names: Mapping[str, str]  # each address that it may send as, and the name shown with it
    team: Sequence[Person]

    @property
    def person(self) -> Person:
        """Whoever answered, where nothing tells who it was."""
        return Person(self.address, self.names.get(self.address) or self.address, self.address, "agent")

    def member(self, address: str) -> Person | None:
        return next((one for one in self.team if one.email and one.email.lower() == address), None)

    def owns(self, address: str) -> bool:
        return address == self.address or address in self.names


def ticket_from(ref: TicketRef, thread: Doc, mailbox: Mailbox, labels: Mapping[str, str]) -> Ticket:
    """`labels`: the names of the mailbox's own labels by their ids. Drafts of people are theirs and not shown."""
    read = mails(thread)
    told = [mail for mail in read if not mail.is_draft]
    comments = tuple(_comment(mail, mailbox) for mail in read if not mail.is_draft or mail.offer)
    asked = [
        (mail, one)
        for mail, one in zip(told, (_author(mail, mailbox) for mail in told), strict=True)
        if not one.is_staff
    ]
    requester = asked[0][1] if asked else _first_reached(told, mailbox)
    newest = asked[-1][0] if asked else None
    return Ticket(
        ref=ref,
        subject=told[0].header("Subject") if told else "",
        status=_status(told),
        queue_keys=(ref.host,),
        requester=requester,
        cc=_copied(newest, requester, mailbox),
        participants=_everybody(told, mailbox),
        comments=comments,
        url=f"https://mail.google.com/mail/u/{mailbox.address}/#all/{ref.ticket}",
        fence=state(thread),
        assignee=_assignee(told, mailbox, labels),
    )  # fmt: skip


def state(thread: Doc) -> str:
    """Changes with each mail that comes or goes, and with each label that people or we put on it."""
    told = [mail for mail in mails(thread) if not mail.is_draft]
    marks = {label for mail in told for label in mail.labels if label.startswith("Label_") or label in AWAY}
    return hashlib.sha256("\n".join([*sorted(mail.id for mail in told), *sorted(marks)]).encode()).hexdigest()[:16]


def parent(ticket: Ticket, thread: Doc, comment: str) -> Parent:
    """What an answer to that comment replies to; the customer's newest where none is named."""
    read = {mail.id: mail for mail in mails(thread)}
    newest = ticket.newest_customer_comment()
    mail = read.get(comment) or (read.get(newest.id) if newest else None)
    if mail is None:
        return Parent("", "", ticket.subject)
    return Parent(mail.header("Message-ID"), mail.header("References"), ticket.subject)


def our_address(thread: Doc, mailbox: Mailbox) -> str:
    """The one that the customer wrote to."""
    received = [mail for mail in mails(thread) if not mail.is_sent and not mail.is_draft]
    written = [address for mail in received[-1:] for _, address in mail.addresses("To", "Cc")]
    return next((address for address in written if mailbox.owns(address)), mailbox.address)


# --- people --------------------------------------------------------------------------------------------------------------
def _author(mail: Mail, mailbox: Mailbox) -> Person:
    """Sent from here: by whom Gmail names as its sender. Else whoever an answer would go to: Reply-To before From."""
    if mail.is_sent or mail.is_draft:
        return _answerer(mail, mailbox)
    sender = (mail.addresses("From") or (("", ""),))[0]
    name, address = (mail.addresses("Reply-To") or (sender,))[0]
    colleague = mailbox.member(sender[1])
    if colleague is not None and _is_proven(mail) and address == sender[1]:
        return colleague
    return Person(id=address or mail.id, name=whole(name or sender[0]) or address or "somebody", email=address or None)


def _answerer(mail: Mail, mailbox: Mailbox) -> Person:
    """A delegate is named in `Sender`; a reply of ours bears the name of whoever approved it."""
    for _, address in mail.addresses("Sender"):
        if found := mailbox.member(address):
            return found
    name = (mail.addresses("From") or (("", ""),))[0][0]
    named = [one for one in mailbox.team if one.name == name]
    return named[0] if name and len(named) == 1 else mailbox.person


def _first_reached(told: Sequence[Mail], mailbox: Mailbox) -> Person:
    """Of a thread that we began: whom we wrote to."""
    reached = [pair for mail in told for pair in mail.addresses("To") if not mailbox.owns(pair[1])]
    return (
        Person(id=reached[0][1], name=whole(reached[0][0]) or reached[0][1], email=reached[0][1]) if reached else NOBODY
    )


def _copied(newest: Mail | None, requester: Person, mailbox: Mailbox) -> tuple[str, ...]:
    """Everybody else whom a reply to all would reach."""
    found = [address for _, address in newest.addresses("From", "To", "Cc")] if newest else []
    return tuple(sorted({one for one in found if one != requester.email and not mailbox.owns(one)}))


def _everybody(told: Iterable[Mail], mailbox: Mailbox) -> tuple[str, ...]:
    found = (address for mail in told for _, address in mail.addresses("From", "Reply-To", "To", "Cc"))
    return tuple(sorted({one for one in found if not mailbox.owns(one)}))


def _assignee(told: Iterable[Mail], mailbox: Mailbox, labels: Mapping[str, str]) -> Person | None:
    names = sorted({labels.get(label, "") for mail in told for label in mail.labels})
    found = (mailbox.member(name.removeprefix(WITH)) for name in names if name.startswith(WITH))
    return next(filter(None, found), None)


# --- comments ------------------------------------------------------------------------------------------------------------
def _comment(mail: Mail, mailbox: Mailbox) -> Comment:
    text, markup, attachments = words(mail)
    ours = mail.sign or (mail.offer if mail.is_draft else None)
    return Comment(
        id=mail.id,
        author=_author(mail, mailbox),
        public=not mail.is_draft and not _is_internal(mail, mailbox),
        text="" if markup else text,
        html=markup or None,
        created_at=mail.at,
        attachments=attachments,
        flags=_flags(mail),
        headers=mail.headers,
        marker=ours.marker if ours else None,
        by_hand=mail.is_sent and mail.sign is None and not marker.by_api(mail.headers),
        by_mail=not mail.is_sent and not mail.is_draft,
        partial=mail.is_partial,
    )


def _is_internal(mail: Mail, mailbox: Mailbox) -> bool:
    """Forwarded to colleagues: no customer sees it."""
    reached = [address for _, address in mail.addresses("To", "Cc", "Bcc")]
    return mail.is_sent and bool(reached) and all(mailbox.owns(one) or mailbox.member(one) for one in reached)


def _flags(mail: Mail) -> tuple[int, ...]:
    """Proven by Gmail's own check, and an answer goes to nobody but whom it proved."""
    back = {address for _, address in mail.addresses("Reply-To")} - {address for _, address in mail.addresses("From")}
    return () if mail.is_sent or mail.is_draft or (_is_proven(mail) and not back) else (UNSURE,)


def _is_proven(mail: Mail) -> bool:
    return trust.is_proven(mail.headers)


def _status(told: Sequence[Mail]) -> str:
    """Thrown away is closed; put away from the inbox is solved; else it is open."""
    if not told or all(mail.labels & AWAY for mail in told):
        return "closed"
    return "open" if any("INBOX" in mail.labels for mail in told) else "solved"

"""What a host is to us: the protocol, the facts that cross it, and the types that the door demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

LONGEST_WAIT = timedelta(minutes=15)  # for a host, whatever it asks for: then it is asked again


class HostError(Exception):
    """The host refused or did not answer. `permanent`: a person's turn; otherwise try again later.

    `retry_after`: the host said so many seconds. Whoever waits is scheduled anew; nobody sleeps.
    """

    def __init__(self, text: str, *, permanent: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.retry_after = retry_after


class StaleFence(HostError):
    """The host refused a write because the ticket changed after the fence was issued (Zendesk 409, Gmail 404)."""


class NotAllowed(HostError):
    """The host answered that we may not. To a write this proves only that nothing of it is still on its way."""


class AccessLost(NotAllowed):
    """The host no longer knows us: the token was revoked or the grant withdrawn. An admin's turn."""


class WebhookRejected(Exception):
    """The signature does not hold: answer 401, leave no trace but a counter."""


class Leave(StrEnum):
    """What the host's own admins let us do there."""

    ALLOWED = "allowed"
    NARROWED = "narrowed"  # installed, but automation is not wanted
    GONE = "gone"  # disabled, uninstalled, disconnected


@dataclass(frozen=True, slots=True)
class Installation:
    """How our installation at a host stands, as read a moment ago. `why` is for people, where it is not ALLOWED."""

    leave: Leave
    why: str = ""


class Fate(StrEnum):
    """What became of a send attempt, once it is dead."""

    SENT = "sent"
    NEVER_SENT = "never-sent"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class TicketRef:
    """Where a ticket lives."""

    host: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One announced event. `ref` None: the body was unusable and is kept in `raw` for a person to see.

    `ref` without a ticket: only that something changed at that host, which is then polled.

    `delivery_key` is the same for every delivery of the same event: a redelivery adds nothing.
    `idle`: nothing in it can change what we concluded, such as an internal note; kept, but nobody works on it.
    `removed`: people removed words there for good, and our copy goes too: the ticket's, or all of `person`, the host's id.
    """

    delivery_key: str
    kind: str  # the host's own event type, "poll" or "unusable"
    ref: TicketRef | None = None
    raw: bytes | None = None
    idle: bool = False
    removed: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a poll found, and the cursor from which the next one starts."""

    arrivals: tuple[Arrival, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a ticket. `role`: customer, agent or admin, as the host says now."""

    id: str
    name: str
    email: str | None
    role: str = "customer"

    @property
    def is_staff(self) -> bool:
        """Agents and admins of the host, the integration's own user among them."""
        return self.role in {"agent", "admin"}


@dataclass(frozen=True, slots=True)
class Marker:
    """Our own sign on something that we wrote."""

    deployment: str
    send_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One message on a ticket. `html` is as the host stored it, untrusted; `text` only where there is no html."""

    id: str
    author: Person
    public: bool
    text: str
    html: str | None
    created_at: datetime
    attachments: tuple[str, ...] = ()  # names only; their content is never read
    # Zendesk: 0 sender unsure, 2 not of the conversation, 3 not signed in, 4 automatic; None: unreadable, so untrusted
    flags: tuple[int, ...] | None = None
    headers: tuple[tuple[str, str], ...] = ()  # mail headers where the host shows them
    marker: Marker | None = None
    by_hand: bool = False  # written in the host's own screens, not through the API
    by_mail: bool = False  # it came as mail: an agent's own mail program, or the customer's
    partial: bool = False  # there is more of it than the host was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the host saw a ticket a moment ago, as far as an answer depends on it."""

    fence: str
    requester: str
    cc: tuple[str, ...]
    participants: tuple[str, ...]
    moved_on: str | None  # why the comment no longer waits; None: it waits
    newer: bool  # the customer wrote again
    foreign_marker: bool
    sender_trusted: bool = False  # the host vouches that the requester of record wrote that comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A whole conversation as it is now. `comments` are oldest first."""

    ref: TicketRef
    subject: str
    status: str  # new, open, pending, hold, solved, closed
    queue_keys: tuple[str, ...]  # what the policy's `hosts` may name: "zendesk:group:Support"
    requester: Person
    cc: tuple[str, ...]
    participants: tuple[str, ...]  # addresses of everybody on the ticket
    comments: tuple[Comment, ...]
    url: str
    fence: str  # the host's value that changes with every change of the ticket
    assignee: Person | None = None
    brand: str = "*"
    rating: str | None = None  # good or bad: what the customer said of the help
    follows: str | None = None  # the closed ticket that this one goes on with
    fields: tuple[tuple[str, str], ...] = ()  # its own and its requester's, as the host's admins set them up
    at_hand: bool = False  # this process can offer on it without reading it anew; another one would have to

    def standing(self, comment_id: str, deployment: str) -> Standing:
        """What this ticket, as read just now, says about an answer to that comment."""
        return Standing(
            fence=self.fence,
            requester=self.requester.id,
            cc=self.cc,
            participants=self.participants,
            moved_on=self._moved_on(comment_id),
            newer=self._is_newer(comment_id),
            foreign_marker=self._foreign_marker(deployment),
            sender_trusted=self._is_trusted(comment_id),
        )

    def _is_trusted(self, comment_id: str) -> bool:
        """No flag of the host's at all, and the requester of record. Flags that cannot be read vouch for nobody."""
        comment = next((one for one in self.comments if one.id == comment_id), None)
        return comment is not None and comment.flags == () and comment.author.id == self.requester.id

    def waits(self, comment_id: str) -> bool:
        """May a reply to that comment still be what comes next?"""
        return self._moved_on(comment_id) is None

    def _goes_on(self, comment_id: str) -> bool:
        """Is that comment our side's own? Then what we send does not answer it: it sets it right."""
        return any(one.id == comment_id and one.public and one.author.is_staff for one in self.comments)

    def _said_since(self, comment_id: str) -> list[Comment]:
        ids = [comment.id for comment in self.comments]
        return [comment for comment in self.comments[ids.index(comment_id) + 1 :] if comment.public]

    def _is_newer(self, comment_id: str) -> bool:
        if self._goes_on(comment_id):
            return any(not comment.author.is_staff for comment in self._said_since(comment_id))
        newest = self.newest_customer_comment()
        return newest is None or newest.id != comment_id

    def _moved_on(self, comment_id: str) -> str | None:
        if self.status == "closed":
            return "it is closed"
        if self._goes_on(comment_id):
            since = self._said_since(comment_id)
            return f"{since[-1].author.name} wrote since" if since else None
        if self._is_newer(comment_id):
            return "a newer customer message came"
        answer = self.answered_since(comment_id)
        return f"{answer.author.name} answered" if answer else None

    def _foreign_marker(self, deployment: str) -> bool:
        """The newest mark, or the newest on a reply: a note of ours does not make up for a reply of theirs."""
        marked = [comment for comment in self.comments if comment.marker]
        newest = (marked[-1:], [comment for comment in marked if comment.public][-1:])
        return any(one.marker and one.marker.deployment != deployment for found in newest for one in found)

    def newest_customer_comment(self) -> Comment | None:
        """The comment that wants an answer: the last public one that no staff member wrote."""
        mine = [comment for comment in self.comments if comment.public and not comment.author.is_staff]
        return mine[-1] if mine else None

    def answered_since(self, comment_id: str) -> Comment | None:
        """The first public staff comment after that customer comment, if a person or we answered it."""
        ids = [comment.id for comment in self.comments]
        after = self.comments[ids.index(comment_id) + 1 :] if comment_id in ids else self.comments
        return next((comment for comment in after if comment.public and comment.author.is_staff), None)


class Purpose(StrEnum):
    """Why we write to a host. Only an answer reaches the customer; the other two stay inside."""

    ANSWER = "answer"
    OFFER = "offer"
    HAND_OVER = "hand-over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What one attempt would write. `author` None: the integration's own user."""

    ref: TicketRef
    send_id: str  # one for each outbox row, for ever
    body: str  # plain text; the host renders it for its own screens
    purpose: Purpose
    author: str | None = None
    author_email: str | None = None  # the same person's address: not every host knows whoever approved it
    status: str | None = None  # open, pending or solved, written after the reply, best effort
    mode: str = "draft"
    policy_version: int = 0
    approved_by: str | None = None
    cc: tuple[str, ...] = ()
    comment: str = ""  # which one it answers
    offered: str = ""  # with an offer: the draft's own words, which `body` is about


@dataclass(frozen=True, slots=True)
class Permit:
    """Proof that the claim transaction let exactly this attempt go. Only `store.outbox.claim` makes one."""

    row: int
    attempt: int
    send_id: str
    ref: TicketRef
    fence: str
    body_mac: str
    recipients_mac: str
    generations: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the host made of a send. `warning` is a person's business: a status that was refused, say."""

    comment: str
    audit: str
    warning: str | None = None
    reached: bool = True  # False: an answer that the host kept from the customer, such as a light agent's
    delivery: str | None = None  # what the host says of bringing it to the customer; None: nothing


@dataclass(frozen=True, slots=True)
class Trace:
    """A public comment that is ours or could be: it bears a marker, or the host's user for us wrote it."""

    comment: str
    created_at: datetime
    marker: Marker | None
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """Something at a host that writes to customers by itself. `brings`: it is what carries our replies to them."""

    kind: str  # trigger, automation, webhook
    name: str
    brings: bool


class Host(Protocol):
    """A place where customers write. Every write returns the host's id of what it wrote, for the audit log."""

    name: str

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        """Verify the raw bytes, then parse. Raises WebhookRejected; an unusable body is an Arrival too."""
        ...

    def poll(self, cursor: str | None, now: datetime) -> Changes:
        """What changed since the cursor, for all that no webhook announced."""
        ...

    def announce(self) -> datetime | None:
        """See to it that changes are announced to us. Until when they will be; None: for good. Called every day."""
        ...

    def fetch(self, ref: TicketRef) -> Ticket:
        """The whole ticket, as it is now, never from a cache."""
        ...

    def prepare(self, message: Outgoing) -> Ticket:
        """The ticket, and a fence to send this on: any later change spoils it. What it leaves there no customer sees."""
        ...

    def discard(self, message: Outgoing) -> None:
        """Take away what was prepared or offered, by its ticket, send and purpose; what people wrote into it is theirs."""
        ...

    def send(self, permit: Permit, message: Outgoing) -> Receipt:
        """One attempt, one request, no retries. Raises StaleFence when refused; any other HostError is "unknown"."""
        ...

    def kill(self, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        """Make the attempt dead at the host, then read back what became of it. Raises HostError when it cannot."""
        ...

    def find(self, permit: Permit, message: Outgoing) -> Receipt | None:
        """Our reply with its marker, where nobody may fence it. Only reads; None proves nothing."""
        ...

    def assign(self, ref: TicketRef, email: str) -> bool:
        """Give the ticket to that agent. False: the host knows no such agent."""
        ...

    def staff(self) -> tuple[Person, ...]:
        """Everybody who may answer at this host."""
        ...

    def person(self, host_id: str) -> Person:
        """Who that is and what they may do, as the host says now."""
        ...

    def traces(self, ref: TicketRef) -> tuple[Trace, ...]:
        """Every public comment there that is ours or could be. A background read: it stands back for sends."""
        ...

    def senders(self) -> tuple[Sender, ...]:
        """What brings our replies to customers, and what else writes to them. A background read."""
        ...

    def revoke(self) -> None:
        """Give back what we act with, and prove it: raises HostError where the host would still let us act."""
        ...

    def installation(self) -> Installation:
        """Whether the host's admins still let us act. Raises AccessLost; any other HostError: it cannot be read."""
        ...

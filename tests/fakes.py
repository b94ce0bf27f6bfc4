"""Hand-written doubles: a host in memory whose bad days can be switched on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.host import (
    AccessLost,
    Arrival,
    Changes,
    Comment,
    Fate,
    HostError,
    Installation,
    Leave,
    Marker,
    Outgoing,
    Permit,
    Person,
    Purpose,
    Receipt,
    Sender,
    StaleFence,
    Ticket,
    TicketRef,
    Trace,
    WebhookRejected,
)
from app.presence import LASTS, Look

CASEY = Person(id="1", name="Casey Customer", email="casey@customer.example", role="customer")
BOT = Person(id="2", name="Countersign", email="bot@acme.example", role="agent")
ROSA = Person(id="3", name="Rosa Romano", email="rosa@acme.example", role="agent")
ANA = Person(id="4", name="Ana Alvarez", email="ana@acme.example", role="admin")
STARTED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def nothing_happens() -> None:
    """What FakeHost does at a moment that nobody is interested in."""


@dataclass(frozen=True)
class Written:
    """A comment and how it came: what a real host keeps in its audit."""

    comment: Comment
    attempt: int | None
    version: int


@dataclass
class Kept:
    """A ticket as the fake keeps it. `version` grows with every change: it is the fence."""

    ticket: Ticket
    version: int
    written: list[Written] = field(default_factory=list)


@dataclass
class Faults:
    """A bad day. Numbers count down; None and False are good weather."""

    down: HostError | None = None  # raised by every call, until removed
    before_kill: HostError | None = None  # raised instead of settling, until removed
    stale: int = 0  # so many sends are refused as stale
    lost_before: int = 0  # so many sends raise before anything is applied
    lost_after: int = 0  # so many sends are applied and then raise
    drop_metadata: bool = False  # the host forgets our markers
    refuse_status: bool = False  # the reply stands, its status is refused
    while_preparing: Callable[[], None] = nothing_happens
    before_apply: Callable[[], None] = nothing_happens  # a slow send waits here
    after_apply: Callable[[], None] = nothing_happens

    def strike(self, name: str) -> bool:
        left = getattr(self, name)
        setattr(self, name, max(0, left - 1))
        return bool(left)


class FakeHost:
    """A host in memory. `reached` is the oracle: every public comment by staff, as (ticket, text)."""

    def __init__(self, name: str = "zendesk", deployment: str = "test", secret: str = "a made-up secret") -> None:
        self.name = name
        self.deployment = deployment
        self.faults = Faults()
        self.people = {person.id: person for person in (CASEY, BOT, ROSA, ANA)}
        self.tickets: dict[str, Kept] = {}
        self.started = STARTED
        self.writing: tuple[Sender, ...] = (Sender("trigger", "Notify requester", brings=True),)
        self.installed = Installation(Leave.ALLOWED)
        self.keep_internal = False  # every answer becomes an internal note, as a light agent's would
        self.calls: list[str] = []
        self.announced_until: datetime | None = None
        self.refuse: HostError | None = None  # what every send is told, for good
        self._secret = secret.encode()
        self._lock = threading.RLock()
        self._events = 0
        self._next = 1000

    # --- what a test makes happen ------------------------------------------------------------------------------------
    def new_ticket(
        self, text: str, *, subject: str = "Hello", group: str = "Support", author: Person = CASEY
    ) -> TicketRef:
        with self._lock:
            ref = TicketRef(self.name, str(self._number()))
            empty = Ticket(
                ref=ref, subject=subject, status="new", queue_keys=(f"{self.name}:group:{group}" if self.name == "zendesk" else self.name,), requester=author, cc=(),
                participants=(author.email or "",), comments=(), url=f"https://{self.name}.example/{ref.ticket}", fence="",
            )  # fmt: skip
            self.tickets[ref.ticket] = Kept(empty, 0)
            self.says(ref, author, text)
            return ref

    def says(
        self, ref: TicketRef, author: Person, text: str, *, public: bool = True, by_hand: bool = False,
        html: str | None = None, flags: tuple[int, ...] | None = (), attachments: tuple[str, ...] = (),
        marker: Marker | None = None,
    ) -> Comment:  # fmt: skip
        """Somebody writes: the customer, or a person in the host's own screens."""
        comment = Comment(
            id=str(self._number()), author=author, public=public, text="" if html else text, html=html,
            created_at=self._moment(), attachments=attachments, flags=flags, by_hand=by_hand, marker=marker,
        )  # fmt: skip
        self._write(ref, comment, None)
        return comment

    def change(self, ref: TicketRef, **fields: Any) -> None:
        """Status, cc, requester … as a person would change them; the fence changes too."""
        with self._lock:
            kept = self._kept(ref)
            kept.ticket = replace(kept.ticket, **fields)
            self._touch(kept)

    def skip(self, number: int) -> None:
        """The ids before that one are taken, in another life of this host."""
        with self._lock:
            self._next = max(self._next, number)

    def delete(self, ref: TicketRef) -> None:
        with self._lock:
            del self.tickets[ref.ticket]

    def delivery(self, ref: TicketRef | None, *, event: str = "1", comment: str = "") -> tuple[dict[str, str], bytes]:
        """A signed announcement; None: one that names no ticket."""
        body = json.dumps({"id": f"{event}:{comment}", "ticket": ref and ref.ticket}).encode()
        return {"X-Signature": self._sign(body)}, body

    @property
    def reached(self) -> list[tuple[str, str]]:
        with self._lock:
            return [
                (number, written.comment.text)
                for number, kept in self.tickets.items()
                for written in kept.written
                if written.comment.public and written.comment.author.is_staff
            ]

    def notes(self, ref: TicketRef) -> list[str]:
        return [comment.text for comment in self.fetch(ref).comments if not comment.public]

    # --- the protocol ------------------------------------------------------------------------------------------------
    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        given = {name.lower(): value for name, value in headers.items()}.get("x-signature", "")
        if not hmac.compare_digest(given.encode(), self._sign(body).encode()):
            raise WebhookRejected("the signature does not hold")
        try:
            event = json.loads(body)
            return [Arrival(event["id"], "told", TicketRef(self.name, str(int(event["ticket"]))))]
        except (ValueError, KeyError, TypeError):
            return [Arrival(hashlib.sha256(body).hexdigest(), "unusable", raw=body)]

    def poll(self, cursor: str | None, now: datetime) -> Changes:
        with self._call("poll"):
            changed = [kept for kept in self.tickets.values() if kept.version > int(cursor or 0)]
            found = [
                Arrival(f"poll:{kept.ticket.ref.ticket}:{kept.version}", "poll", kept.ticket.ref) for kept in changed
            ]
            return Changes(tuple(found), str(max([int(cursor or 0), *(kept.version for kept in changed)])))

    def announce(self) -> datetime | None:
        with self._call("announce"):
            return self.announced_until

    def fetch(self, ref: TicketRef) -> Ticket:
        with self._call("fetch"):
            kept = self._kept(ref)
            return replace(kept.ticket, comments=tuple(one.comment for one in kept.written), fence=str(kept.version))

    def prepare(self, message: Outgoing) -> Ticket:
        ticket = self.fetch(message.ref)
        self.faults.while_preparing()
        return ticket

    def discard(self, message: Outgoing) -> None:
        self._call("discard")

    def send(self, permit: Permit, message: Outgoing) -> Receipt:
        self._call("send")
        if self.refuse is not None:
            raise self.refuse
        self.faults.before_apply()  # slow outside of the lock
        with self._lock:
            receipt = self._apply(permit, message)
        self.faults.after_apply()
        if self.faults.strike("lost_after"):
            raise HostError("the connection was lost after the request was applied")
        return receipt

    def _apply(self, permit: Permit, message: Outgoing) -> Receipt:
        if self.faults.strike("lost_before"):
            raise HostError("the connection was lost before the request was applied")
        kept = self._kept(permit.ref)
        if kept.ticket.status == "closed":
            raise HostError("closed tickets take nothing", permanent=True)
        if self.faults.strike("stale") or str(kept.version) != permit.fence:
            raise StaleFence("the ticket changed meanwhile")
        marker = None if self.faults.drop_metadata else Marker(self.deployment, permit.send_id)
        comment = Comment(
            id=str(self._number()), author=self.people[message.author or BOT.id],
            public=message.purpose is Purpose.ANSWER and not self.keep_internal,
            text=message.body, html=None, created_at=self._moment(), flags=(), marker=marker,
        )  # fmt: skip
        self._write(permit.ref, comment, permit.attempt)
        reached = comment.public or message.purpose is not Purpose.ANSWER
        return Receipt(comment.id, f"audit-{comment.id}", self._set_status(kept, message), reached)

    def _set_status(self, kept: Kept, message: Outgoing) -> str | None:
        if message.status is None or message.purpose is not Purpose.ANSWER:
            return None
        if self.faults.refuse_status:
            return f"status not set to {message.status}: a field is required"
        kept.ticket = replace(kept.ticket, status=message.status)
        self._touch(kept)
        return None

    def kill(self, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        with self._call("kill"):
            if self.faults.before_kill is not None:
                raise self.faults.before_kill
            if permit.ref.ticket not in self.tickets:
                return Fate.UNCLEAR, None
            kept = self._kept(permit.ref)
            if kept.ticket.status != "closed" and str(kept.version) == permit.fence:
                self._touch(kept)
            return self._read_back(kept, permit, message)

    def _read_back(self, kept: Kept, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        ours = Marker(self.deployment, permit.send_id)
        for one in kept.written:
            receipt = Receipt(one.comment.id, f"audit-{one.comment.id}")
            if one.comment.marker == ours and one.attempt is not None and one.attempt <= permit.attempt:
                return Fate.SENT, receipt
            unmarked = one.comment.marker is None and one.attempt is not None and one.version > int(permit.fence)
            if unmarked and one.comment.text == message.body:
                return Fate.UNCLEAR, receipt
        return Fate.NEVER_SENT, None

    def find(self, permit: Permit, message: Outgoing) -> Receipt | None:
        with self._call("find"):
            fate, receipt = self._read_back(self._kept(permit.ref), permit, message)
            return receipt if fate is Fate.SENT else None

    def assign(self, ref: TicketRef, email: str) -> bool:
        with self._call("assign"):
            agent = next((person for person in self.people.values() if person.email == email and person.is_staff), None)
            if agent is not None:
                self.change(ref, assignee=agent)
            return agent is not None

    def staff(self) -> tuple[Person, ...]:
        with self._call("staff"):
            return tuple(person for person in self.people.values() if person.is_staff)

    def person(self, host_id: str) -> Person:
        with self._call("person"):
            if host_id not in self.people:
                raise HostError("no such person", permanent=True)
            return self.people[host_id]

    def traces(self, ref: TicketRef) -> tuple[Trace, ...]:
        with self._call("traces"):
            said = [one.comment for one in self._kept(ref).written if one.comment.public]
            ours = [one for one in said if one.marker is not None or one.author == BOT]
            return tuple(Trace(one.id, one.created_at, one.marker, one.by_hand) for one in ours)

    def senders(self) -> tuple[Sender, ...]:
        with self._call("senders"):
            return self.writing

    def revoke(self) -> None:
        with self._call("revoke"):
            self.faults.down = AccessLost("the token was revoked")

    def installation(self) -> Installation:
        with self._call("installation"):
            return self.installed

    # --- inside ------------------------------------------------------------------------------------------------------
    def _call(self, name: str) -> threading.RLock:
        self.calls.append(name)
        if self.faults.down is not None:
            raise self.faults.down
        return self._lock

    def _kept(self, ref: TicketRef) -> Kept:
        if ref.ticket not in self.tickets:
            raise HostError("no such ticket", permanent=True)
        return self.tickets[ref.ticket]

    def _write(self, ref: TicketRef, comment: Comment, attempt: int | None) -> None:
        with self._lock:
            kept = self._kept(ref)
            if comment.author.role == "customer" and kept.ticket.status in {"solved", "pending"}:
                kept.ticket = replace(kept.ticket, status="open")
            self._touch(kept)
            kept.written.append(Written(comment, attempt, kept.version))

    def _touch(self, kept: Kept) -> None:
        with self._lock:
            self._events += 1
            kept.version = self._events

    def _number(self) -> int:
        with self._lock:
            self._next += 1
            return self._next

    def _moment(self) -> datetime:
        return self.started + timedelta(seconds=self._events)

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()


class FixedToken:
    """A TokenStore whose token a test may change; `asked` counts."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.asked = 0

    def access_token(self) -> str:
        self.asked += 1
        return self.token

    def refused(self, token: str) -> bool:
        return token != self.token


@dataclass
class FakeSignIn:
    """A host at which `person` is signed in. It checks the proof as Zendesk does."""

    title: str = "Zendesk"
    person: str = ROSA.id
    trouble: HostError | None = None
    asked: dict[str, str] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)

    def address(self, state: str, challenge: str, back: str) -> str:
        self.asked = {"challenge": challenge, "back": back}
        return f"https://acme.zendesk.com/oauth/authorizations/new?state={state}"

    def who(self, code: str, verifier: str, back: str) -> str:
        if self.trouble:
            raise self.trouble
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if code in self.spent or code != "good" or (digest, back) != (self.asked["challenge"], self.asked["back"]):
            raise HostError("Zendesk refused the sign-in (400)", permanent=True)
        self.spent.add(code)
        return self.person


@dataclass
class Remembered:
    """Presence without Redis: every look and when."""

    at: dict[Look, datetime] = field(default_factory=dict)

    def looks(self, now: datetime, mine: Look | None = None) -> frozenset[Look]:
        if mine is not None:
            self.at[mine] = now
        return frozenset(look for look, at in self.at.items() if now - at <= LASTS)

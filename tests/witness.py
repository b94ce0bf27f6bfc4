"""A host whose every request is looked at as it leaves and as it is applied, beside plain books of who wanted what."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.governance import chain
from app.governance.decision import Freeze, Switch
from app.host import Fate, HostError, Outgoing, Permit, Purpose, Receipt, TicketRef
from app.store import audit, switch
from tests.fakes import FakeHost
from tests.house import House

LINE = "Sent automatically. Reply 'person' to reach a colleague."
OTHER_LINE = "Written automatically. Reply 'person' to reach a colleague."

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_GAINED = sa.text("SELECT seq, stored, chain FROM audit WHERE seq > :size ORDER BY seq")
_TAIL = sa.text("SELECT size, chain FROM audit_tail")
_ANSWERS = sa.text(
    "SELECT o.id, o.send_id, o.fate, o.state, o.attempt, p.ticket, p.comment FROM outbox o"
    " JOIN proposal p ON p.id = o.proposal_id WHERE o.purpose = 'answer' AND o.id > :first"
)
Message = tuple[str, str]  # a ticket, and the customer's comment on it


class Forbidden(AssertionError):
    """What may never happen did."""


class Witness(FakeHost):
    """A host that has every request looked at as it leaves and as it is applied, and may keep one on its way."""

    books: Books
    slow = 0  # so many requests hang: our side gives up, they arrive later or never
    fenced = True

    def __init__(self) -> None:
        super().__init__()
        self.late: list[tuple[Permit, Outgoing]] = []

    def send(self, permit: Permit, message: Outgoing) -> Receipt:
        self.books.leaves(permit, message)
        if self.slow:
            self.slow -= 1
            self.late.append((permit, message))
            raise HostError("no answer in time")
        return super().send(permit, message)

    def arrive(self) -> None:
        """The oldest request that hung gets through."""
        permit, message = self.late.pop(0)
        with suppress(HostError):
            self._apply(permit, message)

    def _apply(self, permit: Permit, message: Outgoing) -> Receipt:
        if not self.fenced:
            permit = replace(permit, fence=str(self._kept(permit.ref).version))
        said = [one.comment for one in self._kept(permit.ref).written if one.comment.public]
        receipt = super()._apply(permit, message)
        self.books.arrives(permit, message, last_is_customers=bool(said) and not said[-1].author.is_staff)
        return receipt


class Books:
    """What people said and stopped, kept without the product's help, and what that forbids."""

    def __init__(self, house: House, host: Witness) -> None:
        self.house, self.host, self.deps, self.clock = house, host, house.deps, house.clock
        self.failed, self.counted = False, Counter[str]()
        with self.deps.readers.begin() as tx:
            self.size, self.head = tx.execute(_TAIL).one()
            self.first = tx.execute(sa.text("SELECT coalesce(max(id), 0) FROM outbox")).scalar_one()
        self.entries, self.permitted = Counter[tuple[str, int, int]](), set[str]()
        self.said_yes: dict[Message, set[str]] = {}
        self.never: set[Message] = set()
        self.not_alone: set[Message] = set()
        self.answered: dict[Message, str] = {}
        self.left: dict[int, tuple[Message, datetime]] = {}
        self.alone_at: dict[Message, datetime] = {}
        self.off: set[str] = set()
        self.frozen: dict[int, Freeze] = {}
        self.policy, self.ramped = "earned", True

    # --- what a witness says -------------------------------------------------------------------------------------------
    def leaves(self, permit: Permit, message: Outgoing) -> None:
        """A request leaves: its claim was committed a moment ago, and nothing came between."""
        with self.deps.readers.begin() as tx:
            row = tx.execute(
                sa.text("SELECT state, attempt, fence, send_id, queue FROM outbox WHERE id = :id"), {"id": permit.row}
            ).one_or_none()
            state = switch.read(tx, row.queue).state if row else None
        mine = ("SENDING", permit.attempt, permit.fence, permit.send_id)
        self._must(row is not None and tuple(row)[:4] == mine, "a send without a permit")
        if message.purpose is Purpose.HAND_OVER:
            return
        self._must(state is Switch.LIVE and not self.off, f"a claim while the switch was {state}")
        if message.purpose is Purpose.ANSWER:
            asked = self._asked(permit.ref)
            self._answer_leaves(asked, message)
            self.left[permit.row] = asked, self.clock.now()

    def _answer_leaves(self, asked: Message, message: Outgoing) -> None:
        self._must(asked not in self.never, "an answer where only people answer")
        self._must(Freeze.DRAFT_ONLY not in self.frozen.values(), "an answer from what is frozen")
        self._must(asked not in self.answered, "a second answer leaves")
        self._must(not self._is_a_twins(asked), "an answer beside another deployment")
        if message.approved_by is not None:
            self._must(message.body in self.said_yes.get(asked, ()), "an answer that nobody said yes to")
            return
        line = OTHER_LINE if self.policy == "another line" else LINE
        self._must(message.body.endswith(f"\n\n{line}"), "an automatic answer without its disclosure")
        self._must(asked not in self.not_alone, "by itself, where a person decides")
        self._must(self.policy in {"earned", "another line"}, f"by itself, though the policy is {self.policy}")
        self._must(self.ramped and not self.frozen, "by itself, though it was stopped")
        self._capped(asked[0])

    def _is_a_twins(self, asked: Message) -> bool:
        """Is the newest mark on the ticket not ours?"""
        marks = [one.comment.marker for one in self.host.tickets[asked[0]].written if one.comment.marker]
        return bool(marks) and marks[-1].deployment != self.host.deployment

    def _capped(self, ticket: str) -> None:
        """Three an hour, five a day, one for a ticket: of those that arrived."""
        now = self.clock.now()
        self._must(sum(now - at < HOUR for at in self.alone_at.values()) < 3, "a fourth by itself within an hour")
        today = [said[0] for said, at in self.alone_at.items() if now - at < DAY]
        self._must(len(today) < 5, "a sixth by itself within a day")
        self._must(ticket not in today, "a second by itself on one ticket within a day")

    def arrives(self, permit: Permit, message: Outgoing, *, last_is_customers: bool) -> None:
        """A request is applied, perhaps long after it left."""
        if message.purpose is Purpose.HAND_OVER:
            return
        with self.deps.readers.begin() as tx:
            states = {one.scope: one.state for one in switch.scopes(tx)}
        self._must(Switch.CONFIRMED not in (states["*"], states["support"]), "something arrives after CONFIRMED")
        if message.purpose is Purpose.ANSWER:
            asked = self._asked(permit.ref)
            self._must(asked not in self.answered, "a second answer arrives")
            self._must(last_is_customers, "an answer after somebody's answer")
            answers, left_at = self.left[permit.row]
            self._must(asked == answers, "an answer to what is not the newest message")
            self.answered[asked] = permit.send_id
            if message.approved_by is None:
                self.alone_at[asked] = left_at
            self.counted["approved answer" if message.approved_by else "automatic answer"] += 1

    def _must(self, holds: bool, why: str) -> None:  # noqa: FBT001
        if not holds:
            self.failed = True
            raise Forbidden(why)

    def _asked(self, ref: TicketRef) -> Message:
        """The customer's newest message there, by the host's own books."""
        by_customers = [
            one.comment.id for one in self.host.tickets[ref.ticket].written if not one.comment.author.is_staff
        ]
        return ref.ticket, by_customers[-1]

    # --- what holds after every step -----------------------------------------------------------------------------------
    def written(self) -> dict[str, int]:
        """How often each of our answers stands at the host for the customer to read, by its send id."""
        found: dict[str, int] = {}
        for kept in self.host.tickets.values():
            for one in kept.written:
                if one.attempt is not None and one.comment.public and one.comment.marker is not None:
                    found[one.comment.marker.send_id] = found.get(one.comment.marker.send_id, 0) + 1
        return found

    def agree(self) -> None:
        """The log only grew, and log, outbox and host tell one story."""
        self.chained()
        with self.deps.readers.begin() as tx:
            rows = tx.execute(_ANSWERS, {"first": self.first}).all()
        written = self.written()
        self._must(all(times == 1 for times in written.values()), "an answer stands twice")
        self._must(written.keys() <= self.permitted, "an answer stands that no intent tells of")
        self._must(written.keys() == set(self.answered.values()), "the books miss an answer")
        self._must(len({(row.ticket, row.comment) for row in rows}) == len(rows), "two orders for one message")
        for row in rows:
            self._told_truly(row, stands=row.send_id in written)

    def _told_truly(self, row: sa.Row[Any], *, stands: bool) -> None:
        """What an order says of itself is so, and each of its attempts has its intent and its outcome in the log."""
        self._must(row.fate != Fate.SENT or stands, "called sent, and nothing stands there")
        self._must(row.fate != Fate.NEVER_SENT or not stands, "called never sent, and it stands there")
        began = [self.entries["answer.intent", row.id, one] for one in range(1, row.attempt + 1)]
        ended = [self.entries["answer.outcome", row.id, one] for one in range(1, row.attempt + 1)]
        wanted = [1] * row.attempt
        self._must(began == wanted, "an attempt without its intent in the log")
        self._must(ended == ([*wanted[1:], 0] if row.state == "SENDING" else wanted), "an attempt without its outcome")

    def chained(self) -> None:
        """What the log gained since the last step hangs on what it said then, and on nothing else."""
        with self.deps.readers.begin() as tx:
            gained = tx.execute(_GAINED, {"size": self.size}).all()
            tail = tx.execute(_TAIL).one()
        for row in gained:
            self.size, self.head = self.size + 1, chain.link(self.head, chain.leaf(row.stored))
            self._must((row.seq, row.chain) == (self.size, self.head), f"the log forks at entry {row.seq}")
            entry = json.loads(row.stored)
            if entry["action"] in {"answer.intent", "answer.outcome"}:
                header = entry["header"]
                self.entries[entry["action"], header["row"], header["attempt"]] += 1
                self.permitted |= {header["send_id"]} if "send_id" in header else set()
        self._must(tuple(tail) == (self.size, self.head), "the log ends elsewhere")

    def verified(self) -> None:
        """The whole log, as the nightly walk reads it."""
        with self.deps.readers.begin() as tx:
            verdict = audit.verify(tx)
        self._must(verdict.broken_at is None, f"the log is broken at {verdict.broken_at}: {verdict.why}")

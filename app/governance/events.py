"""What happened to tickets, as our own record tells it: the only ground of every figure. Nothing is read off a host's counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.governance.reviews import Outcome


class By(StrEnum):
    """Who did it. Only what a customer does says anything about an answer."""

    CUSTOMER = "customer"
    PERSON = "person"  # an agent of the team
    OURS = "countersign"
    RULE = "rule"  # the host's triggers, automations, merges


class Kind(StrEnum):
    """What a customer's message is."""

    PLAIN = "plain"
    THANKS = "thanks"
    MACHINE = "machine"  # out of office, bounces


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ticket began. `follows`: the closed ticket that it is a reply to. `alike`: hashes of subject and order ids."""

    at: datetime
    ticket: str
    requester: str
    category: str | None = None
    follows: str | None = None
    alike: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A public message that is no answer of ours or our team's."""

    at: datetime
    ticket: str
    kind: Kind = Kind.PLAIN
    confused: bool = False  # "that did not answer my question", or the same question again
    wants_manager: bool = False
    by: By = By.CUSTOMER


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The first draft for a message was there for people to see."""

    at: datetime
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A public answer: the unit of every figure. `mode` "own": a person wrote it without a draft of ours.

    `proposal`: ours for the message that it answers; None: we never had that message.
    """

    at: datetime
    ticket: str
    answer: str
    mode: str
    category: str | None = None
    tier: int | None = None
    edited: bool = False  # materially, by a person
    held_out: bool = False  # drawn to stay with people: what auto-send is compared with
    batch: str | None = None
    proposal: str | None = None

    @property
    def label(self) -> str:
        """The mode it counts under."""
        return "held-out" if self.held_out else "draft-edited" if self.edited else self.mode

    @property
    def host(self) -> str:
        """Tickets are named `host:number`."""
        return self.ticket.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The ticket's status changed."""

    at: datetime
    ticket: str
    before: str
    after: str
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """The customer said how satisfied they are; a rating may come without a ticket."""

    at: datetime
    ticket: str | None
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """A person was called in: Escalate pressed, moved to the manager's group, made urgent by a person."""

    at: datetime
    ticket: str
    category: str | None = None
    by: By = By.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Deleted, merged or marked as spam: from here on the ticket tells nothing."""

    at: datetime
    ticket: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What a person made of a draft."""

    at: datetime
    ticket: str
    answer: str
    outcome: Outcome
    mode: str
    category: str | None = None
    tier: int | None = None
    reason: str | None = None


Event = Opened | Message | Drafted | Answered | Status | Rated | Escalated | Removed | Reviewed

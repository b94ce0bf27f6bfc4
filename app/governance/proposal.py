"""Proposal: one customer comment and all that was concluded about it; the one type that travels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Tier(IntEnum):
    """What a message needs: a property of the message, never of the queue."""

    LOOKUP = 1
    JUDGEMENT = 2
    HIGH_STAKES = 3


class Urgency(IntEnum):
    """How soon somebody should look: by consequence, apart from risk and category."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class MachineMail:
    """No person wrote this. `kind`: auto-reply, bounce, list, bulk, calendar, own."""

    kind: str
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Injection:
    """Text that talks to the assistant instead of to us, or that was hidden from human eyes."""

    kind: str
    quote: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """An escalation trigger that fired, with the words that fired it. `by`: words or model."""

    trigger: str
    quote: str
    by: str = "words"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an approved source: id is the source id, `#`, the passage's own."""

    id: str
    title: str
    text: str
    score: float
    audience: str
    language: str
    says: str = ""  # hash of what the whole document said when this was taken from it
    until: datetime | None = None  # holds a customer's own facts, which are good so long; None: the same for everybody

    @property
    def source(self) -> tuple[str, str]:
        """The document it is from: id and language."""
        return self.id.partition("#")[0], self.language

    @property
    def sha256(self) -> str:
        """Bind a draft to the text as it stood when it was used."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a draft and the passages that support it; no source means that a person wrote it."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply nobody has sent. `text` is exactly what the customer would read."""

    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why no draft was written: no-source, sources-contradict, needs-account-data, partly-covered, check-failed,
    tier-3, machine-mail, model-failed.
    """

    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a draft. `sentence` is the index into Draft.sentences, None for the whole."""

    check: str
    text: str
    sentence: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """For people only: a neutral summary and the commitments made so far."""

    text: str
    commitments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redaction:
    """A span of personal data in the customer's text, in characters."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Frozen; each stage returns `replace(proposal, …)` with its fields. None = "that stage has not run"."""

    # who and where
    host: str
    ticket: str
    comment: str  # the customer comment that this answers
    queue: str | None  # the policy's queue; None: no queue of the policy covers this ticket
    subject: str
    requester: str  # the host's id of the requester of record
    cc: tuple[str, ...] = ()  # who else would receive the answer
    participants: tuple[str, ...] = ()  # everybody who was on the ticket already

    # clean
    text: str | None = None  # what is new in the comment; the drafter reads this
    full_text: str | None = None  # with quoted history and attachment names; risk is judged on this
    language: str | None = None
    machine_mail: tuple[MachineMail, ...] | None = None
    injection: tuple[Injection, ...] | None = None
    redactions: tuple[Redaction, ...] | None = None

    # classify
    category: str | None = None  # None with a tier: no category was found
    tier: Tier | None = None  # None: the stage failed or has not run
    judged: Tier | None = None  # the tier before being unsure raised it
    confidence: float | None = None  # calibrated: category right and covered
    urgency: Urgency | None = None
    triggers: tuple[Trigger, ...] | None = None

    # retrieve, draft, check
    passages: tuple[Passage, ...] | None = None
    draft: Draft | None = None
    abstained: Abstention | None = None
    summary: Summary | None = None
    findings: tuple[Finding, ...] | None = None
    corrects: str | None = None  # the category of the answer that this sets right; None: it answers a customer

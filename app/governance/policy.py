"""Policy: the shape of the published document. `governance.document` reads it from TOML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from app.governance.proposal import Tier

BUILT_IN_TRIGGERS = (
    "legal",
    "regulator",
    "safety",
    "selfharm",
    "threat",
    "fraud",
    "takeover",
    "money",
    "press",
    "executive",
    "discrimination",
    "privacy",
    "vulnerable",
    "asks-for-person",
)


class Mode(IntEnum):
    """Who sends: a person, AI after a click, AI by itself."""

    DRAFT = 0
    ASSISTED = 1
    AUTO = 2

    @property
    def label(self) -> str:
        """The word that policy, screen and outputs use."""
        return self.name.lower()


TIER_LIMIT = {Tier.LOOKUP: Mode.AUTO, Tier.JUDGEMENT: Mode.ASSISTED, Tier.HIGH_STAKES: Mode.DRAFT}
"""The most that a tier may ever reach, whatever a document says."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Who answers for what."""

    scope_expansion: tuple[str, ...]
    rollback: str
    log_keeper: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """How old each may grow before auto-send stops."""

    labelled_data: timedelta
    sources: timedelta
    drill: timedelta
    practice: bool = False  # drafts with a planted mistake among the real ones


@dataclass(frozen=True, slots=True)
class Logs:
    """Where the record is and how long it is kept."""

    place: str
    content: timedelta
    decisions: timedelta
    policy: timedelta


@dataclass(frozen=True, slots=True)
class Queue:
    """The tickets that one entry governs. `hosts` as the host names them: `zendesk:group:Support`."""

    name: str
    hosts: tuple[str, ...]
    note_on_offer: bool
    hours: str

    def serves(self, host: str) -> bool:
        """Does it govern anything at that host?"""
        return any(key == host or key.startswith(f"{host}:") for key in self.hosts)


@dataclass(frozen=True, slots=True)
class Category:
    """What a message may be about, and what is allowed then."""

    name: str
    description: str
    examples: tuple[str, ...]
    tier: Tier
    mode: Mode
    ceiling: Mode
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    confidence_floor: float
    hold: timedelta
    per_hour: int
    evidence: str
    queues: tuple[str, ...] = ()  # where it is published; none named: everywhere


@dataclass(frozen=True, slots=True)
class Rule:
    """A row that allows more in some place, or forbids it; an empty list means any. Forbid wins.

    `mode`: allowed up to it, forbidden from it on. `when`: only messages that show all of these signs.
    """

    name: str
    allows: bool
    mode: Mode
    queues: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    when: tuple[str, ...] = ()
    exception: bool = False  # it is known that this meets a row of the other kind
    owner: str = ""
    clause: str = ""  # where this was decided, in words
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who owns a trigger and by when they act. `phrases` extend the built-in ones."""

    trigger: str
    phrases: tuple[str, ...]
    owner: str
    due: timedelta


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody who takes escalations, and when; no hours: at any time."""

    person: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class CannotAnswer:
    """What becomes of a message that no source answers."""

    hands_over: bool
    owner: str
    due: timedelta


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The line that tells a customer that AI wrote this."""

    brand: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class FreezeRule:
    """Which metric freezes at which level."""

    when: str
    baseline: float
    alarm: float


@dataclass(frozen=True, slots=True)
class Notify:
    """Where notices go."""

    mail: tuple[str, ...]
    webhook: str
    digest: str = "weekly"  # of what no source answered: never, daily, weekly


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the document, whole. `sha256` is of the TOML bytes; `version` 0: not published yet."""

    name: str
    owners: Owners
    reviews: Reviews
    logs: Logs
    queues: tuple[Queue, ...]
    categories: tuple[Category, ...]
    escalations: tuple[Escalation, ...]
    cannot_answer: CannotAnswer
    summaries: bool
    disclosures: tuple[Disclosure, ...]
    freezes: tuple[FreezeRule, ...]
    notify: Notify
    sha256: str
    version: int = 0
    rules: tuple[Rule, ...] = ()
    review_by: date | None = None
    roster: tuple[Duty, ...] = ()  # in the order in which an overdue escalation is passed on

    def category(self, name: str | None) -> Category | None:
        """The entry of that name."""
        return next((category for category in self.categories if category.name == name), None)

    def queue(self, name: str | None) -> Queue | None:
        """The entry of that name."""
        return next((queue for queue in self.queues if queue.name == name), None)

    def queue_of(self, keys: tuple[str, ...]) -> Queue | None:
        """The first queue that governs a ticket with these host keys."""
        return next((queue for queue in self.queues if set(queue.hosts) & set(keys)), None)

    def escalation(self, trigger: str) -> Escalation | None:
        """Who owns that trigger; None: nobody was named."""
        return next((entry for entry in self.escalations if entry.trigger == trigger), None)

"""Why automation is frozen, how far, whose it is to cure, and what cures it; the hygiene that lapses by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.governance.decision import Freeze
from app.governance.rehearsal import NEVER, Rehearsed


class Kind(StrEnum):
    """What a freeze is about. Hygiene lifts itself when it is cured, every other kind takes two people."""

    POLICY_OVERDUE = "policy-overdue"
    LABELS_OVERDUE = "labels-overdue"
    DRILL_OVERDUE = "drill-overdue"
    DATA_GAP = "data-gap"
    LOG_UNVERIFIED = "log-unverified"
    OWNER_LEFT = "owner-left"
    GUARDRAIL = "guardrail"
    WIDER = "wider-than-quality"
    HOLD_OUT = "hold-out"
    BREAKER = "rate-breaker"
    ANOMALY = "provider-anomaly"
    CRITICAL = "critical"
    PATTERN = "failure-pattern"
    PERSON = "person"


HYGIENE = frozenset(
    (Kind.POLICY_OVERDUE, Kind.LABELS_OVERDUE, Kind.DRILL_OVERDUE, Kind.DATA_GAP, Kind.LOG_UNVERIFIED, Kind.OWNER_LEFT)
)
LEVELS = {Freeze.AUTO_OFF: "auto-off", Freeze.DRAFT_ONLY: "draft-only"}
_LEAST = {Kind.CRITICAL: Freeze.DRAFT_ONLY, Kind.PATTERN: Freeze.DRAFT_ONLY}
_CURES = {
    Kind.POLICY_OVERDUE: "Review the policy and publish it with the next review day.",
    Kind.LABELS_OVERDUE: "Review a few drafts of this category.",
    Kind.DRILL_OVERDUE: "Rehearse the stop.",
    Kind.DATA_GAP: "Get the connection going again: no news is not good news.",
    Kind.LOG_UNVERIFIED: "Verify the log: `countersign audit verify`, and keep the clock process running.",
    Kind.OWNER_LEFT: "Name somebody who works here as `rollback` in the policy.",
    Kind.GUARDRAIL: "Find out why more customers came back, and mend it.",
    Kind.WIDER: "Find out why quality fell while auto-send grew.",
    Kind.HOLD_OUT: "Find out why the control group is not drawn as it should be.",
    Kind.BREAKER: "Find out why so many replies went to one place at once.",
    Kind.ANOMALY: "Find out what is wrong at the provider.",
    Kind.CRITICAL: "Find out how this could happen, tell whom it concerns, and mend it.",
    Kind.PATTERN: "Close the failure pattern.",
    Kind.PERSON: "Ask whoever froze it.",
}


def least(kind: Kind) -> Freeze:
    """How far this kind freezes at least. A caller may freeze further, never less."""
    return _LEAST.get(kind, Freeze.AUTO_OFF)


def cure(kind: Kind) -> str:
    """What to do about it."""
    return _CURES[kind]


def lifting(kind: Kind) -> str:
    """Who ends it."""
    return "It lifts itself once that is done." if kind in HYGIENE else "Then two admins lift it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What hygiene looks at. Each default is the cautious side."""

    now: datetime
    review_by: date | None = None  # none: a finding of the policy says so
    rehearsed: Rehearsed = NEVER
    silent: Sequence[str] = ("events: nobody looked",)  # what should report and does not, in words
    verified_at: datetime | None = None
    running_since: datetime | None = None
    owner: str = ""
    owner_is_here: bool = False
    unlabelled: Sequence[str] = ()  # categories whose drafts nobody reviewed for too long


Lapse = tuple[Kind, str | None, str]
"""Kind, category (None: everything), and the cause in words."""
_DAY = timedelta(hours=24)


def lapsed(health: Health) -> tuple[Lapse, ...]:
    """What hygiene lacks now. Empty: every freeze of that kind may lift itself."""
    return tuple(_lapsed(health))


def _lapsed(health: Health) -> Iterator[Lapse]:
    if health.review_by is not None and health.now.date() > health.review_by:
        yield Kind.POLICY_OVERDUE, None, f"the policy was to be reviewed by {health.review_by.isoformat()}"
    if (late := health.rehearsed.overdue(health.now)) is not None:
        yield Kind.DRILL_OVERDUE, None, late
    if health.silent:
        yield Kind.DATA_GAP, None, f"no news from {', '.join(health.silent)}"
    proved = health.verified_at or health.running_since
    if proved is None or health.now - proved > _DAY:
        yield Kind.LOG_UNVERIFIED, None, "the log was not verified for over 24 hours"
    if not health.owner_is_here:
        yield Kind.OWNER_LEFT, None, f"{health.owner or 'nobody'} owns the stop, and does not answer here"
    for category in health.unlabelled:
        yield Kind.LABELS_OVERDUE, category, "nobody reviewed a draft of it for too long"

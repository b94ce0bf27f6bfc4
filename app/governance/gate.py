"""The gate: six lines between a category and auto-send, three outcomes, one next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from app.governance.evidence import NEVER, Bar, adjusted, is_futile, lower_bound
from app.governance.reviews import EvidencePlan, Tally


class Gate(StrEnum):
    """INCONCLUSIVE is never a pass and never a failure: go on reviewing."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the gate asks of the world beside the reviews. Each default is the cautious side."""

    now: datetime
    fingerprint: str = ""
    patterns: tuple[str, ...] | None = None  # known failure patterns still open; None: no list is kept
    contradictions: int | None = None  # open findings on the policy; None: it was not checked
    rollback_owner: str = ""
    drilled_at: datetime | None = None
    drill_every: timedelta = timedelta(days=90)
    cannot_answer: bool = False
    critical: int | None = None  # critical events under this plan; None: not counted
    caught: int = 0  # practice drafts that reviewers caught
    seeded: int = 0  # practice drafts that they were shown


@dataclass(frozen=True, slots=True)
class Line:
    """One of the six. `words`: what is missing first, or that it is done; `details`: all that is looked at."""

    name: str
    done: bool
    words: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a category stands. `next_step` None: nothing is missing. `needed`: good reviews, if none fails."""

    outcome: Gate
    lines: tuple[Line, ...]
    next_step: str | None
    needed: int
    bound: float
    tally: Tally
    bar: Bar  # what the reviews have to prove, and did or did not


Check = tuple[bool, str, str]
"""Is it done; what is said then; what is missing otherwise."""

FIRST = ("patterns", "contradictions", "reviews", "days", "owner", "cannot-answer")
"""What to do first: no review helps while a known failure is open, and days pass by themselves."""


def gate(plan: EvidencePlan, tally: Tally, now: Standing) -> Verdict:
    """PASS needs every line; FAIL is a critical event or a rate that more reviews cannot mend; else INCONCLUSIVE."""
    bar = bar_of(plan, now)
    lines = missing_evidence(plan, tally, now)
    why = _failure(plan, tally, now)
    outcome = Gate.FAIL if why else Gate.PASS if all(line.done for line in lines) else Gate.INCONCLUSIVE
    missing = {line.name: line.words for line in lines if not line.done}
    step = why or next((missing[name] for name in FIRST if name in missing), None)
    bound = lower_bound(tally.good, tally.failed, plan.alpha)
    return Verdict(outcome, lines, step, _needed(plan, tally, bar), bound, tally, bar)


def bar_of(plan: EvidencePlan, now: Standing) -> Bar:
    """What the plan promised, raised when practice drafts showed how much reviewers miss."""
    bar = Bar(plan.p0, plan.alpha)
    return adjusted(bar, now.caught, now.seeded) if plan.practice and now.seeded >= plan.practice else bar


def _needed(plan: EvidencePlan, tally: Tally, bar: Bar) -> int:
    return max(bar.needed(tally.good, tally.failed), plan.floor - tally.counted)


def _failure(plan: EvidencePlan, tally: Tally, now: Standing) -> str | None:
    if now.critical:
        return "Something happened that never must: find the cause, then start a new plan."
    if is_futile(tally.good, tally.failed, plan.p0, plan.alpha):
        return f"Stop reviewing and fix the drafts: {tally.failed} of {tally.counted} failed, too many to pass."
    return None


def missing_evidence(plan: EvidencePlan, tally: Tally, now: Standing) -> tuple[Line, ...]:
    """The six lines, each done or with what is missing in words."""
    return (
        _line("days", *_days(plan, tally, now)),
        _line("reviews", *_reviews(plan, tally, now)),
        _line("patterns", *_patterns(now)),
        _line("contradictions", _contradictions(now)),
        _line("owner", *_owner(now)),
        _line("cannot-answer", (now.cannot_answer, "a rule says what happens without a source", _NO_RULE)),
    )


_NO_RULE = "publish a rule for what the sources cannot answer"


def _line(name: str, *checks: Check) -> Line:
    said = [done if ok else missing for ok, done, missing in checks]
    open_ones = [missing for ok, _, missing in checks if not ok]
    words = open_ones[0] if open_ones else said[0]
    return Line(name, not open_ones, f"{words[0].upper()}{words[1:]}.", tuple(said))


def _days(plan: EvidencePlan, tally: Tally, now: Standing) -> list[Check]:
    left = plan.days - tally.days
    fresh = tally.newest is not None and now.now - tally.newest <= plan.fresh
    days = f"{tally.days} days with reviews"
    return [
        (left <= 0, days, f"{_more(left, 'day')} with reviews needed ({tally.days} of {plan.days})"),
        (fresh, "reviews are recent", f"no review in the last {plan.fresh.days} days"),
    ]


def _reviews(plan: EvidencePlan, tally: Tally, now: Standing) -> list[Check]:
    bar = bar_of(plan, now)
    same = bool(plan.fingerprint) and plan.fingerprint == now.fingerprint
    return [
        (same, "counted for the drafts as they are made today", _CHANGED),
        _enough(plan, tally, bar),
        _at_least(tally.customers, plan.customers, "customer"),
        _at_least(tally.reviewers, plan.reviewers, "reviewer"),
        _spread(plan, tally),
        _at_least(tally.doubled, ceil(plan.doubled_share * tally.counted), "second review"),
        (not tally.disputed, "no disagreement is open", f"{_count(len(tally.disputed), 'disagreement')} to settle"),
        (
            now.seeded >= plan.practice,
            "reviewers were tested" if plan.practice else "reviewers not tested",
            f"{_more(plan.practice - now.seeded, 'practice draft')} needed",
        ),
    ]


_CHANGED = "model, prompts, rules or sources changed, so counting starts anew"


def _enough(plan: EvidencePlan, tally: Tally, bar: Bar) -> Check:
    needed = _needed(plan, tally, bar)
    reached = bar.reached(tally.good, tally.failed) and tally.counted >= plan.floor
    allowed = f"at most 1 in {round(1 / (1 - plan.p0))} may need correcting"
    missing = f"{_more(needed, 'good review')} needed; {allowed}"
    if needed >= NEVER:
        missing = "reviewers miss too many bad drafts for any number of reviews to count"
    return reached, f"{tally.good} of {tally.counted} reviewed drafts were good", missing


def _at_least(have: int, wanted: int, what: str) -> Check:
    return have >= wanted, _count(have, what), f"{_more(wanted - have, what)} needed ({have} of {wanted})"


def _spread(plan: EvidencePlan, tally: Tally) -> Check:
    most = plan.reviewer_share * tally.counted
    words = f"one person did {tally.busiest} of {tally.counted} reviews; at most {plan.reviewer_share:.0%} may be one's"
    return tally.busiest <= most, "nobody did too many of the reviews", words


def _patterns(now: Standing) -> list[Check]:
    known = now.patterns is not None
    names = ", ".join(now.patterns or ())
    return [
        (known, "a list of known failure patterns is kept", "start a list of known failure patterns"),
        (not now.patterns, "no known failure pattern is open", f"close known failure patterns: {names}"),
        (now.critical is not None, "no critical event", "critical events were not counted"),
    ]


def _contradictions(now: Standing) -> Check:
    if now.contradictions is None:
        return False, "", "the policy was not checked for contradictions"
    words = f"{_count(now.contradictions, 'open contradiction')} in the policy"
    return now.contradictions == 0, "the policy has no open contradiction", f"resolve {words}"


def _owner(now: Standing) -> list[Check]:
    named = bool(now.rollback_owner)
    drilled = now.drilled_at is not None and now.now - now.drilled_at <= now.drill_every
    late = "rehearse a rollback" + (f": the last was over {now.drill_every.days} days ago" if now.drilled_at else "")
    return [
        (named, f"rollback owner: {now.rollback_owner}", "name who owns the rollback"),
        (drilled, "a rollback was rehearsed", late),
    ]


def _more(number: int, what: str) -> str:
    return f"{number} more {what}{'' if number == 1 else 's'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"

"""Guardrails: what became of the answers that went by themselves is watched, and whatever crosses a line narrows at once.

They only ever narrow, and say why in words. Widening again is for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.governance.drift import LIMIT, Cusum, Window, is_demoted, wider_than_quality_allows
from app.governance.freezing import Kind
from app.governance.metrics import LAG, WINDOWS, History, Judged
from app.governance.policy import FreezeRule, Policy
from app.governance.ramp import LEAST_SHARE, LEAST_WEEKLY, Step, hold_out_share, is_skewed

USUAL = (FreezeRule("reopened", 0.05, 0.10), FreezeRule("recontact", 0.05, 0.10), FreezeRule("confusion", 0.02, 0.05))
"""Watched even where the policy says nothing of them; its own word replaces these."""
MEMORY = timedelta(days=180)
"""So far back an alarm looks: longer than any of its numbers can matter."""
WEEK = timedelta(days=7)
RISES = 60
"""So many of an alarm's bad answers are told one by one."""
SETTLED = timedelta(hours=1)
"""Until then an answer may be seen on its ticket before we have written down what it was."""
MATURE = max(WINDOWS.values()) + LAG
SAID = {
    "reopened": "customers reopened their ticket",
    "recontact": "customers came back",
    "confusion": "customers said that the answer did not help",
    "escalation": "customers or agents called for a manager",
}
_COMPARED = ("reopened", "confusion", "escalation")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A line that was crossed. `category` None: everything. `seen`: the whole numbers that it stands on."""

    kind: Kind
    category: str | None
    words: str
    seen: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Draw:
    """What the hold-out's draw kept back last week, at one step all the time; and how many it drew from the week before."""

    step: Step
    kept: int
    of: int
    before: int


Cleared = Mapping[tuple[Kind, str | None], datetime]
"""(kind, category) → when two people last lifted it. What happened before that was answered for, and rings no more."""


@dataclass(frozen=True, slots=True)
class Rise:
    """An answer that turned out badly, and how high the sum stood with it."""

    number: int  # in the order of sending
    at: datetime
    level: float
    proposal: str | None


@dataclass(frozen=True, slots=True)
class Watch:
    """How one metric of one category stands against its alarm."""

    metric: str
    bad: int
    of: int
    filled: int  # per cent of the way to the alarm; 100: it rings
    words: str
    levels: tuple[float, ...] = ()  # of its sum, answer by answer, until it rang
    heard: int = 0  # how many answers those are of
    rises: tuple[Rise, ...] = ()  # the newest, the latest last

    @property
    def rings(self) -> bool:
        """It crossed its line."""
        return self.filled >= 100


def alarms(
    policy: Policy, history: History, cleared: Cleared, now: datetime, draws: Mapping[str, Draw] | None = None
) -> tuple[Alarm, ...]:
    """All that rings now. Alarms do not take themselves back: once rung, it rings until somebody lifts it."""
    skewed = (_skewed(name, draw) for name, draw in (draws or {}).items())
    return (*_alarms(policy, history, cleared, now), *(alarm for alarm in skewed if alarm))


def _alarms(policy: Policy, history: History, cleared: Cleared, now: datetime) -> Iterator[Alarm]:
    yield from _critical(history, cleared, now)
    for category in policy.categories:
        mine = [one for one in history.judged if one.answer.category == category.name]
        for watch in watches(policy, mine, cleared.get((Kind.GUARDRAIL, category.name))):
            if watch.rings:
                seen: dict[str, int | str] = {"metric": watch.metric, "bad": watch.bad, "of": watch.of}
                yield Alarm(Kind.GUARDRAIL, category.name, watch.words, seen)
        yield from _wider(category.name, mine, cleared.get((Kind.WIDER, category.name)), now)


# --- drift -------------------------------------------------------------------------------------------------------------


def rules(policy: Policy) -> tuple[FreezeRule, ...]:
    """The policy's own lines, and the usual ones where it draws none."""
    own = {rule.when for rule in policy.freezes}
    return (*policy.freezes, *(rule for rule in USUAL if rule.when not in own))


def watches(policy: Policy, judged: Sequence[Judged], since: datetime | None) -> list[Watch]:
    """Of one category's answers, those that went by themselves; what was told before `since` is forgotten."""
    alone = [one for one in judged if one.answer.mode == "auto"]
    return [watch(rule, alone, since) for rule in rules(policy)] if alone else []


def watch(rule: FreezeRule, alone: Sequence[Judged], since: datetime | None) -> Watch:
    """A rule that cannot be computed rings: a guardrail that nobody can read protects nobody."""
    told = sorted(
        (one for one in alone if rule.when not in one.out), key=lambda one: (one.answer.at, one.answer.answer)
    )
    fresh = [one for one in told if since is None or one.answer.at > since]
    outcomes = [rule.when in one.bad for one in fresh]
    bad, of = sum(outcomes), len(outcomes)
    if not 0 < rule.baseline < rule.alarm < 1:
        return Watch(rule.when, bad, of, 100, f"the line for “{rule.when}” cannot be computed: mend the policy")
    levels = _levels(rule, outcomes)
    filled = 100 if _is_demoted(rule, fresh) else _filled(levels)
    words = f"more {SAID[rule.when]} than usual ({bad} of {of} automatic answers, usual is {rule.baseline:.0%})"
    return Watch(rule.when, bad, of, filled, words, levels, len(levels), tuple(_rises(rule, fresh, levels))[-RISES:])


def _rises(rule: FreezeRule, fresh: Sequence[Judged], levels: Sequence[float]) -> Iterator[Rise]:
    for number, (one, level) in enumerate(zip(fresh, levels, strict=False), 1):  # no level after it rang
        if rule.when in one.bad:
            yield Rise(number, one.answer.at, level, one.answer.proposal)


def _levels(rule: FreezeRule, outcomes: Sequence[bool]) -> tuple[float, ...]:
    """The sum, in the order of sending: an answer turns bad the moment it does, and is good so far. It stops where it rings.

    Were the good ones heard only when their windows close, every step that sends more would ring: a week of bad news
    and no good.
    """
    cusum, levels = Cusum(rule.baseline, rule.alarm), []
    for was_bad in outcomes:
        cusum = cusum.after(was_bad)
        levels.append(cusum.level)
        if cusum.rings:
            break
    return tuple(levels)


def _filled(levels: Sequence[float]) -> int:
    """How near the sum came to its limit."""
    return min(100, int(100 * levels[-1] / LIMIT)) if levels else 0


def _is_demoted(rule: FreezeRule, fresh: Sequence[Judged]) -> bool:
    """Evidence, of closed windows only: what may still turn bad proves nothing good."""
    bad = 0
    for number, one in enumerate((one for one in fresh if rule.when not in one.young), 1):
        bad += rule.when in one.bad
        if is_demoted(bad, number, rule.baseline):
            return True
    return False


# --- volume up, quality down -------------------------------------------------------------------------------------------


def _wider(category: str, judged: Sequence[Judged], since: datetime | None, now: datetime) -> Iterator[Alarm]:
    """Two adjacent weeks, both mature: more went by itself, and more turned out badly. Compared once a week, no oftener."""
    end = monday(now - MATURE)
    before, after = (_window(judged, end - n * WEEK) for n in (2, 1))
    if since is not None and since > end - WEEK:
        return  # two people looked into these weeks
    for metric in wider_than_quality_allows(before, after):
        (b0, n0), (b1, n1) = before.bad[metric], after.bad[metric]
        words = (
            f"auto-send grew from {before.sent_by_itself} to {after.sent_by_itself} answers a week, and more "
            f"{SAID[metric]} ({b1} of {n1}; {b0} of {n0} the week before)"
        )
        yield Alarm(
            Kind.WIDER, category, words, {"metric": metric, "bad": b1, "of": n1, "bad_before": b0, "of_before": n0}
        )


def _window(judged: Sequence[Judged], start: datetime) -> Window:
    """Everything of ours that week, whoever sent it: quality must not fall as the machine's share grows."""
    mine = [one for one in judged if start <= one.answer.at < start + WEEK and one.answer.mode != "own"]
    told = {metric: [one for one in mine if metric not in one.out] for metric in _COMPARED}
    return Window(
        sent_by_itself=sum(one.answer.mode == "auto" for one in mine),
        bad={metric: (sum(metric in one.bad for one in found), len(found)) for metric, found in told.items() if found},
    )


# --- the draw ----------------------------------------------------------------------------------------------------------


def last_week(now: datetime) -> datetime:
    """The Monday with which the last whole week began."""
    return monday(now) - WEEK


def monday(moment: datetime) -> datetime:
    """The midnight with which its week began, in UTC."""
    day = moment.astimezone(UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=day.weekday())


def _skewed(category: str, draw: Draw) -> Alarm | None:
    """Only in weeks so full that the share to keep back was the same all the time."""
    share = hold_out_share(draw.step, min(draw.of, draw.before))
    if min(draw.of, draw.before) * LEAST_SHARE < LEAST_WEEKLY or not is_skewed(draw.kept, draw.of, share):
        return None
    words = f"the draw that keeps {share:.0%} back kept {draw.kept} of {draw.of}: chance hardly ever does that"
    return Alarm(Kind.HOLD_OUT, category, words, {"kept": draw.kept, "of": draw.of})


# --- the unthinkable ---------------------------------------------------------------------------------------------------


def _critical(history: History, cleared: Cleared, now: datetime) -> Iterator[Alarm]:
    """What went by itself and was no look-up. Nothing should let it through, so everything stops if it did."""
    since = cleared.get((Kind.CRITICAL, None))
    alone = [one.answer for one in history.judged if one.answer.mode == "auto"]
    found = [
        answer
        for answer in alone
        if answer.tier != 1
        and (answer.tier is not None or now - answer.at > SETTLED)
        and (since is None or answer.at > since)
    ]
    if found:
        words = f"{len(found)} {'answer' if len(found) == 1 else 'answers'} above tier 1 went out without a person"
        yield Alarm(Kind.CRITICAL, None, words, {"answers": len(found)})

"""The board: what became of the answers, category by category, as a lead reads it in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.deps import Deps
from app.governance import guardrails
from app.governance.freezing import Kind
from app.governance.guardrails import Watch
from app.governance.metrics import History, Judged, judge
from app.governance.policy import Policy
from app.governance.rates import Figures, compared, figures
from app.governance.reviews import Outcome
from app.metrics import MODES
from app.store import events, freezes, policies

WEEK = timedelta(weeks=1)
SHOWN = ("recontact", "reopened", "confusion", "escalation")
WATCHED = (Kind.GUARDRAIL, Kind.WIDER, Kind.CRITICAL)


@dataclass(frozen=True, slots=True)
class Line:
    """One way in which answers of a category went out."""

    mode: str
    words: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Group:
    """One category. `beside`: auto-send against what was held back in the same weeks, in words; empty without auto-send."""

    category: str | None
    in_policy: bool
    lines: tuple[Line, ...]
    beside: tuple[str, ...]
    watches: tuple[Watch, ...]
    frozen: tuple[str, ...]  # causes, of the guardrails' own freezes
    reviews: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page, and from when to when."""

    since: datetime
    now: datetime
    groups: tuple[Group, ...]
    weeks: Mapping[tuple[object, ...], Figures]  # (week, category, mode)
    caught: int
    unplaced: int


def board(deps: Deps, weeks: int) -> Board:
    """Of that many weeks, judged as of now."""
    now = deps.clock.now()
    since = now - timedelta(weeks=weeks)
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        history = judge(events.read(tx, deps.keys, min(since, now - guardrails.MEMORY)), now)
        open_ones = [one for one in freezes.still_open(tx) if one.kind in WATCHED]
        cleared = freezes.lifted(tx)
    causes = {
        name: tuple(one.cause for one in open_ones if one.category in {None, name}) for name in _names(history, policy)
    }
    shown = history.since(since)
    groups = [_group(name, policy, shown, history, cleared, why) for name, why in causes.items()]
    return Board(
        since=since,
        now=now,
        groups=tuple(group for group in groups if group.lines or group.reviews or group.frozen),
        weeks=dict(reversed(figures(shown, ("cohort", "category", "mode")).items())),
        caught=len(shown.caught),
        unplaced=shown.unplaced,
    )


def behind(deps: Deps, monday: datetime, mode: str, category: str | None) -> list[Judged]:
    """The answers of that week that went out in that way, the newest first; None: of every category."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        found = judge(events.read(tx, deps.keys, min(monday, now - guardrails.MEMORY)), now).judged
    mine = [
        one
        for one in found
        if monday <= one.answer.at < monday + WEEK
        and one.answer.label == mode
        and category in {None, one.answer.category}
    ]
    return sorted(mine, key=lambda one: one.answer.at, reverse=True)


def _names(history: History, policy: Policy | None) -> list[str | None]:
    """The policy's own first, in its order; then those of the past; then what had none."""
    known: list[str | None] = [category.name for category in policy.categories] if policy else []
    past = {one.answer.category for one in history.judged} | {one.category for one in history.reviewed}
    return [
        *known,
        *sorted(name for name in past if name is not None and name not in known),
        *([None] if None in past else []),
    ]


def _group(
    name: str | None,
    policy: Policy | None,
    shown: History,
    whole: History,
    cleared: guardrails.Cleared,
    frozen: tuple[str, ...],
) -> Group:
    mine = shown.of(name)
    alone = whole.of(name).judged
    return Group(
        category=name,
        in_policy=policy is not None and policy.category(name) is not None,
        lines=tuple(_lines(mine)),
        beside=tuple(compared(mine.judged, metric) for metric in SHOWN) if any(_is_auto(mine)) else (),
        watches=tuple(guardrails.watches(policy, alone, cleared.get((Kind.GUARDRAIL, name)))) if policy else (),
        frozen=frozen,
        reviews=dict(Counter(one.outcome for one in mine.reviewed)),
    )


def _is_auto(history: History) -> Iterator[bool]:
    return (one.answer.mode == "auto" for one in history.judged)


def _lines(history: History) -> Iterator[Line]:
    found = {key[0]: group for key, group in figures(history).items()}
    for mode, words in MODES.items():
        if mode in found:
            yield Line(mode, words, found[mode])

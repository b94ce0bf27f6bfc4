"""The board: what became of the answers, category by category, as a lead reads it in one table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.deps import Deps
from app.governance import guardrails
from app.governance.freezing import Kind
from app.governance.guardrails import Watch
from app.governance.metrics import History, judge
from app.governance.policy import Policy
from app.governance.rates import Figures, compared, figures
from app.governance.reviews import Outcome
from app.metrics import MODES
from app.store import boards, events, freezes, policies

WEEK = timedelta(weeks=1)
SHOWN = ("recontact", "reopened", "confusion", "escalation")
TIMED = ("draft", "first")
DRAWN = (*SHOWN, *TIMED)
SPANS = (4, 13, 26)  # weeks that one may ask for
QUICK = 0.3  # seconds: what takes no longer is counted when it is asked for
STALE, _RARELY = timedelta(hours=1), 40
_PEAKS = 299  # of an alarm: more than the eye tells apart
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
    together: Mapping[tuple[object, ...], Figures]  # (week, mode): a median cannot be added up
    caught: int
    unplaced: int

    def drawn(self, category: str | None) -> dict[tuple[str, str], Figures]:
        """(week, mode) → its figures, of that category; None: of all together."""
        if category is None:
            return {(str(week), str(mode)): one for (week, mode), one in self.together.items()}
        return {(str(week), str(mode)): one for (week, its, mode), one in self.weeks.items() if its == category}


_KEPT = boards.Boards(Board)


def board(deps: Deps, weeks: int) -> Board:
    """Of that many weeks, as the clock counted it; where that is quick, or long ago, counted now. Freezes are always read now."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        found = _last(tx, weeks, now) or _counted(
            _history(tx, deps, weeks, now), policy, freezes.lifted(tx), weeks, now
        )
        open_ones = [one for one in freezes.still_open(tx) if one.kind in WATCHED]
    groups = [_as_it_stands(group, policy, open_ones) for group in found.groups]
    return replace(found, groups=tuple(group for group in groups if group.lines or group.reviews or group.frozen))


def count(deps: Deps, read: History | None = None, began: float | None = None) -> None:
    """All that the page may be asked for, from one reading; the clock's work. `read`: that, and since when it was at it."""
    now, began = deps.clock.now(), time.monotonic() if began is None else began
    with deps.readers.begin() as tx:
        policy, cleared = policies.in_force(tx, now), freezes.lifted(tx)
        history = read or _history(tx, deps, max(SPANS), now)
    found = {weeks: _counted(history, policy, cleared, weeks, now) for weeks in SPANS}
    took = time.monotonic() - began
    with deps.engine.begin() as tx:
        for weeks, one in found.items():
            _KEPT.keep(tx, weeks, boards.Counted(now, took, one))


def _last(tx: Connection, weeks: int, now: datetime) -> Board | None:
    """None: counting it anew takes no time, or nobody counts any more."""
    kept = _KEPT.last(tx, weeks)
    if kept is None or kept.seconds < QUICK or now - kept.at > max(STALE, _RARELY * timedelta(seconds=kept.seconds)):
        return None
    return kept.board


def _history(tx: Connection, deps: Deps, weeks: int, now: datetime) -> History:
    return judge(events.read(tx, deps.keys, min(_begin(weeks, now), now - guardrails.MEMORY)), now)


def earliest(now: datetime) -> datetime:
    """As far back as answers are counted at all."""
    return min(_begin(max(SPANS), now), now - guardrails.MEMORY)


def _begin(weeks: int, now: datetime) -> datetime:
    """With a whole week: a point tells of all the answers behind it."""
    return guardrails.monday(now - weeks * WEEK)


def _counted(history: History, policy: Policy | None, cleared: guardrails.Cleared, weeks: int, now: datetime) -> Board:
    since = _begin(weeks, now)
    shown = history.since(since)
    return Board(
        since=since,
        now=now,
        groups=tuple(_group(name, policy, shown, history, cleared) for name in _names(history, policy)),
        weeks=dict(reversed(figures(shown, ("cohort", "category", "mode")).items())),
        together=figures(shown, ("cohort", "mode")),
        caught=len(shown.caught),
        unplaced=shown.unplaced,
    )


def _as_it_stands(group: Group, policy: Policy | None, open_ones: Sequence[freezes.Frozen]) -> Group:
    """With what is known without counting."""
    causes = tuple(one.cause for one in open_ones if one.category in {None, group.category})
    return replace(group, in_policy=policy is not None and policy.category(group.category) is not None, frozen=causes)


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
) -> Group:
    mine = shown.of(name)
    alone = whole.of(name).judged
    watches = guardrails.watches(policy, alone, cleared.get((Kind.GUARDRAIL, name))) if policy else []
    return Group(
        category=name,
        in_policy=False,
        lines=tuple(_lines(mine)),
        beside=tuple(compared(mine.judged, metric) for metric in SHOWN) if any(_is_auto(mine)) else (),
        watches=tuple(replace(watch, levels=_peaks(watch.levels)) for watch in watches),
        frozen=(),
        reviews=dict(Counter(one.outcome for one in mine.reviewed)),
    )


def _peaks(levels: tuple[float, ...]) -> tuple[float, ...]:
    """As many as a picture has room for: of each stretch the highest."""
    step = -(-len(levels) // _PEAKS)
    return levels if step < 2 else tuple(max(levels[at : at + step]) for at in range(0, len(levels), step))


def _is_auto(history: History) -> Iterator[bool]:
    return (one.answer.mode == "auto" for one in history.judged)


def _lines(history: History) -> Iterator[Line]:
    found = {key[0]: group for key, group in figures(history).items()}
    for mode, words in MODES.items():
        if mode in found:
            yield Line(mode, words, found[mode])

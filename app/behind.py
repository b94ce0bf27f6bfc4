"""Behind: the messages that a point of a chart counts, those first that one would ask about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import board
from app.deps import Deps
from app.governance.metrics import Judged, judge
from app.store import events

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Point:
    """Which one: the answers of the week that begins on that Monday, sent in that way. `category` None: of all."""

    metric: str
    monday: datetime
    mode: str
    category: str | None

    def counts(self, one: Judged) -> bool:
        """Is that answer one of them?"""
        mine = self.monday <= one.answer.at < self.monday + board.WEEK and one.answer.label == self.mode
        known = self.metric not in board.TIMED or one.first_after is not None
        return mine and known and self.category in {None, one.answer.category}

    def took(self, one: Judged) -> timedelta | None:
        """Of a chart of times: how long; None: not known."""
        return one.drafted_after if self.metric == "draft" else one.first_after

    def place(self, one: Judged) -> tuple[object, ...]:
        """What turned out badly, or took longest, first; then the newest."""
        took = self.took(one) or timedelta() if self.metric in board.TIMED else timedelta()
        return self.metric in one.bad, took, one.answer.at


def behind(deps: Deps, point: Point) -> list[Judged]:
    """All of them, as the charts judge them, read from their own tickets alone: a year is not counted for one week."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        found = events.of_week(tx, deps.keys, min(point.monday, board.earliest(now)), point.monday)
    mine = [one for one in judge(found, now).judged if point.counts(one)]
    return sorted(mine, key=point.place, reverse=True)


def rows(found: Sequence[Judged], point: Point) -> Iterator[tuple[str | int, ...]]:
    """The same for a spreadsheet."""
    timed = point.metric in board.TIMED
    yield ("sent at", "category", "after (s)" if timed else "went wrong", "message")
    for one in found:
        took = point.took(one)
        seconds = "" if took is None else int(took.total_seconds())
        yield (one.answer.at.isoformat(), one.answer.category or "", seconds if timed else _said(one, point.metric), one.answer.proposal or "")  # fmt: skip


def _said(one: Judged, metric: str) -> str:
    if metric in one.bad:
        return "yes"
    return "cannot be told" if metric in one.out else "not so far" if metric in one.young else "no"

"""Timelines: small histories in plain words. Reads one file into events and into what was computed by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.governance.events import (
    Answered,
    By,
    Escalated,
    Event,
    Kind,
    Message,
    Opened,
    Rated,
    Removed,
    Status,
)

FOLDER = Path(__file__).parent / "timelines"
STARTED = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
WHO = {"customer": By.CUSTOMER, "agent": By.PERSON, "person": By.PERSON, "rule": By.RULE, "countersign": By.OURS}
SAYS = {
    "customer writes": {},
    "customer thanks": {"kind": Kind.THANKS},
    "customer is confused": {"confused": True},
    "customer wants a manager": {"wants_manager": True},
    "machine writes": {"kind": Kind.MACHINE},
    "rule writes": {"by": By.RULE},
}
LINE = re.compile(r"day (\d+) (\d\d):(\d\d)  (\S+)  (.+)")
LOOK = re.compile(r"look on day (\d+)(?: (\d\d):(\d\d))?(?: window (\d+))?")


@dataclass
class Timeline:
    """One file: its first line says what it shows."""

    title: str
    events: list[Event] = field(default_factory=list)
    now: datetime = STARTED
    window: timedelta | None = None
    expected: list[str] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)


def read(path: Path) -> Timeline:
    """Events before the line `look on`, what must come out after it."""
    title, *lines = path.read_text(encoding="utf-8").splitlines()
    timeline = Timeline(title.removeprefix("# "))
    for line in lines:
        if found := LINE.fullmatch(line):
            day, hour, minute, ticket, words = found.groups()
            at = moment(day, hour, minute)
            name = None if ticket == "-" else ticket if ":" in ticket else f"zendesk:{ticket}"
            timeline.events.append(_event(timeline, at, name, words))
        elif look := LOOK.fullmatch(line):
            timeline.now = moment(look[1], look[2] or "12", look[3] or "0")
            timeline.window = timedelta(days=int(look[4])) if look[4] else None
        else:
            timeline.expected.append(line)
    return timeline


def moment(day: str, hour: str, minute: str) -> datetime:
    return STARTED + timedelta(days=int(day), hours=int(hour), minutes=int(minute))


def _event(timeline: Timeline, at: datetime, ticket: str | None, words: str) -> Event:
    if words.startswith("rated "):
        return Rated(at=at, ticket=ticket, good=words == "rated good")
    assert ticket is not None, words
    if words in SAYS:
        return Message(at=at, ticket=ticket, **SAYS[words])
    if words.startswith("opened by "):
        return _opened(at, ticket, words.split()[2], words)
    if words.startswith("answer "):
        return _answered(at, ticket, *words.split()[1:3], words)
    return _act(timeline, at, ticket, words)


def _answered(at: datetime, ticket: str, name: str, mode: str, words: str) -> Answered:
    marks = {"edited": "edited" in words, "held_out": "held out" in words}
    return Answered(at=at, ticket=ticket, answer=name, mode=mode, category="delivery", tier=1, **marks)


def _act(timeline: Timeline, at: datetime, ticket: str, words: str) -> Event:
    match words.split():
        case ["escalated", "by", who]:
            return Escalated(at=at, ticket=ticket, by=WHO[who])
        case ["removed", "as", how]:
            return Removed(at=at, ticket=ticket, how=how)
        case [after, "by", who, *more]:
            before = more[1] if more else timeline.status.get(ticket, "new")
            timeline.status[ticket] = after
            return Status(at=at, ticket=ticket, before=before, after=after, by=WHO[who])
    raise ValueError(words)


def _opened(at: datetime, ticket: str, requester: str, more: str) -> Opened:
    about, follows = re.search(r"about (\S+)", more), re.search(r"following (\S+)", more)
    alike = re.search(r"like (.+)", more)
    return Opened(
        at=at,
        ticket=ticket,
        requester=requester,
        category=about and about[1],
        follows=follows and f"zendesk:{follows[1]}",
        alike=frozenset(alike[1].split() if alike else ()),
    )

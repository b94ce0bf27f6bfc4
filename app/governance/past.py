"""The past as one reads it ticket by ticket: who answered last, what a solve belongs to, what follows what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from app.governance.events import (
    Answered,
    By,
    Drafted,
    Escalated,
    Event,
    Kind,
    Message,
    Opened,
    Rated,
    Removed,
    Reviewed,
    Status,
)

_MOMENT = timedelta(minutes=1)
_ORDER = (Opened, Message, Drafted, Answered, Status, Rated, Escalated, Reviewed, Removed)
_PLACE = {kind: place for place, kind in enumerate(_ORDER)}


@dataclass(slots=True)
class Line:
    """What happened on one ticket, in order. `messages`: the customer's only."""

    opened: Opened | None = None
    drafted: datetime | None = None  # when the first draft was there
    answers: list[Answered] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    removed: Removed | None = None

    def answer_before(self, moment: datetime) -> Answered | None:
        """The last public answer before it."""
        return next((answer for answer in reversed(self.answers) if answer.at < moment), None)

    def answer_of_solve(self, moment: datetime) -> Answered | None:
        """The last public answer before the last solve before it."""
        solve = next((one for one in reversed(self.statuses) if one.after == "solved" and one.at < moment), None)
        answers = [answer for answer in self.answers if solve is not None and answer.at <= solve.at]
        return answers[-1] if answers else None

    def solved_after(self, answer: Answered, end: datetime) -> bool:
        """It was the last public answer before a solve or close in that time."""
        later = next((other.at for other in self.answers if other.at > answer.at), None)
        return any(
            one.after in {"solved", "closed"} and answer.at <= one.at <= end and (later is None or one.at < later)
            for one in self.statuses
        )

    def written_at(self, moment: datetime) -> Kind:
        """What the customer wrote with a change of status; nothing readable counts as a plain message."""
        near = [message.kind for message in self.messages if abs(message.at - moment) <= _MOMENT]
        return near[-1] if near else Kind.PLAIN

    def written_first(self) -> Kind:
        """What the ticket began with."""
        return self.messages[0].kind if self.messages else Kind.PLAIN

    @property
    def _began(self) -> datetime | None:
        begun = [one.at for one in (self.opened, *self.messages[:1]) if one is not None]
        return min(begun, default=None)

    def waited_for(self, answer: Answered) -> timedelta | None:
        """How long the customer waited for the ticket's first public answer; None: another one was the first."""
        began = self._began
        return answer.at - began if began is not None and self.answers[0] == answer and answer.at >= began else None

    def drafted_before(self, answer: Answered) -> timedelta | None:
        """How long until the ticket's first draft, which was there before its first public answer. None: it was not, or not known.

        The draft's time is by our clock, the others are by the host's: they may differ by a moment.
        """
        began, drafted = self._began, self.drafted
        if began is None or drafted is None or self.answers[0] != answer:
            return None
        there = began - _MOMENT <= drafted <= answer.at + _MOMENT
        return max(timedelta(), drafted - began) if there else None

    def resolved_by(self, answer: Answered) -> timedelta | None:
        """From the ticket's begin to its last solve, if this was the answer before it and the solve still holds."""
        began, last = self._began, next((one for one in reversed(self.statuses) if one.after != "closed"), None)
        if began is None or last is None or last.after != "solved":
            return None
        return last.at - began if self.answer_of_solve(last.at + _MOMENT) == answer else None


class Past:
    """Everything that happened, in order, and by ticket."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = list(_ordered(events))
        self.answers = [event for event in self.events if isinstance(event, Answered)]
        self.lines: defaultdict[str, Line] = defaultdict(Line)
        self._of_requester: defaultdict[str, list[Opened]] = defaultdict(list)
        for event in self.events:
            if event.ticket is not None:
                self._note(event, self.lines[event.ticket])

    def _note(self, event: Event, line: Line) -> None:
        match event:
            case Opened():
                line.opened = line.opened or event
                self._of_requester[event.requester].append(event)
            case Message(by=By.CUSTOMER):
                line.messages.append(event)
            case Drafted():
                line.drafted = line.drafted or event.at
            case Answered():
                line.answers.append(event)
            case Status():
                line.statuses.append(event)
            case Removed():
                line.removed = line.removed or event
            case _:
                pass

    def answer_before(self, event: Event) -> Answered | None:
        """The last public answer that the event can speak of; a follow-up speaks of the ticket that it follows."""
        return self.answer_on(event.ticket, event.at) if event.ticket is not None else None

    def answer_on(self, ticket: str, moment: datetime) -> Answered | None:
        """The same, of a ticket at a moment."""
        seen: set[str] = set()
        here: str | None = ticket
        while here is not None and here not in seen:
            seen.add(here)
            line = self.lines.get(here)
            answer = line.answer_before(moment) if line else None
            if line is None or answer is not None:
                return answer
            here = line.opened.follows if line.opened else None
        return None

    def others_of(self, event: Opened) -> Iterator[Opened]:
        """The same customer's other tickets."""
        return (other for other in self._of_requester[event.requester] if other.ticket != event.ticket)


_MOMENT_AND_PLACE = itemgetter(0, 1)


def _ordered(events: Iterable[Event]) -> Iterator[Event]:
    """The same order from whichever record they were read: what is alike in time and kind goes by its words.

    At one moment the answer comes before the solve that it was sent with.
    """
    placed = sorted(((event.at, _PLACE[type(event)], number, event) for number, event in enumerate(events)))
    for _, alike in groupby(placed, key=_MOMENT_AND_PLACE):
        several = [one[3] for one in alike]
        yield from sorted(several, key=repr) if len(several) > 1 else several

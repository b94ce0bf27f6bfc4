"""What became of each answer: reopened, re-contact, confusion, manager escalation; attributed, and judged when mature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.governance.events import (
    Answered,
    By,
    Escalated,
    Event,
    Kind,
    Message,
    Opened,
    Rated,
    Reviewed,
    Status,
)
from app.governance.past import Line, Past

WEEK, FORTNIGHT = timedelta(days=7), timedelta(days=14)
WINDOWS = {
    "reopened": WEEK,
    "thanked": WEEK,  # a thank-you reopened it: shown, and no complaint
    "rereply": WEEK,  # Gmail's, never mixed with Zendesk's reopened
    "recontact": WEEK,
    "confusion": WEEK,
    "escalation": FORTNIGHT,
    "repeat": WEEK,  # a new ticket of the same customer about the same: apart
}
ONLY = {"reopened": "zendesk", "thanked": "zendesk", "rereply": "gmail"}


def kind_of(host: str) -> str:
    """Of a mailbox, `gmail:support@acme.example`, it is what stands before its address."""
    return host.partition(":")[0]


LAG = timedelta(minutes=5)
"""What happened in the last minutes may not have reached us: no window closes before this."""

_AGAIN = frozenset({"new", "open", "pending", "hold"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One answer and what became of it. A metric in neither `bad` nor `young` nor `out` turned out well."""

    answer: Answered
    bad: Mapping[str, datetime]  # counts the moment it happens
    young: frozenset[str]  # its window is open: bad or not bad so far
    out: frozenset[str]  # cannot be told: another host's metric, never solved, ticket removed
    drafted_after: timedelta | None = None  # how long until the ticket's first draft, if this was its first answer
    first_after: timedelta | None = None  # how long the customer waited, if this was the ticket's first answer
    resolved_after: timedelta | None = None  # from the ticket's begin, if this was the last answer before its solve
    removed: bool = False  # deleted, merged or spam before anything could be told


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All answers judged, and what belongs to none."""

    judged: tuple[Judged, ...]
    reviewed: tuple[Reviewed, ...]
    caught: tuple[Escalated | Message, ...]  # a person was called in before anything was sent; one a ticket
    unplaced: int  # ratings that name no ticket we answered

    def since(self, moment: datetime) -> History:
        """What was sent, reviewed and caught since then."""
        return replace(
            self,
            judged=tuple(one for one in self.judged if one.answer.at >= moment),
            reviewed=tuple(one for one in self.reviewed if one.at >= moment),
            caught=tuple(one for one in self.caught if one.at >= moment),
        )

    def of(self, category: str | None) -> History:
        """One category's answers and reviews."""
        return replace(
            self,
            judged=tuple(one for one in self.judged if one.answer.category == category),
            reviewed=tuple(one for one in self.reviewed if one.category == category),
        )


def judge(events: Iterable[Event], now: datetime, windows: Mapping[str, timedelta] = WINDOWS) -> History:
    """Events in any order, as they reached us late; those after `now` have not happened."""
    past = Past(event for event in events if event.at <= now)
    spoken: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for metric, answer, at in _signals(past):
        if at - answer.at <= windows[metric] and ONLY.get(metric) in {None, kind_of(answer.host)}:
            spoken[answer.answer].setdefault(metric, at)
    return History(
        judged=tuple(
            _judged(answer, past.lines[answer.ticket], spoken[answer.answer], windows, now) for answer in past.answers
        ),
        reviewed=tuple(event for event in past.events if isinstance(event, Reviewed)),
        caught=tuple(_caught(past)),
        unplaced=sum(_bad_rating(event) and past.answer_before(event) is None for event in past.events),
    )


def _bad_rating(event: Event) -> bool:
    return isinstance(event, Rated) and not event.good


def _caught(past: Past) -> Iterator[Escalated | Message]:
    seen = set()
    for event in past.events:
        calls = isinstance(event, Escalated) or (isinstance(event, Message) and event.wants_manager)
        if calls and event.ticket not in seen and past.answer_before(event) is None:
            seen.add(event.ticket)
            assert isinstance(event, Escalated | Message)  # noqa: S101 - only they call
            yield event


# --- what speaks of an answer ------------------------------------------------------------------------------------------

Signal = tuple[str, Answered, datetime]


def _signals(past: Past) -> Iterator[Signal]:
    """Each event that speaks of an answer: the last public one before it."""
    for event in past.events:
        if isinstance(event, Opened):
            yield from _of_opening(event, past)
            continue
        if isinstance(event, Status):
            yield from _of_reopening(event, past)
            continue
        answer = past.answer_before(event)
        if answer is not None:
            yield from ((metric, answer, event.at) for metric in _of(event, answer, past))


def _of(event: Event, answer: Answered, past: Past) -> Iterator[str]:
    match event:
        case Message(by=By.CUSTOMER, kind=Kind.PLAIN | Kind.THANKS):
            yield from _of_message(event, answer, past)
        case Rated(good=False):
            yield "confusion"
        case Escalated(by=By.PERSON | By.CUSTOMER):
            yield "escalation"
        case _:
            pass


def _of_message(message: Message, answer: Answered, past: Past) -> Iterator[str]:
    """Any reply but thanks; only the next one after the answer tells whether it was understood."""
    if message.wants_manager:
        yield "escalation"
    if message.kind is Kind.THANKS:
        return
    yield "recontact"
    yield "rereply"
    replies = [one for one in past.lines[message.ticket].messages if one.kind is Kind.PLAIN and one.at > answer.at]
    if message.confused and replies[0] == message:
        yield "confusion"


def _of_reopening(event: Status, past: Past) -> Iterator[Signal]:
    """Speaks of the last public answer before the solve. What the customer wrote with it tells thanks from trouble."""
    if event.by is not By.CUSTOMER or event.before != "solved" or event.after not in _AGAIN:
        return
    line = past.lines[event.ticket]
    answer = line.answer_of_solve(event.at)
    kind = line.written_at(event.at)
    if answer is not None and kind is not Kind.MACHINE:
        yield "thanked" if kind is Kind.THANKS else "reopened", answer, event.at


def _of_opening(event: Opened, past: Past) -> Iterator[Signal]:
    """A reply to a closed ticket makes a follow-up; Gmail's new thread may be a reply; else it is a repeat contact."""
    if event.follows:
        answer = past.answer_before(event)
        kind = past.lines[event.ticket].written_first()
        if answer is not None and kind is not Kind.MACHINE:
            yield "thanked" if kind is Kind.THANKS else "reopened", answer, event.at
        return
    for other in past.others_of(event):
        answer = past.answer_on(other.ticket, event.at)
        if answer is None:
            continue
        if answer.host == "gmail" and event.alike & other.alike:
            yield "rereply", answer, event.at
        elif event.category is not None and event.category == other.category:
            yield "repeat", answer, event.at


# --- each answer -------------------------------------------------------------------------------------------------------


def _judged(
    answer: Answered, line: Line, bad: Mapping[str, datetime], windows: Mapping[str, timedelta], now: datetime
) -> Judged:
    ends = {metric: answer.at + length for metric, length in windows.items()}
    open_ones = {metric for metric, end in ends.items() if end + LAG > now}
    out = {metric for metric, host in ONLY.items() if host != kind_of(answer.host)}
    if not line.solved_after(answer, ends["reopened"]):
        out |= {"reopened", "thanked"} - open_ones - set(bad)
    if line.removed is not None:
        gone = line.removed.at
        spam = line.removed.how == "spam"
        out |= {metric for metric, end in ends.items() if spam or (gone < end and metric not in bad)}
    return Judged(
        answer=answer,
        bad={metric: at for metric, at in bad.items() if metric not in out},
        young=frozenset(open_ones - out),
        out=frozenset(out),
        drafted_after=line.drafted_before(answer),
        first_after=line.waited_for(answer),
        resolved_after=line.resolved_by(answer),
        removed=line.removed is not None and line.removed.at < ends["reopened"],
    )

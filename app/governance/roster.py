"""The roster: who owns an escalation at which moment, when they are reminded, and to whom it goes when it is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.governance.policy import Duty

_WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Case:
    """An open escalation, as far as its clock goes. `had`: who owned it so far, the present owner last."""

    had: tuple[str, ...]
    began_at: datetime  # when the present owner got it, or said what comes next
    due_at: datetime
    reminded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Own:
    """Nobody has it: this one does now."""

    to: str


@dataclass(frozen=True, slots=True)
class Remind:
    """The owner hears that it is due soon; that it is overdue and nobody is left, everybody who leads hears too."""

    late: bool


@dataclass(frozen=True, slots=True)
class PassOn:
    """It is overdue: the next one has it now."""

    to: str


Step = Own | Remind | PassOn


def on_duty(hours: str, at: datetime) -> bool:
    """`Mo-Fr 08:00-18:00 Europe/Berlin`, as the policy's `hours` are read; empty: always. Over midnight, too."""
    if at.tzinfo is None:
        raise ValueError("a time without its zone says nothing")
    if not hours:
        return True
    days, clock, zone = hours.split(" ")
    local = at.astimezone(ZoneInfo(zone))
    (start, end), minute, today = clock.split("-"), f"{local:%H:%M}", local.weekday()
    if start < end:
        return today in _days(days) and start <= minute < end
    return (today in _days(days) and minute >= start) or ((today - 1) % 7 in _days(days) and minute < end)


def _days(text: str) -> set[int]:
    """`Mo-Fr,Su`."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, end = _WEEK.index(first), _WEEK.index(last or first)
        found |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return found


def owner_at(roster: Sequence[Duty], named: str, at: datetime) -> str:
    """Whoever the policy names; the next on the roster who is on duty, where it says that they are not.

    With nobody on duty it is theirs all the same: an owner who reads it late is better than none.
    """
    mine = next((duty for duty in roster if _same(duty.person, named)), None)
    if named and (mine is None or on_duty(mine.hours, at)):
        return named
    return next((duty.person for duty in _after(roster, named) if on_duty(duty.hours, at)), named)


def anybody(roster: Sequence[Duty], at: datetime) -> bool:
    """Is anybody on it on duty?"""
    return any(on_duty(duty.hours, at) for duty in roster)


def next_owner(roster: Sequence[Duty], admins: Sequence[str], had: Sequence[str], at: datetime) -> str | None:
    """The next on the roster who is on duty and has not had it yet, then the admins; None: nobody is left."""
    past = {person.lower() for person in had}
    ready = [duty.person for duty in _after(roster, had[-1] if had else "") if on_duty(duty.hours, at)]
    return next((person for person in (*ready, *admins) if person.lower() not in past), None)


def reminded_from(began: datetime, due: datetime) -> datetime:
    """A quarter of the time before it is due, and never more than an hour."""
    return due - min((due - began) / 4, _SOON)


def next_step(
    case: Case, roster: Sequence[Duty], admins: Sequence[str], allowed: timedelta, at: datetime
) -> Step | None:
    """What the clock does with it now; `allowed` is the time that its trigger gives. None: nothing yet."""
    if not case.had:
        to = next_owner(roster, admins, (), at)
        return Own(to) if to else None
    if at >= case.due_at:
        to = next_owner(roster, admins, case.had, at)
        if to is not None:
            return PassOn(to)
        told = case.reminded_at is not None and case.reminded_at >= case.due_at
        return None if told and at < _again(case, allowed) else Remind(late=True)
    if case.reminded_at is None and at >= reminded_from(case.began_at, case.due_at):
        return Remind(late=False)
    return None


def _again(case: Case, allowed: timedelta) -> datetime:
    """Whoever is left with it is reminded as often as it was due at first, and at most once an hour."""
    return (case.reminded_at or case.due_at) + max(allowed, _SOON)


def _after(roster: Sequence[Duty], person: str) -> list[Duty]:
    """The roster in its order, beginning behind that person; all of it, if they are not on it."""
    place = next((place for place, duty in enumerate(roster) if _same(duty.person, person)), -1)
    return [*roster[place + 1 :], *roster[: place + 1]]


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()

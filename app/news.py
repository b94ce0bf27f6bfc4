"""News: who hears of which entry of the log, and in which words. Ticket numbers and times, never what a customer wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.governance import canary, digest, roster
from app.governance.decision import Switch
from app.governance.freezing import Kind, cure, lifting
from app.governance.naming import fired, titled
from app.governance.policy import Policy
from app.store import cursors, drills, escalations, freezes, gaps, sources, staff, switch

_UNCONFIRMED = timedelta(seconds=60)
_WEEK = timedelta(days=7)
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the log, with who did it by name."""

    seq: int
    at: datetime
    by: str
    about: str
    header: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """What is told, to which addresses, and the page that shows it."""

    to: tuple[str, ...]
    subject: str
    body: str
    page: str = "/settings"


def leads(policy: Policy) -> tuple[str, ...]:
    """Whom everything about automation itself concerns."""
    return (policy.owners.rollback, *policy.notify.mail)


def _scope(name: str) -> str:
    return "everything" if name == "*" else f"the queue {name}"


# --- of the switch, the policy and the log ---------------------------------------------------------------------------


def _off(_tx: Connection, policy: Policy, event: Event) -> News | None:
    if event.about == canary.QUEUE:
        return None  # a drill's own: its certificate is told
    said = f"{event.by} turned automation off for {_scope(event.about)} at {event.at:%H:%M} UTC."
    went = f"Approved replies that went back to people: {event.header['stopped']}."
    return News(leads(policy), f"OFF: {_scope(event.about)}", f"{said}\n{went}")


def _confirmed(_tx: Connection, policy: Policy, event: Event) -> News | None:
    if event.about == canary.QUEUE:
        return None
    unclear = event.header["unclear"]
    check = f"\nReplies that are unclear: {unclear}. Please check them." if unclear else ""
    said = f"Nothing more will be sent for {_scope(event.about)}.{check}"
    return News(leads(policy), f"CONFIRMED: {_scope(event.about)}", said)


def _restore_asked(tx: Connection, policy: Policy, event: Event) -> News:
    second = tuple(one.email for one in staff.present(tx) if one.may("admin") and one.name != event.by)
    said = f"{event.by} asks for a second admin to restore {_scope(event.about)}."
    return News((*second, *leads(policy)), f"Restore asked for: {_scope(event.about)}", said)


def _live(_tx: Connection, policy: Policy, event: Event) -> News:
    said = f"{event.by} restored {_scope(event.about)} at {event.at:%H:%M} UTC."
    return News(leads(policy), f"LIVE again: {_scope(event.about)}", said)


def _frozen(tx: Connection, policy: Policy, event: Event) -> News:
    header, kind = event.header, Kind(event.header["kind"])
    queue, category = header["queue"], titled(header["category"] or "")
    where = ", ".join(filter(None, (queue and f"the queue {queue}", category)))
    far = "nothing is sent from there" if header["level"] == "draft-only" else "nothing is sent by itself"
    frozen = freezes.by_id(tx, int(event.about.removeprefix("freeze:"))) if event.by == "countersign" else None
    why = frozen.cause if frozen else kind.replace("-", " ")  # our own words are ours to mail
    said = f"{event.by} froze {where or 'everything'}: {far} ({why}).\n{cure(kind)} {lifting(kind)}"
    return News(leads(policy), f"Frozen: {where or 'everything'}", said)


def _rehearsed(_tx: Connection, policy: Policy, event: Event) -> News:
    header, passed = event.header, event.header["passed"]
    went = (
        f"OFF in {header['off_ms']} ms, CONFIRMED after {header['confirmed_ms'] / 1000:.1f} s, nothing sent after that."
        if passed
        else f"It proves nothing: {'; '.join(header['why'])}."
    )
    said = f"{event.by} rehearsed the stop. {went} The certificate is entry {event.seq} of the log."
    return News(leads(policy), f"The stop was rehearsed: {'passed' if passed else 'NOT PASSED'}", said)


def _published(_tx: Connection, policy: Policy, event: Event) -> News:
    said = f"{event.by} published policy version {event.about}."
    return News((*policy.owners.scope_expansion, *leads(policy)), f"Policy version {event.about}", said)


def _unexplained(_tx: Connection, policy: Policy, _event: Event) -> News:
    said = "A reply was found at the host that no row of ours explains. Look at it now: `countersign replies`."
    return News((*leads(policy), policy.owners.log_keeper), "A reply that is not explained", said)


# --- of escalations: the ticket is named, the customer is not --------------------------------------------------------


def _owned(tx: Connection, policy: Policy, event: Event) -> News | None:
    """The owner; with nobody on duty, or when it came to them overdue, whoever leads as well."""
    place = escalations.place_of(tx, event.about)
    if place is None:
        return None
    late, alone = event.header["late"], policy.roster and not roster.anybody(policy.roster, event.at)
    said = "It came to you because nobody acted in time." if late else "Automation has stopped on this ticket."
    said += "\nNobody on the roster is on duty now." if alone else ""
    others = policy.notify.mail if late or alone else ()
    subject = f"{place.owner} by {_when(place.due_at)}: ticket #{place.ticket} ({fired(place.trigger)})"
    return News(
        (place.owner, *others), subject, f"{said}\nPlease take it: say what you do next, and by when.", "/escalations"
    )


def _reminded(tx: Connection, policy: Policy, event: Event) -> News | None:
    place = escalations.place_of(tx, event.about)
    if place is None:
        return None
    late = event.header["late"]
    admins = [one.email for one in staff.present(tx) if one.may("admin")] if late else ()
    others = (*policy.notify.mail, *admins) if late else ()
    words = "is overdue, and nobody is left to pass it on to" if late else f"is due by {_when(place.due_at)}"
    subject = f"Ticket #{place.ticket} {words} ({fired(place.trigger)})"
    return News((place.owner, *others), subject, f"Owner: {place.owner}.", "/escalations")


def _when(moment: datetime) -> str:
    return f"{moment:%d %b %H:%M} UTC"


Tell = Callable[[Connection, Policy, Event], News | None]
TELLS: dict[str, Tell] = {
    "switch.off": _off,
    "switch.confirmed": _confirmed,
    "switch.restore-asked": _restore_asked,
    "switch.live": _live,
    "freeze.opened": _frozen,
    "drill.certificate": _rehearsed,
    "policy.published": _published,
    "reply.unexplained": _unexplained,
    "escalation.owned": _owned,
    "escalation.reminded": _reminded,
}


# --- of what no entry tells ------------------------------------------------------------------------------------------


def standing(tx: Connection, policy: Policy, now: datetime) -> Iterator[tuple[str, News]]:
    """What is so just now, each under a key that it keeps, so that it is told once."""
    yield from _unconfirmed(tx, policy, now)
    yield from _due(tx, policy, now)
    yield from _digests(tx, policy, now)


def _unconfirmed(tx: Connection, policy: Policy, now: datetime) -> Iterator[tuple[str, News]]:
    for scope in switch.scopes(tx):
        if scope.state is Switch.OFF and scope.off_at and now - scope.off_at > _UNCONFIRMED:
            tickets = ", ".join(f"#{ticket}" for _, ticket in switch.in_flight(tx, scope.scope))
            said = (
                f"OFF since {scope.off_at:%H:%M} UTC, and not confirmed: waiting for {tickets or 'the clock process'}."
            )
            subject = f"OFF and not CONFIRMED: {_scope(scope.scope)}"
            yield f"unconfirmed:{scope.scope}:{scope.off_at.isoformat()}", News(leads(policy), subject, said)


def _due(tx: Connection, policy: Policy, now: datetime) -> Iterator[tuple[str, News]]:
    """A week before the next rehearsal is due. That it is overdue is told by its freeze."""
    due = drills.drill_state(tx, policy).due_at
    if due is not None and timedelta() <= due - now < _WEEK:
        said = f"The stop is to be rehearsed by {due:%d %b %Y}: `countersign rehearse`, or the button on the settings page."
        yield f"drill-due:{due.isoformat()}", News((policy.owners.rollback,), "The stop is to be rehearsed", said)


def _digests(tx: Connection, policy: Policy, now: datetime) -> Iterator[tuple[str, News]]:
    """Once a day or week: what no source answered, to whoever owns the category's sources."""
    until, last = digest.due_at(policy.notify.digest, now), cursors.read(tx, _DIGEST)
    if until is None or (last and datetime.fromisoformat(last) >= until):
        return
    cursors.move(tx, _DIGEST, until.isoformat(), now)
    if last is None:  # begun in the middle: the first whole one comes next time
        return
    asked = gaps.unanswered(tx, datetime.fromisoformat(last), until)
    for owner, lines in _by_owner(tx, policy, asked).items():
        subject = f"What no source answered: {sum(map(len, lines.values()))}"
        body = "\n".join(f"{name}: {len(of)} ({', '.join(f'#{one}' for one in of)})" for name, of in lines.items())
        said = f"Since {last[:10]}. An approved source for these would let a draft be offered:\n{body}"
        yield f"digest:{until.isoformat()}", News((owner,), subject, said, "/queue")


def _by_owner(tx: Connection, policy: Policy, asked: list[tuple[str | None, str]]) -> dict[str, dict[str, list[str]]]:
    owners = {source.id: source.owner for source in sources.current(tx)}
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, ticket in asked:
        category = policy.category(name)
        mine = {owners[source] for source in category.sources if source in owners} if category else set()
        for owner in sorted(mine) or [policy.cannot_answer.owner]:
            found[owner][titled(name) if name else "No category"].append(ticket)
    return found

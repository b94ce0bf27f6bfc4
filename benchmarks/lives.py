"""Messages that were really lived through, from the webhook to what became of the answer: `stored` makes many of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app import by_hand, escalating, history, wiring
from app.deps import Deps
from app.governance.proposal import Tier, Trigger
from app.host import TicketRef
from app.review import reject
from app.store import escalations, inbox, staff, subjects
from app.store.handling import Ending
from tests.crash.house import House
from tests.fakes import ANA, CASEY, ROSA, FakeHost

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SHARES = {"sent": 45, "alone": 15, "came_back": 10, "own": 12, "rejected": 6, "called": 5, "superseded": 7}
OPEN = "offered"
ASKED = "How long does standard delivery take within Europe, and what does it cost? " * 3
CATEGORIES = ("delivery-times", "order-tracking", "returns-how-to", "payment-methods", "invoices")


class Hands:
    """A clock that stands until somebody moves it."""

    def __init__(self) -> None:
        self.moment = BEGAN

    def now(self) -> datetime:
        return self.moment

    def tick(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Timely(FakeHost):
    """A host whose clock is ours."""

    def __init__(self, hands: Hands, deployment: str) -> None:
        super().__init__(deployment=deployment)
        self._hands = hands

    def number(self) -> int:
        """One that nothing else has."""
        return self._number()

    def _moment(self) -> datetime:
        return self._hands.now()


@dataclass
class Town:
    """A house, its host, and a day at a time."""

    house: House
    host: Timely
    hands: Hands

    @classmethod
    def of(cls, deps: Deps) -> Town:
        """Over a database that is made now, in that year."""
        hands = Hands()
        host = Timely(hands, deps.settings.deployment)
        host.skip(7_000_000_000)  # ids that occur in no other number
        deps = replace(deps, hosts={"zendesk": host}, clock=hands, ring=lambda _job, _ids: None)
        wiring.prepare(deps)
        with deps.engine.begin() as tx:
            for person in (ROSA, ANA):
                staff.meet(tx, "zendesk", person, BEGAN)
        return cls(House(deps), host, hands)

    def live(self, kind: str, category: str) -> TicketRef:
        """One ticket of that kind, told and noted."""
        self.hands.tick(97)
        number = self.host.number()  # each message has a customer of its own
        customer = replace(CASEY, id=str(number), email=f"casey{number}@customer.example")
        ref = self.host.new_ticket(ASKED, subject="Delivery", author=customer)
        self.announced(ref)
        LIVES[kind](self, ref, category)
        self.announced(ref)
        return ref

    def announced(self, ref: TicketRef) -> None:
        """The host tells of a change; the ticket is read."""
        deps, key = self.house.deps, str(self.host.number())
        with deps.engine.begin() as tx:
            (row,) = inbox.add(tx, deps.keys, "zendesk", [inbox.again(ref, key)], deps.clock.now())
            inbox.done(tx, row)
        ticket = self.host.fetch(ref)
        history.note(deps, ticket)
        by_hand.notice(deps, ticket)

    def forgotten(self) -> None:
        """Ninety days later the words are gone."""
        deps = self.house.deps
        with deps.engine.begin() as tx:
            subjects.expire(tx, deps.keys, self.hands.now(), self.hands.now())


def _offered(town: Town, ref: TicketRef, category: str) -> str:
    item = town.house.prepare(ref, category=category, text=ASKED, full_text=ASKED)
    town.house.deliver_due()  # the internal note
    return item


def _sent(town: Town, ref: TicketRef, category: str) -> None:
    item = _offered(town, ref, category)
    town.hands.tick(40)
    town.house.approve(item, status="solved")
    town.house.after_undo()


def _came_back(town: Town, ref: TicketRef, category: str) -> None:
    _sent(town, ref, category)
    town.announced(ref)
    town.hands.tick(7200)
    town.host.says(ref, town.host.fetch(ref).requester, "That does not answer my question.")
    town.announced(ref)
    _own_words(town, ref)


def _own_words(town: Town, ref: TicketRef) -> None:
    town.hands.tick(300)
    town.host.says(ref, ROSA, "I looked it up for you: it will be there on Friday.", by_hand=True)
    town.host.change(ref, status="solved")


def _own(town: Town, ref: TicketRef, category: str) -> None:
    _offered(town, ref, category)
    _own_words(town, ref)


def _rejected(town: Town, ref: TicketRef, category: str) -> None:
    reject(town.house.deps, _offered(town, ref, category), "wrong answer", town.house.rosa)
    _own_words(town, ref)


def _called(town: Town, ref: TicketRef, category: str) -> None:
    quoted = (Trigger("legal", "my lawyer will"),)
    town.house.prepare(ref, category=category, tier=Tier.HIGH_STAKES, triggers=quoted, text=ASKED, full_text=ASKED)
    town.house.deliver_due()
    _own_words(town, ref)
    with town.house.deps.readers.begin() as tx:
        (one,) = [found for found in escalations.still_open(tx, town.house.deps.keys) if found.ticket == ref.ticket]
    escalating.close(town.house.deps, one.id, Ending(None, "settled by phone"), town.house.actor("ana@acme.example"))


def _superseded(town: Town, ref: TicketRef, category: str) -> None:
    _offered(town, ref, category)
    town.hands.tick(60)
    town.host.says(ref, town.host.fetch(ref).requester, "One more thing: is it insured?")
    town.announced(ref)
    _sent(town, ref, category)


LIVES: dict[str, Callable[[Town, TicketRef, str], Any]] = {
    "sent": _sent, "alone": _sent, "came_back": _came_back, "own": _own, "rejected": _rejected, "called": _called,
    "superseded": _superseded, OPEN: _offered,
}  # fmt: skip
"""`alone` differs from `sent` in nothing but whose yes it was: `stored` takes the click out of its rows."""

"""The whole core, and everything that can happen to it, one method each."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import crash, deliver, escalating, freezing, pipeline, polling, publishing, ramping, review, sweep
from app.ai.embed import Embedder
from app.governance.decision import Freeze, Switch
from app.governance.proposal import Tier, Trigger
from app.governance.ramp import Step
from app.host import HostError, Marker, TicketRef
from app.minds import Minds
from app.store import escalations, freezes, inbox, outbox, proposals, switch
from app.store.engine import connect
from app.store.handling import Ending
from app.store.outcomes import BATCH
from app.store.tables import audit as audited
from tests import earned
from tests.ai.small import Words
from tests.conftest import FrozenClock
from tests.earned import CATEGORY, STANDARD
from tests.fakes import BOT, ROSA, Faults, nothing_happens
from tests.house import House
from tests.witness import LINE, OTHER_LINE, Books, Message, Witness

LAWYER = "My lawyer will sue you if the parcel does not come."
MORE = "And how long does express delivery take?"
POLICIES = {
    "earned": STANDARD,
    "another line": STANDARD.replace(LINE, OTHER_LINE),
    "assisted at most": STANDARD.replace('ceiling = "auto"', 'ceiling = "assisted"'),
    "outside the hours": STANDARD.replace("00:00-24:00", "00:00-00:01"),
}
WEATHER: dict[str, dict[str, Any]] = {
    "good": {},
    "429": {"down": HostError("429", retry_after=30)},
    "500": {"down": HostError("500")},
    "stale": {"stale": 1},
    "lost before": {"lost_before": 1},
    "applied, then lost": {"lost_after": 1},
    "applied, then lost and away": {"lost_after": 1, "before_kill": HostError("500")},
    "away when asked": {"lost_before": 1, "before_kill": HostError("500")},
}
DRAFTED: dict[str, dict[str, Any]] = {
    "tier 3": {"tier": Tier.HIGH_STAKES},
    "wants a person": {"triggers": (Trigger("legal", "my lawyer"),)},
    "tier 2": {"tier": Tier.JUDGEMENT},
    "unsure": {"confidence": 0.3},
    "another language": {"language": "fr"},
    "unchecked": {"findings": None},
}
NEVER = ("tier 3", "wants a person")  # the others go when a person says so
ON_THE_WAY = ("writes", "by hand", "stop", "stop and look", "stop and drain", "assisted at most")
DEATHS = (
    "claim-uncommitted", "claimed", "answer-written", "record-uncommitted", "read-back", "approved", "draft-stored",
    "off-uncommitted", "off-committed", "draining", "confirm-uncommitted", "restore-uncommitted", "audit-unappended",
)  # fmt: skip


class Killed(BaseException):
    """The process died here; what it had committed stays, everything else is gone."""


@contextmanager
def mortal() -> Iterator[None]:
    """A crash point that is armed with USR1 ends what is being done, as a kill does, and the test lives on."""

    def die(*_: object) -> None:
        raise Killed

    before = signal.signal(signal.SIGUSR1, die)
    try:
        yield
    finally:
        crash.arm("")
        signal.signal(signal.SIGUSR1, before)


class Core(Books):
    """A deployment that may send by itself, and everybody who can touch it."""

    def __init__(self, file: Path, moment: datetime, home: Path) -> None:
        self.engine = connect(f"sqlite:///{file}")
        sa.event.listen(
            self.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF")
        )  # nobody pulls a plug
        house, host = House(self.engine, FrozenClock(moment), home, policy=None), Witness()
        house.host, house.deps = host, replace(house.deps, hosts={"zendesk": host})
        super().__init__(house, host)
        host.books = self
        earned.meet(house)
        self.ben = earned.actor(self.house, "ben@acme.example")
        self.minds: Any = Minds(self.deps.readers, Embedder(english=Words, multilingual=Words), None, None)
        self.messages: list[Message] = []
        self.untold: list[tuple[dict[str, str], bytes]] = []

    def close(self) -> None:
        self.deps.readers.dispose()
        self.engine.dispose()

    @contextmanager
    def life(self, what: str) -> Iterator[None]:
        """One thing that somebody does, to its end, to a refusal, or until the process dies. No two in one instant."""
        self.clock.tick(0.001)
        try:
            yield
            end = "done"
        except review.Refusal:
            end = "refused"
        except Killed:
            end = "killed"
        self.counted[f"{what} {end}"] += 1

    # --- customers, agents at the host, the network --------------------------------------------------------------------
    def writes(self, who: int, text: str) -> Message:
        ref = self.host.new_ticket(text, author=earned.customer(self.house, who))
        return self._told_of(ref, text)

    def writes_again(self, message: Message, text: str) -> Message:
        ref = TicketRef("zendesk", message[0])
        self.host.says(ref, self.host.tickets[ref.ticket].ticket.requester, text)
        return self._told_of(ref, text)

    def _told_of(self, ref: TicketRef, text: str) -> Message:
        message = self._asked(ref)
        self.messages.append(message)
        if text == LAWYER:
            self.never.add(message)
        self.untold.append(self.host.delivery(ref, comment=message[1]))
        return message

    def drafted(self, kind: str) -> Message:
        """A message that the stages judged so."""
        ref = self.host.new_ticket(earned.QUESTION, author=earned.customer(self.house, 600))
        message = self._asked(ref)
        self.messages.append(message)
        (self.never if kind in NEVER else self.not_alone).add(message)
        faults, self.host.faults = self.host.faults, Faults()  # it was read before the weather turned
        with self.life("drafted"):
            self.house.prepare(ref, **DRAFTED[kind])
        self.host.faults = faults
        with self.engine.begin() as tx:
            begun = proposals.of_comment(tx, "zendesk", *message)
        if begun is None:  # it died before that: the worker's own stages will judge it
            self.never.discard(message)
            self.not_alone.discard(message)
        return message

    def answers_by_hand(self, message: Message) -> None:
        self.host.says(TicketRef("zendesk", message[0]), ROSA, "I have it", by_hand=True)

    def twin_notes(self, message: Message) -> None:
        """Another deployment is at work on that ticket."""
        mark = Marker("a restored copy", "0001")
        self.host.says(TicketRef("zendesk", message[0]), BOT, "Draft: 3 to 5 days.", public=False, marker=mark)

    def told(self, which: int) -> None:
        """One of the announcements arrives: early, late, or again."""
        with self.life("told"):
            headers, body = self.untold[which % len(self.untold)]
            arrivals = self.host.receive(headers, body, self.clock.now())
            with self.engine.begin() as tx:
                inbox.add(tx, self.deps.keys, "zendesk", arrivals, self.clock.now())

    def weather(self, name: str) -> None:
        self.host.faults = Faults(**WEATHER[name])

    def on_the_way(self, what: str) -> None:
        """While the next request travels, once."""
        doing: dict[str, Callable[[], object]] = {
            "writes": lambda: self.writes_again(self.messages[-1], MORE) if self.messages else None,
            "by hand": lambda: self.answers_by_hand(self.messages[-1]) if self.messages else None,
            "stop": lambda: self.stops("*"),
            "stop and look": lambda: self.stops("*", 0),
            "stop and drain": lambda: self.stops("*", 6),
            "assisted at most": lambda: self.publishes("assisted at most"),
        }

        def once() -> None:
            self.host.faults.before_apply = nothing_happens
            doing[what]()

        self.host.faults.before_apply = once

    # --- the machinery -------------------------------------------------------------------------------------------------
    def works(self) -> None:
        """The worker takes every event that waits."""
        with self.deps.readers.begin() as tx:
            due = inbox.due(tx, self.clock.now())
        for row in due:
            with self.life("works"):
                pipeline.handle(self.deps, self.minds, row)

    def delivers(self) -> None:
        with self.deps.readers.begin() as tx:
            due = outbox.due(tx, self.clock.now())
        for row in due:
            with self.life("delivers"):
                deliver.deliver(self.deps, row)

    def settles(self) -> None:
        """As the sweeper does, in our own thread: so that it can die of it."""
        with self.deps.readers.begin() as tx:
            stuck = [outbox.in_flight(tx, self.deps.keys, row) for row in outbox.stuck(tx, self.clock.now())]
        for attempt in filter(None, stuck):
            with self.life("settles"):
                deliver.settle(self.deps, *attempt)

    def sweeps(self) -> None:
        if self.sending():  # settled in threads of the sweeper's own, which no signal of ours can end
            crash.arm("")
        with self.life("sweeps"):
            sweep.sweep(self.deps)

    def polls(self) -> None:
        with self.life("polls"):
            polling.poll(self.deps, "zendesk")

    def arrives_late(self) -> None:
        """The oldest request that hung gets through."""
        if self.host.late:
            self.host.arrive()

    def sending(self) -> int:
        with self.deps.readers.begin() as tx:
            return int(tx.execute(sa.text("SELECT count(*) FROM outbox WHERE state = 'SENDING'")).scalar_one())

    # --- people --------------------------------------------------------------------------------------------------------
    def proposal(self, message: Message) -> str | None:
        with self.deps.readers.begin() as tx:
            return proposals.of_comment(tx, "zendesk", *message)

    def approves(self, message: Message, *, status: str | None = None, via: str = "sidebar") -> None:
        item = self.proposal(message)
        if item is None:
            return
        stored = self.house.stored(item)
        before = set(self.said_yes.get(message, ()))
        if stored.proposal.draft is not None:
            self.said_yes.setdefault(message, set()).add(stored.proposal.draft.text)
        try:
            with self.life("approves"):
                self._yes(item, status, via)
                return
        finally:
            refused = self.house.state(item) not in {proposals.APPROVED, proposals.SENDING}
            if refused:
                self.said_yes[message] = before

    def _yes(self, item: str, status: str | None, via: str) -> None:
        review.approve(self.deps, item, self.house.seen(item), replace(self.house.rosa, via=via), status=status)

    def approves_all(self) -> None:
        for message in list(self.messages):
            self.approves(message, via=BATCH)

    def takes_back(self, message: Message, how: str) -> None:
        """Undo, reject, other words, or a person who takes it: no earlier yes counts."""
        item = self.proposal(message)
        if item is None:
            return
        with self.life(how):
            if how == "undo":
                review.undo(self.deps, item, self.house.rosa)
            elif how == "reject":
                review.reject(self.deps, item, "wrong answer", self.house.rosa)
            elif how == "edit":
                draft = self.house.stored(item).proposal.draft
                words = f"Hello!\n\n{draft.text if draft else ''}"
                review.edit(self.deps, item, words, self.house.seen(item), self.house.rosa)
            else:
                due = self.clock.now() + timedelta(hours=4)
                escalating.escalate(self.deps, item, "ana@acme.example", due, self.house.rosa)
            self.said_yes.pop(message, None)
            self.not_alone.add(message)

    def closes_escalations(self) -> None:
        with self.deps.readers.begin() as tx:
            matters = escalations.still_open(tx, self.deps.keys)
        for matter in matters:
            with self.life("closes"):
                escalating.close(self.deps, matter.id, Ending(None, "talked"), self.house.ana)

    def stops(self, scope: str, look: float | None = None) -> None:
        """`look`: so long afterwards the sweeper comes to confirm it."""
        with self.life("stops"):
            review.roll_back(self.deps, scope, "ben")
            self.off.add(scope)
            self.said_yes.clear()
        if look is not None:
            self.clock.tick(look)
            self.sweeps()

    def restores(self, scope: str) -> None:
        with self.life("restores"):
            self._must(
                not review.restore(self.deps, scope, self.house.ana) or scope not in self.off, "one person restored"
            )
            if review.restore(self.deps, scope, self.ben):
                self.off.discard(scope)

    def publishes(self, name: str) -> None:
        with self.life("publishes"):
            asked = publishing.request(self.deps, POLICIES[name], "as tried", self.house.ana)
            publishing.approve(self.deps, asked.id, self.ben)
            publishing.publish(self.deps, asked.id, self.house.ana)
            self.policy = name

    def freezes(self, level: Freeze, scope: freezes.Scope) -> None:
        with self.life("freezes"):
            number = freezing.freeze(self.deps, scope, level, "more came back", "ben")
            self.frozen[number] = max(level, self.frozen.get(number, level))

    def thaws(self) -> None:
        for number in list(self.frozen):
            with self.life("thaws"):
                freezing.thaw(self.deps, number, "looked at", self.house.ana)
                if freezing.thaw(self.deps, number, "looked at", self.ben):
                    del self.frozen[number]

    def lowers(self) -> None:
        with self.life("lowers"):
            ramping.lower(self.deps, CATEGORY, Step.OFF, "", "ben")
            self.ramped = False

    def raises(self) -> None:
        with self.life("raises"):
            earned.raised(self.house)
            self.ramped = True

    # --- the end -------------------------------------------------------------------------------------------------------
    def comes_to_rest(self) -> None:
        """Good weather, nobody dies, time passes: nothing hangs, and each message is a draft, an answer or a person's."""
        crash.arm("")
        self.weather("good")
        self.host.slow = 0
        for _ in range(5):
            self.polls()
            self.works()
            self.delivers()
            while self.host.late:
                self.host.arrive()
            self.clock.tick(200)
            self.sweeps()
            if not self._waits():
                break
        self.agree()
        self.verified()
        self._must(not self._waits(), "something hangs, or a stop is never confirmed")
        for message in {self._asked(TicketRef("zendesk", ticket)) for ticket in self.host.tickets}:
            self._must(message in self.answered or self._is_a_persons(message), "a message got lost")

    def _waits(self) -> bool:
        """Is anything left that the machinery will do by itself?"""
        waiting = sa.text("SELECT count(*) FROM outbox WHERE state IN ('READY', 'SENDING')")
        with self.deps.readers.begin() as tx:
            off = Switch.OFF in {one.state for one in switch.scopes(tx)}
            return off or bool(inbox.due(tx, self.clock.now()) or tx.execute(waiting).scalar_one())

    def _is_a_persons(self, message: Message) -> bool:
        """Somebody answered it by hand, or it waits where people look."""
        ref = TicketRef("zendesk", message[0])
        if self.host.fetch(ref).standing(message[1], self.deps.settings.deployment).moved_on:
            return True
        item = self.proposal(message)
        seen = (proposals.OFFERED, proposals.REJECTED, *proposals.WITH_PEOPLE)
        return item is not None and (self.house.state(item) in seen or self._ended_it(item))

    def _ended_it(self, item: str) -> bool:
        """Did a person say that it is done, by its own button or by closing its escalation?"""
        said = sa.select(audited.c.actor).where(audited.c.action == "proposal.handled", audited.c.object == item)
        with self.deps.readers.begin() as tx:
            return tx.execute(said).scalars().all()[-1:] not in ([], ["countersign"])

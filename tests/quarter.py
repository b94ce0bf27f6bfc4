"""A quarter of support on the sandbox Zendesk under an injected clock: earned, sent by itself, gone wrong, taken back.

`python -m tests.quarter` lives it and prints its diary. The product's own poll, pipeline, door and clock tasks do all of it;
what is made up is who writes, who reviews, who comes back (a seeded draw), and that deliveries become slow in week nine
while the approved source still says what it said.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
import sqlalchemy as sa

from app import (
    anchor,
    freezing,
    guardrails,
    notices,
    pipeline,
    polling,
    ramping,
    review,
    second_review,
    sourcing,
    sweep,
)
from app import deliver as door
from app.ai.embed import Embedder
from app.deps import Deps
from app.governance.freezing import Kind
from app.governance.reviews import Outcome
from app.minds import Minds
from app.store import engine as store_engine
from app.store import freezes, inbox, keyring, outbox, policies, proposals, staff
from app.store.keys import Keys
from app.store.tables import notice, proposal
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from sandbox.zendesk.server import Options, Running
from tests import earned, shelf
from tests.ai.small import Words
from tests.conftest import FrozenClock
from tests.fakes import FixedToken
from tests.house import Bell, settings

SEED = 5
STARTS = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
WEEKS, A_DAY = 13, 10
SLOW_WEEK = 9  # from its Monday on, deliveries take longer than the source says
USUALLY, WHEN_WRONG = 0.02, 0.4  # so many customers come back
REJECTED = 0.01  # so many drafts a reviewer does not like
SAYS, CURED = "takes 3 to 5 working days", "takes 8 to 10 working days"
UNTIL_CURED = timedelta(days=4)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
POLICY = earned.STANDARD.replace("note_on_offer = true\n", "")  # half of the calls, and no more to see
HEAD = "week  by itself  by people  came back  step         what happened"


@dataclass
class Week:
    """What the diary says of one week, as the people and the host's ledger saw it."""

    number: int
    alone: int = 0
    people: int = 0
    back: int = 0
    step: str = ""
    news: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """For a reader."""
        told = "; ".join(self.news)
        return f"{self.number:>4}  {self.alone:>9}  {self.people:>9}  {self.back:>9}  {self.step:<12} {told}".rstrip()


@contextmanager
def sandbox(home: Path, clock: FrozenClock) -> Iterator[Running]:
    """The sandbox Zendesk in this process, so that its time is the injected one."""
    home.mkdir(parents=True)
    nobody = home / "nobody.jsonl"
    nobody.write_text("", encoding="utf-8")
    told = {"port": 0, "home": home, "app_url": "http://localhost:9", "seeds": nobody}
    made = Running(Options(**told, now=lambda: clock.now().timestamp()))  # type: ignore[arg-type]
    made.start()
    serving = threading.Thread(target=made.serve)
    serving.start()
    try:
        yield made
    finally:
        made.stop()
        serving.join()


def deployed(home: Path, host: ZendeskHost, clock: FrozenClock) -> Deps:
    """A fresh deployment beside that host. Its mails are written and never leave."""
    known = replace(settings(home), smtp_url="smtp://127.0.0.1:9")
    engine = store_engine.connect(f"sqlite:///{home / 'countersign.db'}")
    store_engine.upgrade(engine)
    reading = store_engine.readers(engine)
    with engine.begin() as tx:
        keyring.prepare(tx, known.key)
    keys = Keys(known.key, keyring.finder(reading, known.key))
    return Deps(known, engine, reading, keys, {"zendesk": host}, Bell(), clock)


def hosted(running: Running, home: Path, clock: FrozenClock) -> ZendeskHost:
    """The real client, as the installation of that sandbox is described."""
    facts = json.loads((home / "installation.json").read_text(encoding="utf-8"))
    return ZendeskHost(
        ZendeskClient(running.url, FixedToken(facts["integration_token"])),
        deployment="test",
        integration_user=str(facts["integration_user_id"]),
        webhook_secrets=["quarter"],
        installation=str(facts["installation_id"]),
        pause=clock.tick,
    )


class Quarter:
    """The company: its customers, its people, its deployment, its diary."""

    def __init__(self, deps: Deps, url: str, clock: FrozenClock, seed: int = SEED) -> None:
        self.deps, self.clock, self.url = deps, clock, url
        self.chance = random.Random(seed)
        self.minds: Any = Minds(deps.readers, Embedder(english=Words, multilingual=Words), None, None)
        self.weeks = [Week(number) for number in range(1, WEEKS + 1)]
        self.returns: list[tuple[datetime, str, Week]] = []
        self.alarmed_at: datetime | None = None
        self.heard: dict[str, str] = {}  # who was mailed of the alarm, and what
        self.first_after: str | None = None  # what became of the first message after the alarm
        self.rejected: set[str] = set()
        self.written = 0
        self.control("PUT", "settings", {"blind_seconds": 0})
        self._people_come()

    def _people_come(self) -> None:
        now = self.clock.now()
        with self.deps.engine.begin() as tx:
            for person in self.deps.hosts["zendesk"].staff():
                staff.meet(tx, "zendesk", person, now)
            for email in ("rosa@acme.example", "adam@acme.example"):
                staff.set_role(tx, email, "reviewer")
        names = ("ana", "ben", "rosa", "adam")
        self.ana, self.ben, *self.reviewers = (actor(self.deps, f"{name}@acme.example") for name in names)
        shelf.fill(self.deps.engine, self.clock)
        with self.deps.engine.begin() as tx:
            policies.publish(tx, POLICY, self.ana.member.id, self.ben.member.id, now)

    # --- what the product does -----------------------------------------------------------------------------------------
    def round(self) -> None:
        """All that is due: what the host tells, what waits at the door, what the clock looks at, what came of it."""
        self._poll()
        with self.deps.readers.begin() as tx:
            due = outbox.due(tx, self.clock.now())
        for row in due:
            door.deliver(self.deps, row)
        if due:
            self._poll()
        for task in (sweep.sweep, freezing.keep_clean, guardrails.look, notices.compose):
            task(self.deps)
        self._notice_alarms()

    def _poll(self) -> None:
        self.clock.tick(1)  # the export tells of what is over
        polling.poll(self.deps, "zendesk")
        with self.deps.readers.begin() as tx:
            told = inbox.due(tx, self.clock.now())
        for row in told:
            pipeline.handle(self.deps, self.minds, row)

    def _notice_alarms(self) -> None:
        with self.deps.readers.begin() as tx:
            (rung,) = [one for one in freezes.still_open(tx) if one.kind is Kind.GUARDRAIL] or [None]
        if rung is not None and self.alarmed_at is None:
            self.alarmed_at = self.clock.now()
            self.week.news.append(f"ALARM: {rung.cause}")
            about = sa.select(notice.c.address, notice.c.body).where(
                notice.c.body.contains(rung.cause, autoescape=True)
            )
            with self.deps.readers.begin() as tx:
                self.heard = {row.address: row.body for row in tx.execute(about)}

    def newest(self, ticket: str) -> tuple[str, str]:
        """The proposal for that ticket's newest message, and its state."""
        mine = sa.select(proposal.c.id, proposal.c.state).where(proposal.c.ticket == ticket)
        with self.deps.readers.begin() as tx:
            row = tx.execute(mine.order_by(proposal.c.id.desc()).limit(1)).one()
        return row.id, row.state

    # --- what people do ------------------------------------------------------------------------------------------------
    def dealt_with(self, ticket: str) -> str:
        """By itself after its hold, by approval, or in somebody's own words. Returns how it was offered."""
        self.round()
        item, state = self.newest(ticket)
        self.clock.tick(125)  # a hold is over, a draft is read
        who = self.reviewers[self.written % 2]
        if state == proposals.OFFERED and self.alarmed_at is None and self.chance.random() >= REJECTED:
            with self.deps.engine.begin() as tx:
                stored = proposals.load(tx, self.deps.keys, item)
                assert stored is not None
                seen = review.judged(self.deps, tx, stored, self.clock.now())[1].seen
            review.approve(self.deps, item, seen, who)
            self.clock.tick(6)
        elif state != proposals.HELD:
            if state == proposals.OFFERED:
                review.reject(self.deps, item, "wrong answer", who)
                self.rejected.add(item)
            words = "It takes a little longer just now: we are sorry, and we write as soon as it is on its way."
            self.control("POST", "person-replies", {"ticket": int(ticket), "text": words, "by": who.member.email})
        self.round()
        return state

    def second_looks(self) -> None:
        """Whoever looks again finds what the first one found."""
        for who in self.reviewers:
            for task in second_review.tasks(self.deps, who):
                if task.kind == second_review.AGAIN:
                    self.clock.tick(60)
                    says = Outcome.REJECTED if task.id in self.rejected else Outcome.ACCEPTED
                    second_review.say(self.deps, task.id, says, who)

    def admins(self) -> None:
        """Each morning two people look whether a step may follow; after an alarm they mend its cause first."""
        if self.alarmed_at is not None:
            if self.clock.now() - self.alarmed_at > UNTIL_CURED:
                self._cure()
            return
        (stands,) = ramping.standings(self.deps)
        if stands.step is not stands.next and not stands.objections:
            asked = ramping.ask(self.deps, earned.CATEGORY, "the evidence holds", self.ana)
            step = ramping.grant(self.deps, asked.id, self.ben)
            tally = stands.report.verdict.tally
            self.week.news.append(f"{step.words} ({tally.good} of {tally.counted} reviewed drafts were good)")

    def _cure(self) -> None:
        """The source says what is so, by two people; then two people lift the freeze."""
        text = (shelf.FILES / "shipping-times.md").read_text(encoding="utf-8").replace(SAYS, CURED)
        asked = sourcing.add(self.deps, text, "shipping-times.md", self.reviewers[0], "the carrier is slower").request
        assert asked is not None
        sourcing.approve(self.deps, asked.id, self.ana, asked.sha256)
        with self.deps.readers.begin() as tx:
            (rung,) = [one for one in freezes.still_open(tx) if one.kind is Kind.GUARDRAIL]
        assert not freezing.thaw(self.deps, rung.id, "the source says 8 to 10 days now", self.ana)
        assert freezing.thaw(self.deps, rung.id, "", self.ben)
        self.alarmed_at, self.slow = None, False
        self.week.news.append("source mended, freeze lifted by two")

    # --- what customers do ---------------------------------------------------------------------------------------------
    slow = False  # deliveries take longer than the drafts say

    def control(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": "Bearer sandbox-admin"}
        answer = requests.request(method, f"{self.url}/sandbox/{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def somebody_asks(self) -> None:
        self.written += 1
        who = {"name": f"Kim {self.written}", "email": f"kim{self.written}@customer.example"}
        asked = {"subject": "Delivery", "text": earned.QUESTION, "requester": who}
        ticket = str(self.control("POST", "new-ticket", asked)["ticket"]["id"])
        warned = self.alarmed_at is not None
        state = self.dealt_with(ticket)
        if warned and self.first_after is None:
            self.first_after = state
        drawn, wait = self.chance.random(), HOUR * self.chance.randint(4, 40)
        if drawn < (WHEN_WRONG if self.slow and not warned else USUALLY):
            self.returns.append((self.clock.now() + wait, ticket, self.week))

    def those_who_return(self) -> None:
        due = [one for one in self.returns if one[0] <= self.clock.now()]
        self.returns = [one for one in self.returns if one not in due]
        for _, ticket, week in due:
            week.back += 1
            self.control("POST", "customer-reply", {"ticket": int(ticket), "text": "And to Norway?"})
            self.dealt_with(ticket)

    # --- days ----------------------------------------------------------------------------------------------------------
    @property
    def week(self) -> Week:
        return self.weeks[(self.clock.now() - STARTS) // WEEK]

    def live(self, told: Callable[[str], object] = lambda _line: None) -> None:
        """All of it; `told` hears each line of the diary."""
        for number in range(7 * WEEKS):
            self.slow = self.slow or number == 7 * (SLOW_WEEK - 1)
            self.day(STARTS + number * DAY)
            if number == 12:
                earned.rehearse(self)  # type: ignore[arg-type]
            if number % 7 == 6:
                self._close(self.week)
                for week in self.weeks[max(0, self.week.number - 2) : self.week.number - 1]:
                    told(week.line)  # a week late: its last customers have come back by now
        told(self.weeks[-1].line)

    def day(self, morning: datetime) -> None:
        self.clock.moment = morning
        self.admins()
        for slot in range(A_DAY):
            self.clock.moment = morning + slot * HOUR
            self.those_who_return()
            self.somebody_asks()
            self.second_looks()
        anchor.verify_nightly(self.deps)

    def _close(self, week: Week) -> None:
        """From the host's ledger: what really reached customers."""
        start = STARTS + (week.number - 1) * WEEK
        entries = self.control("GET", "ledger")["entries"]
        mine = [one for one in entries if 0 <= one["time"] - start.timestamp() < WEEK.total_seconds()]
        week.alone = sum((one["metadata"] or {}).get("countersign", {}).get("mode") == "auto" for one in mine)
        week.people = len(mine) - week.alone
        (stands,) = ramping.standings(self.deps)
        week.step = stands.step.words + (" (frozen)" if self.alarmed_at else "")


def actor(deps: Deps, email: str) -> review.Actor:
    with deps.readers.begin() as tx:
        member = staff.by_email(tx, email)
    assert member is not None
    return review.Actor(member, "settings")


@contextmanager
def lived(folder: Path, told: Callable[[str], object] = lambda _line: None) -> Iterator[Quarter]:
    """A quarter that is over, and what is left of it."""
    clock = FrozenClock(STARTS)
    with sandbox(folder / "zendesk", clock) as running:
        deps = deployed(folder, hosted(running, folder / "zendesk", clock), clock)
        try:
            quarter = Quarter(deps, running.url, clock)
            told(HEAD)
            quarter.live(told)
            yield quarter
        finally:
            deps.readers.dispose()
            deps.engine.dispose()


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    with TemporaryDirectory() as place, lived(Path(place), say):
        sys.exit(0)

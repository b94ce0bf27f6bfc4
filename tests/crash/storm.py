"""A storm: one deployment of real processes, thousands of events, and all harms of the world at random moments at once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app import review
from app.store.tables import inbox, outbox, proposal
from tests import servers
from tests.crash import actors
from tests.crash.deployment import answers, wait_for
from tests.crash.house import House
from tests.crash.mail import Mail
from tests.crash.world import Place, World, state

if TYPE_CHECKING:
    from tests.crash.weather import Weather

T = TypeVar("T")
WORKERS, POSTERS = 3, 4
BUSY = 40  # events that wait for a worker, at most: then the senders pause, so that harm meets work at all times
RIPE = timedelta(seconds=1.3)  # from an offer to the click: a ticket's stamp must have aged
PATIENCE = 120.0
SHARE = 0.05  # of the requests to the host meet with a fault

MOVING = ("working", "approved", "sending", "held")
STAMP = "stamp"
# Without one of these a storm must break that promise. "tier 3 may go" is none: nobody here approves what is never offered.
TEETH = {
    STAMP: "the outbox says sent|answered twice|older question|sent after CONFIRMED",
    "settled as never sent": "the outbox says sent|answered twice",
    "the claim ignores OFF": "a write while the switch was|sent after CONFIRMED",
    "confirmed too early": "CONFIRMED while row|sent after CONFIRMED",
}


@dataclass(frozen=True)
class Slice:
    """Which storm. The same seed makes the same choices, though not the same interleaving."""

    number: int
    store: str
    events: int
    without: str = ""

    @property
    def key(self) -> str:
        return "/".join(str(value) for value in asdict(self).values())


@dataclass
class Report:
    """What became of it. `counts`: what customers did, what the world did to us, and what came of it."""

    slice: Slice
    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    stops: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0


class Crew:
    """The deployment's processes: whoever dies is started again at once, as by a supervisor."""

    def __init__(self, place: Place, without: str) -> None:
        self.place = place
        self.lacking = {"weak": True} if without == STAMP else {"without": without}
        self.port = servers.free_port()
        self._living: dict[str, ForkServerProcess] = {}
        self._notes = place.world.home / f"window-{place.home.name}"
        self.over = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._supervise)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._thread.join()

    def _supervise(self) -> None:
        while not self.over.wait(0.05):
            for name in ("web", "clock", *(f"worker{number}" for number in range(WORKERS))):
                child = self._living.get(name)
                if child is None or state(child) == "dead":
                    self._living[name] = self._started(name)

    def _started(self, name: str) -> ForkServerProcess:
        Path(self.note(name)).unlink(missing_ok=True)  # what the dead one was at is not what this one is at
        roles: dict[str, tuple[actors.Role, dict[str, Any]]] = {
            "web": (actors.web, {"port": self.port}),
            "clock": (actors.clock, {"polls": True}),
        }
        role, more = roles.get(name) or (actors.worker, {"tells": self.note(name)})
        return self.place.fork(role, more=more, **self.lacking)

    def note(self, name: str) -> str:
        return f"{self._notes}-{name}"

    def get(self, name: str) -> ForkServerProcess | None:
        """None: it is dead and not started again yet."""
        child = self._living.get(name)
        return child if child is not None and state(child) != "dead" else None

    def window(self, name: str) -> bool:
        """Is that worker, or was it when it died, between the claim and the record of an answer?"""
        with suppress(OSError):
            told = Path(self.note(name)).read_bytes()
            return len(told) == actors.WINDOW.size and actors.WINDOW.unpack(told) != (0, 0)
        return False


class Storm:
    """One slice, from the first event to the last record."""

    def __init__(self, world: World, place: Place, which: Slice, host: str) -> None:
        self.world, self.place, self.slice = world, place, which
        self.chance = random.Random(which.key)
        self.report = Report(which)
        place.env["ZENDESK_URL"] = f"http://{host}"
        self.crew = Crew(place, which.without)
        self.house = House(place.deps)
        account = place.deps.settings.zendesk
        assert account is not None
        url = f"http://127.0.0.1:{self.crew.port}/webhooks/zendesk"
        self.mail = Mail(world.zendesk, account.secrets[0], url, random.Random(f"mail {which.key}"), which.events)
        self._clicked: set[tuple[Any, ...]] = set()
        self.calm = threading.Event()  # nobody harms us any more

    def run(self, weather: Weather) -> None:
        """All of it."""
        with self.crew, ThreadPoolExecutor(POSTERS + 2) as pool:
            wait_for(lambda: answers(f"{self.mail.url.partition('/webhooks')[0]}/healthz"), "the web process")
            clicks = pool.submit(self._click)
            harms = pool.submit(self._harm, list(weather.planned()))
            try:
                self._deliver(pool)
                harms.result()
                weather.rest()
                self._settle()
            finally:
                self.calm.set()  # however it ended: nobody goes on for ever
                self.report.counts.update(self.mail.counts)
            clicks.result()

    def _deliver(self, pool: ThreadPoolExecutor) -> None:
        slots = threading.Semaphore(2 * POSTERS)
        for body in self.mail.deliveries():
            slots.acquire()
            self._pause()
            pool.submit(self.mail.post, body).add_done_callback(lambda _: slots.release())
        for _ in range(2 * POSTERS):
            slots.acquire()

    def _harm(self, planned: list[tuple[float, Callable[[], object]]]) -> None:
        for share, harm in sorted(planned, key=lambda one: one[0]):
            while self.mail.counts["events"] < share * self.slice.events:
                if self.calm.wait(0.02):
                    return
            harm()

    def _pause(self) -> None:
        """While workers lag behind."""
        if self.mail.counts["events"] % 10 == 0:
            wait_for(lambda: self.ask(self._unread) <= BUSY, "workers that keep up", PATIENCE)

    # --- people ------------------------------------------------------------------------------------------------------------
    def _click(self) -> None:
        """Rosa says yes to every draft, and tries the same with what is for people alone."""
        while not self.calm.wait(0.2):
            now = self.place.deps.clock.now()
            for row in self.ask(self._offers):
                ripe = not now - RIPE < row.changed_at <= now  # or made while the clock was wrong
                if ripe and self._approved(row.id):
                    self._clicked.add(tuple(row))

    def _offers(self, tx: sa.Connection) -> list[sa.Row[Any]]:
        """What nobody has clicked on as it stands, once it is ripe."""
        wanted = sa.select(proposal.c.id, proposal.c.state, proposal.c.changed_at)
        here = wanted.where(proposal.c.state.in_(("offered", "escalated", "human")))
        return [row for row in tx.execute(here.order_by(proposal.c.changed_at)) if tuple(row) not in self._clicked]

    def _approved(self, one: str) -> bool:
        """False: the database was away, so the person clicks again."""
        try:
            self.house.approve(one)
            self.report.counts["approved"] += 1
        except review.Refusal:
            self.report.counts["refused"] += 1
        except DBAPIError:
            return False
        return True

    # --- the end -------------------------------------------------------------------------------------------------------------
    def ask(self, question: Callable[[sa.Connection], T]) -> T:
        """Of the database, which may be away for a while."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self.place.deps.readers.begin() as tx:
                    return question(tx)
            except DBAPIError:
                assert time.monotonic() < deadline, "the database did not come back"
                time.sleep(0.1)

    def _unread(self, tx: sa.Connection) -> int:
        return tx.execute(sa.select(sa.func.count()).where(inbox.c.state == "received")).scalar_one()

    def _settle(self) -> None:
        """Until everything that was asked has its end, and a while longer."""
        deadline, quiet = time.monotonic() + PATIENCE, 0
        while quiet < 4:
            left = self.ask(self._open)
            quiet = quiet + 1 if not left else 0
            assert time.monotonic() < deadline, f"it came to no end: {left}"
            time.sleep(0.5)

    def _open(self, tx: sa.Connection) -> dict[str, Any]:
        """What has not come to its end, and what it says of itself."""
        known = {tuple(row) for row in tx.execute(sa.select(proposal.c.ticket, proposal.c.comment))}
        newest = {(ref.ticket, str(asked[-1])) for ref, asked in self.mail.asked.items()}
        unread = sa.select(inbox.c.id, inbox.c.kind, inbox.c.not_before, inbox.c.trouble)
        going = sa.select(outbox.c.id, outbox.c.state, outbox.c.not_before, outbox.c.lease_until, outbox.c.reason)
        waits = sa.select(proposal.c.id, proposal.c.state, proposal.c.changed_at, proposal.c.lease_until)
        found: dict[str, Any] = {
            "unread": tx.execute(unread.where(inbox.c.state == "received")).all(),
            "without a proposal": sorted(newest - known),
            "going": tx.execute(going.where(outbox.c.state.in_(("READY", "SENDING")))).all(),
            "waits": tx.execute(waits.where(proposal.c.state.in_(MOVING))).all(),
            "without a click": [row.id for row in self._offers(tx)],
        }
        return {name: [str(one) for one in some] for name, some in found.items() if some}

"""One trial: a few approved answers, a bad host, one process that dies or stops at a named point, perhaps a rollback."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.context import ForkServerProcess
from typing import Any

import sqlalchemy as sa

from app.crash import POINTS
from app.host import TicketRef
from app.store import switch
from app.store.tables import outbox
from tests.crash import actors
from tests.crash.deployment import wait_for
from tests.crash.house import House
from tests.crash.world import Place, World, send, state

SETTLED = ("SENT", "HUMAN")
PATIENCE = 60.0
DELAY = {"before": (0.3, 2.6), "after": (0.3, 1.2)}  # seconds; a client gives up after 1.5


@dataclass(frozen=True)
class Case:
    """Which trial. The same case makes the same choices, though not the same interleaving."""

    point: int
    seed: int
    database: str
    rollback: bool
    weak: bool = False

    @property
    def key(self) -> str:
        return "/".join(str(value) for value in asdict(self).values())


@dataclass
class Outcome:
    """What became of it. `trap`: the process died or stopped where it should; `window`: with a send in flight."""

    case: Case
    violations: list[str] = field(default_factory=list)
    trap: bool = False
    stopped: bool = False
    window: bool = False
    sent: int = 0
    to_people: int = 0
    off_ms: float | None = None
    confirmed_ms: float | None = None
    seconds: float = 0.0


class Trial:
    """What the roads of `tests.crash.roads` are made of."""

    def __init__(self, world: World, place: Place, case: Case) -> None:
        self.world, self.place, self.case = world, place, case
        self.zendesk = world.zendesk
        self.chance = random.Random(case.key)
        self.outcome = Outcome(case)
        self.house = House(place.deps)
        self.tickets: dict[str, TicketRef] = {}  # by proposal
        self.last_delay = 0.0
        self.scope = switch.ALL
        self.stopper: ForkServerProcess | None = None
        self.helpers = False  # a clock and a worker without a trap are there
        self.off_at: float | None = None
        self.confirmed_at: float | None = None
        names = POINTS[case.point]
        self.name = names[case.seed % len(names)]
        self.stop = case.seed % 3 == 2  # every third is a short stop, the others die

    # --- before ----------------------------------------------------------------------------------------------------------
    def approved(self, count: int) -> None:
        """So many answers that a person has let go, on a host that has a bad day with some of them."""
        for ref in self.world.tickets(count):
            proposal = self.house.offered(ref)
            self.tickets[proposal] = ref
            self.house.approve(proposal)

    def spoil(self, ref: TicketRef, when: str, *, on: str = "reply", seconds: float | None = None) -> int:
        """Slow once on that ticket; the fault's number."""
        chosen = self.chance.uniform(*DELAY[when]) if seconds is None else seconds
        self.last_delay = max(self.last_delay, chosen)
        return self._fault("slow", ref, on=on, when=when, seconds=chosen)

    def hang_up(self, ref: TicketRef, when: str = "after") -> int:
        """The connection is cut once, before or after the reply is applied."""
        return self._fault("drop_connection", ref, on="reply", when=when)

    def _fault(self, kind: str, ref: TicketRef, **how: Any) -> int:
        body = {"kind": kind, "ticket": int(ref.ticket), "times": 1, **how}
        return int(self.zendesk.control("POST", "faults", body)["fault"]["id"])

    def bad_luck(self) -> None:
        """Something for each ticket, or nothing."""
        for ref in self.tickets.values():
            for choose in self.chance.sample(BAD_LUCK, k=self.chance.randint(0, 1)):
                choose(self, ref)

    # --- meanwhile -------------------------------------------------------------------------------------------------------
    def fork(self, role: actors.Role, *, armed: bool = False, **how: Any) -> ForkServerProcess:
        return self.place.fork(role, self.trap() if armed else "", weak=self.case.weak, **how)

    def trap(self) -> str:
        nth = 1 + self.case.seed % 2 if self.name == "audit-unappended" else 1
        return f"{self.name}:{nth}:{'STOP' if self.stop else 'KILL'}"

    def help(self) -> None:
        """A clock and a worker that nobody trapped, once."""
        if not self.helpers:
            self.helpers = True
            self.fork(actors.clock)
            self.fork(actors.worker)

    def ring(self) -> None:
        self.place.deps.ring("deliver", [row.id for row in self.rows() if row.state == "READY"])

    def until_struck(self, child: ForkServerProcess, seconds: float = 20.0) -> bool:
        """Wait for its trap. False: it never came to that place."""
        self.until(lambda: state(child) != "alive" or (self.tickets and self._all_sent()), seconds)
        return self._struck(child)

    def _all_sent(self) -> bool:
        rows = self.rows()
        return bool(rows) and all(row.state == "SENT" for row in rows)

    def _struck(self, child: ForkServerProcess) -> bool:
        if state(child) == "stopped" or child.exitcode == -signal.SIGKILL:
            self.struck(stopped=state(child) == "stopped")
            return True
        return False

    def struck(self, *, stopped: bool) -> None:
        """Note what was in flight at that moment."""
        self.outcome.trap, self.outcome.stopped = True, stopped
        self.outcome.window |= self.in_flight()

    def strike(self, child: ForkServerProcess) -> None:
        """Kill or stop it now, from outside."""
        send(child, signal.SIGSTOP if self.stop else signal.SIGKILL)
        self.struck(stopped=self.stop)

    def wake(self, child: ForkServerProcess) -> None:
        """A stopped process goes on, after its lease is over or before."""
        if state(child) == "stopped":
            time.sleep(self.chance.choice((0.2, 1.5, 2.5)))
            send(child, signal.SIGCONT)

    def until(self, condition: Callable[[], Any], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def wait(self, condition: Callable[[], Any], what: str) -> None:
        """Until it is so; whoever came to its trap after we had looked goes on."""

        def meanwhile() -> Any:
            for child in self.place.processes:
                if state(child) == "stopped" and self._struck(child):
                    self.wake(child)
            return condition()

        wait_for(meanwhile, f"{what} in {self.case.key}", PATIENCE)

    def fault_struck(self, *faults: int) -> bool:
        """Did the host meet one of these by now?"""
        left = {fault["id"] for fault in self.zendesk.control("GET", "faults")["faults"]}
        return not set(faults) <= left

    # --- the switch --------------------------------------------------------------------------------------------------------
    def roll_back(self, *, armed: bool = False, scope: str = switch.ALL) -> ForkServerProcess:
        """Somebody presses the switch, in a process of their own."""
        self.outcome.window |= self.in_flight()
        self.scope = scope
        return self.fork(actors.stopper, armed=armed, more={"scope": scope})

    def roll_back_perhaps(self) -> None:
        """Where the case says so: at a random moment."""
        if self.case.rollback:
            time.sleep(self.chance.uniform(0, 0.8))
            self.stopper = self.roll_back()

    def _pressed_again(self) -> bool:
        """Is it CONFIRMED? A press that failed, since the database was away, said so: the person presses again."""
        if self.stopper is not None and state(self.stopper) == "dead" and self.standing().state == "LIVE":
            self.stopper = self.roll_back()
        return self.standing().state == "CONFIRMED"

    def standing(self) -> switch.ScopeState:
        with self.place.deps.readers.begin() as tx:
            return next(one for one in switch.scopes(tx) if one.scope == self.scope)

    # --- after -------------------------------------------------------------------------------------------------------------
    def rows(self) -> Sequence[sa.Row[Any]]:
        with self.place.deps.readers.begin() as tx:
            return tx.execute(sa.select(outbox).where(outbox.c.purpose == "answer")).all()

    def in_flight(self) -> bool:
        with self.place.deps.readers.begin() as tx:
            return tx.execute(sa.select(outbox.c.id).where(outbox.c.state == "SENDING").limit(1)).first() is not None

    def finish(self, *, stopped: bool | None = None) -> None:
        """Everybody helps until all is settled, and what is still on its way arrives."""
        self.help()
        self.wait(self._settled, "the end")
        if self.case.rollback if stopped is None else stopped:
            self.wait(self._pressed_again, "CONFIRMED")
            self._note_times()
        time.sleep(self.last_delay + 0.3)

    def _settled(self) -> bool:
        with self.place.deps.readers.begin() as tx:
            open_rows = outbox.c.state.not_in(SETTLED)
            return tx.execute(sa.select(outbox.c.id).where(open_rows).limit(1)).first() is None

    def _note_times(self) -> None:
        standing = self.standing()
        assert standing.off_at is not None
        assert standing.confirmed_at is not None
        self.off_at, self.confirmed_at = standing.off_at.timestamp(), standing.confirmed_at.timestamp()
        self.outcome.confirmed_ms = 1000 * (self.confirmed_at - self.off_at)


BAD_LUCK: tuple[Callable[[Trial, TicketRef], Any], ...] = (
    lambda trial, ref: trial.spoil(ref, "before"),
    lambda trial, ref: trial.spoil(ref, "after"),
    lambda trial, ref: trial.hang_up(ref),
    lambda trial, ref: trial.hang_up(ref, "before"),
)

"""How soon a stop stops: OFF and CONFIRMED while writers saturate the database and answers are on their way."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
import sqlalchemy as sa

from app import review, sweep
from app.host import TicketRef
from app.store.tables import outbox
from benchmarks.report import Figure, percentile
from benchmarks.saturation import SETTLED, Writers, rows, until
from tests import servers
from tests.crash import actors
from tests.crash.house import House
from tests.crash.world import Place, World, world

NAME = "rollback"
WRITERS = {"sqlite": 8, "postgresql": 16}
ROUNDS, ORPHANED, SLOWER = 93, 5, 2  # stops on each database: see Series
SENDERS, ANSWERS = 4, 4
ANSWER = (0.2, 2.0)  # seconds that the host takes for a reply
SLOW = 6.0  # seconds that a host takes for each call when it is slower than the promise covers
CALLS = 4  # a fence that is read back takes so many


@dataclass
class Series:
    """Seconds of each stop on one database; `floor`: one bare durable insert among the same writers."""

    off: list[float] = field(default_factory=list)
    confirmed: list[float] = field(default_factory=list)
    orphaned: list[float] = field(default_factory=list)  # senders killed, every call of the host takes 2 s
    slower: list[float] = field(default_factory=list)  # every call takes 6 s
    floor: list[float] = field(default_factory=list)
    quiet: list[tuple[float, float]] = field(default_factory=list)  # from CONFIRMED to LIVE
    in_flight: int = 0
    late: int = 0
    commits: list[int] = field(default_factory=list)  # of all writers, from one stop to the next
    least: list[int] = field(default_factory=list)  # the same of the writer that got the fewest
    seconds: float = 0.0


def measure(seed: int) -> list[Figure]:
    """First SQLite, then PostgreSQL with its disk's honest fsync."""
    return figures({kind: _series(kind, Random(f"{seed} {kind}")) for kind in WRITERS})


def _series(kind: str, chance: Random) -> Series:
    with ExitStack() as stack:
        home = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-bench-", ignore_cleanup_errors=True))
        )
        redis_url = stack.enter_context(servers.redis_server())
        postgres = stack.enter_context(servers.postgres_server("fsync=on")) if kind == "postgresql" else None
        made = stack.enter_context(world(home, redis_url, postgres, 1))
        place = stack.enter_context(made.place(kind))
        bare = stack.enter_context(_bare_writer(place.database))
        writers = Writers(place, WRITERS[kind])
        return Stops(made, place, chance, bare, writers).all()


# --- who stops it among them ------------------------------------------------------------------------------------------
@contextmanager
def _bare_writer(database: str) -> Iterator[Callable[[], object]]:
    """The least that could be durable: one INSERT of one number, by the driver alone, a try each millisecond."""
    if database.startswith("sqlite"):
        bare = sqlite3.connect(database.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
        bare.execute("PRAGMA synchronous=FULL")
        _patiently(lambda: bare.execute("CREATE TABLE bench_floor (x INTEGER)"))
        yield lambda: _patiently(lambda: bare.execute("INSERT INTO bench_floor VALUES (1)"))
        bare.close()
    else:
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE TABLE bench_floor (x INTEGER)")
            yield lambda: connection.execute("INSERT INTO bench_floor VALUES (1)")


def _patiently(act: Callable[[], object]) -> None:
    while True:
        try:
            act()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.001)
        else:
            return


class Stops:
    """One stop after another, each with answers on their way."""

    def __init__(
        self, world: World, place: Place, chance: Random, bare: Callable[[], object], writers: Writers
    ) -> None:
        self.world, self.place, self.chance, self._bare, self._writers = world, place, chance, bare, writers
        self.house = House(place.deps)
        self.series, self.refs = Series(), list[TicketRef]()
        self.senders = [place.fork(actors.worker, hurried=False) for _ in range(SENDERS)]

    def all(self) -> Series:
        began = time.monotonic()
        for _ in range(ROUNDS):
            self._answers(lambda ref: self._slow(ref, "reply", self.chance.uniform(*ANSWER), 1))
            self._stop(self.series.confirmed)
        for _ in range(ORPHANED):
            self._answers(lambda ref: self._slow(ref, "any", ANSWER[1], None), orphaned=True)
            self._stop(self.series.orphaned)
        for _ in range(SLOWER):
            self._answers(lambda ref: self._slow(ref, "any", SLOW, None), orphaned=True)
            self._stop(self.series.slower)
        self.series.seconds = time.monotonic() - began
        self._late()
        return self.series

    def _slow(self, ref: TicketRef, on: str, seconds: float, times: int | None) -> None:
        self.world.zendesk.fault("slow", ref, on=on, when="before", seconds=seconds, times=times)

    def _answers(self, spoil: Callable[[TicketRef], None], *, orphaned: bool = False) -> None:
        """Some answers in flight; `orphaned`: their senders are killed."""
        refs = self.refs = self.world.tickets(ANSWERS)
        items = [self.house.offered(ref) for ref in refs]
        if not orphaned:
            for ref in refs:
                spoil(ref)
        rows = [row for item in items for row in self._approved(item)]
        self.place.deps.ring("deliver", rows)
        until(lambda: self._sending() > 0)
        if orphaned:
            for sender in self.senders:
                sender.kill()
            for ref in refs:
                spoil(ref)
            self.senders = [self.place.fork(actors.worker, hurried=False) for _ in range(SENDERS)]
        time.sleep(self.chance.uniform(0, 0.3))

    def _approved(self, item: str) -> Sequence[int]:
        self.house.approve(item)
        return rows(self.house, item)

    def _sending(self) -> int:
        mine = sa.and_(outbox.c.state == "SENDING", outbox.c.ticket.in_([ref.ticket for ref in self.refs]))
        with self.place.deps.readers.begin() as tx:
            return tx.execute(sa.select(sa.func.count()).select_from(outbox).where(mine)).scalar_one()

    def _stop(self, confirmed: list[float]) -> None:
        made = self._writers.since()
        self.series.commits.append(sum(made))
        self.series.least.append(min(made))
        began = time.monotonic()
        self._bare()
        self.series.floor.append(time.monotonic() - began)
        self.series.in_flight += self._sending()
        began = time.monotonic()
        assert review.roll_back(self.place.deps, "*", "bench")  # noqa: S101 - it was LIVE
        self.series.off.append(time.monotonic() - began)
        state = sweep.drain_until(self.place.deps, "*", SETTLED)
        confirmed.append(time.monotonic() - began)
        quiet_since = time.time()
        if state != "CONFIRMED":
            raise TimeoutError(f"not CONFIRMED within {SETTLED:g} s")
        self.world.zendesk.control("DELETE", "faults")
        review.restore(self.place.deps, "*", self.house.actor("ana@acme.example"))
        self.series.quiet.append((quiet_since, time.time()))
        review.restore(self.place.deps, "*", self.house.actor("ben@acme.example"))

    def _late(self) -> None:
        times = [entry["time"] for entry in self.world.zendesk.ledger()]
        self.series.late = sum(any(since < at < until for since, until in self.series.quiet) for at in times)


# --- what it came to ---------------------------------------------------------------------------------------------------
def figures(all_of: Mapping[str, Series]) -> list[Figure]:
    """The same for each database; the floor stands beside OFF, which is one commit too."""
    return [figure for kind, series in all_of.items() for figure in _of(kind, series)]


def _of(kind: str, series: Series) -> Iterator[Figure]:
    writers = f"{kind}, {WRITERS[kind]} writers"
    for share, goal in ((0.5, None), (0.99, 250.0)):
        off, floor = (1000 * percentile(values, share) for values in (series.off, series.floor))
        name = f"off_p{100 * share:g}_ms_{kind}"
        yield Figure(name, f"OFF p{100 * share:g} ({writers})", off, "ms", floor=floor, at_most=goal)
    for share, goal in ((0.5, None), (0.99, 15.0)):
        seconds = percentile(series.confirmed, share)
        yield Figure(f"confirmed_p{100 * share:g}_s_{kind}", f"CONFIRMED p{100 * share:g}", seconds, "s", at_most=goal)
    slowest = max(series.orphaned, default=0.0)
    yield Figure(f"orphaned_slowest_s_{kind}", "  senders killed, each call 2 s: slowest", slowest, "s", at_most=15.0)
    bound = sweep.PATIENCE.total_seconds() + CALLS * SLOW + 3
    words = f"  senders killed, each call {SLOW:g} s: slowest"
    yield Figure(f"slower_slowest_s_{kind}", words, max(series.slower, default=0.0), "s", at_most=bound)
    yield Figure(f"stops_{kind}", "stops", len(series.off))
    yield Figure(f"in_flight_{kind}", "answers in flight at OFF", series.in_flight)
    yield Figure(f"late_{kind}", "applied after CONFIRMED", series.late, at_most=0)
    yield Figure(f"commits_per_second_{kind}", "commits a second by the writers", sum(series.commits) / series.seconds)
    yield Figure(f"least_commits_{kind}", "fewest by one writer between two stops", min(series.least), at_least=1)

"""From the customer's words to a draft on offer: sandbox Zendesk, webhook, worker, every stage, until SQL says so."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from app.launch import redis
from app.supervise import Process
from benchmarks import ground
from benchmarks.report import Figure, percentile
from benchmarks.triage import ASKED, WHAT

NAME = "offered"
GENTLE, BURST = 60, 20
GAP = 1.0  # seconds between gentle tickets, on average
LOOK = 0.01
QUIET = 5.0  # seconds without anything waiting: the seeded tickets are through

Ready = Callable[[], dict[str, str]]  # ticket to state, of all that are concluded


@dataclass(frozen=True)
class Waits:
    """Seconds from each new ticket to its offer; `others` ended elsewhere than on offer."""

    gentle: list[float]
    burst: list[float]
    others: int


def measure(seed: int) -> list[Figure]:
    """The same tickets for both: ours first, then bare Flask and a bare worker on the same kind of sandbox."""
    with ground.folder() as place, ground.deployment(place / "home") as running:
        database = place / "home" / "countersign.db"
        until_quiet(database)
        ours = _waits(running.host, lambda: states(database), Random(seed))
    return figures(ours, _floor(seed))


def until_quiet(database: Path) -> None:
    """Call before measuring. The first start brings a mailbox full of seeded tickets; they are not what is measured."""
    deadline, since = time.monotonic() + 2 * ground.PATIENCE, time.monotonic()
    while time.monotonic() - since < QUIET:
        if time.monotonic() > deadline:
            raise TimeoutError("the seeded tickets never came to an end")
        if _asked(database, "SELECT 1 FROM inbox WHERE state = 'received' LIMIT 1"):
            since = time.monotonic()
        time.sleep(0.2)


def states(database: Path) -> dict[str, str]:
    """What each ticket was concluded to."""
    return dict(_asked(database, "SELECT ticket, state FROM proposal WHERE state <> 'working'"))


def _asked(database: Path, question: str) -> list[Any]:
    # Our own process holds no other connection to this file, so closing it drops nobody's locks.
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        return reader.execute(question).fetchall()


def _waits(host: str, ready: Ready, chance: Random) -> Waits:
    gentle, others = list[float](), 0
    for _ in range(GENTLE):
        seconds, offered = _through(host, ready, [_ticket(chance)])
        gentle += seconds
        others += 1 - offered
        time.sleep(chance.uniform(0.5, 1.5) * GAP)
    seconds, offered = _through(host, ready, [_ticket(chance) for _ in range(BURST)])
    return Waits(gentle, seconds, others + BURST - offered)


def _ticket(chance: Random) -> dict[str, Any]:
    number = chance.randrange(10**9)
    asker = {"name": f"Casey {number}", "email": f"casey{number}@customer.example"}
    text = f"Hello, I would like to order {chance.choice(WHAT)}: {chance.choice(ASKED)}? Thanks, Casey {number}"
    return {"subject": "Question before I order", "text": text, "requester": asker}


def _through(host: str, ready: Ready, tickets: Sequence[dict[str, Any]]) -> tuple[list[float], int]:
    """File them without waiting for one another; the clock of each starts before the host knows of it."""
    begun = dict[str, float]()
    for ticket in tickets:
        now = time.perf_counter()
        begun[str(ground.call(f"{host}/sandbox/new-ticket", ticket)["ticket"]["id"])] = now
    took, offered = dict[str, float](), 0
    deadline = time.monotonic() + ground.PATIENCE
    while len(took) < len(begun):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(begun) - len(took)} of {len(begun)} tickets were never concluded")
        for ticket_id, state in ready().items():
            if ticket_id in begun and ticket_id not in took:
                took[ticket_id] = time.perf_counter() - begun[ticket_id]
                offered += state == "offered"
        time.sleep(LOOK)
    return list(took.values()), offered


def _floor(seed: int) -> Waits:
    with ground.folder() as home:
        port = ground.free_ports()
        redis_url, host = f"unix://{home / 'redis.sock'}", f"http://127.0.0.1:{port + 1}"
        sandbox = _empty_sandbox(home, port)
        with ground.running([redis(home), sandbox], ground.environment(home)):
            secret = (home / "zendesk" / "webhook_secret").read_text(encoding="utf-8").strip()
            web, worker = ground.bare_web(home, secret, port, redis_url), _bare_worker(home, redis_url, host)
            with ground.running([web, worker], ground.environment(home)):
                return _waits(host, lambda: _answered(home / "floor.db"), Random(seed))


def _empty_sandbox(home: Path, port: int) -> Process:
    command = [sys.executable, "-m", "sandbox.zendesk", "--port", str(port + 1), "--home", str(home / "zendesk")]
    where = ["--app-url", f"http://localhost:{port}", "--seeds", str(home / "none.jsonl")]
    return Process("sandbox", [*command, *where], f"http://127.0.0.1:{port + 1}/healthz")


def _bare_worker(home: Path, redis_url: str, host: str) -> Process:
    begin = "from benchmarks.floor_worker import main; main()"  # under the name by which RQ imports it: one module
    command = [sys.executable, "-c", begin, "--host", host, "--redis", redis_url]
    return Process("bare worker", [*command, "--database", f"sqlite:///{home / 'floor.db'}"])


def _answered(database: Path) -> dict[str, str]:
    return {ticket: "offered" for (ticket,) in _asked(database, "SELECT ticket FROM floor_event WHERE answered > 0")}


def figures(ours: Waits, floor: Waits) -> list[Figure]:
    """A ticket that ended elsewhere counts in `not_offered`, and its wait counts too."""
    return [
        Figure(
            "p95_seconds",
            f"p95 of {len(ours.gentle)} gentle tickets",
            percentile(ours.gentle, 0.95),
            "s",
            floor=percentile(floor.gentle, 0.95),
            at_most=2,
        ),
        Figure("median_seconds", "  median", median(ours.gentle), "s", floor=median(floor.gentle)),
        Figure(
            "burst_p95_seconds",
            f"p95 of {len(ours.burst)} at once",
            percentile(ours.burst, 0.95),
            "s",
            floor=percentile(floor.burst, 0.95),
        ),
        Figure("burst_median_seconds", "  median", median(ours.burst), "s", floor=median(floor.burst)),
        Figure("not_offered", "tickets that ended elsewhere", ours.others),
    ]

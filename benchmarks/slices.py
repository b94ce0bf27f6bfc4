"""A slice of `growth`: one deployment with so many messages stored, and what pages, messages and the clock cost there.

It stops after each small step, so that slices of different sizes can take turns: what disturbs one disturbs the other.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from app import anchor, create_app, deliver, freezing, pipeline, retention, sweep, tallying, wiring
from app.ai.embed import Embedder
from app.config import Settings
from app.deps import Deps
from app.host import Purpose, TicketRef
from app.launch import redis
from app.minds import Minds
from app.store import inbox, staff
from app.store.tables import outbox, proposal
from benchmarks import filled, ground
from benchmarks.lives import ASKED, Timely
from benchmarks.load import Load, Outcome, put_on
from benchmarks.report import RESULTS, percentile
from tests.ai import small
from tests.ai.small import Words
from tests.crash.house import House
from tests.fakes import ANA, CASEY, ROSA

ROUNDS, WARM = 40, 3
DELIVERIES, BURSTS, MESSAGES, PROFILED = 100, 4, 60, 10
ROAD, HOTTEST = ("announce", "offer", "approve", "claim_and_send"), ("offer", "claim_and_send")
PAGES = {
    "sign-in": "/sign-in", "queue": "/", "queue_part": "/parts/queue?show=open", "proposal": "/parts/proposal/{id}",
    "sidebar": "/parts/ticket/zendesk/{ticket}", "state": "/parts/state", "figures": "/figures",
}  # fmt: skip
TASKS: dict[str, tuple[Callable[[Deps], object], float]] = {  # of the clock, and how often a minute
    "ring": (sweep.Ringer().ring, 240), "sweep": (sweep.sweep, 12), "keep_clean": (freezing.keep_clean, 1),
    "anchor": (anchor.anchor, 1), "unreviewed": (sweep.leave_unreviewed, 0.1), "retention": (retention.expire, 1 / 60),
    "count": (tallying.tally, 1),
}  # fmt: skip
SPARING = {"count"}  # it takes a tenth of the time at most


@dataclass
class Meter:
    """Milliseconds of clock and of processor, and SQL statements, of one thing done again and again."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    statements: int = 0

    def of(self, do: Callable[[], object], made: list[int]) -> None:
        """Once more."""
        before, clock, processor = len(made), time.perf_counter(), time.process_time()
        do()
        self.processor.append(1000 * (time.process_time() - processor))
        self.clock.append(1000 * (time.perf_counter() - clock))
        self.statements = len(made) - before

    def told(self, name: str) -> dict[str, float]:
        """Flat, for the file."""
        middle = {f"{name}_cpu_ms": median(self.processor), f"{name}_p50_ms": median(self.clock)}
        return {**middle, f"{name}_p95_ms": percentile(self.clock, 0.95), f"{name}_statements": float(self.statements)}


@dataclass
class Traced(Meter):
    """Function by function instead."""

    profile: cProfile.Profile = field(default_factory=cProfile.Profile)

    def of(self, do: Callable[[], object], made: list[int]) -> None:  # noqa: ARG002 - it counts no statements
        """Once more."""
        self.profile.runcall(do)


# --- one slice ---------------------------------------------------------------------------------------------------------
class Slice:
    """One deployment with so many messages stored."""

    def __init__(self, env: Mapping[str, str], many: int) -> None:
        deps = wiring.deps(Settings.from_env(env))
        self.env, self.many, self.made, self.found = env, many, list[int](), dict[str, float]()
        self.deps = replace(deps, ring=lambda _job, _ids: None)
        for engine in (deps.engine, deps.readers):
            sa.event.listen(engine, "before_cursor_execute", lambda *_: self.made.append(1))
        with deps.engine.begin() as tx:
            for person in (ANA, ROSA):
                staff.meet(tx, "zendesk", person, deps.clock.now())

    def steps(self) -> Iterator[None]:
        """Measure everything but the limits, a small step at a time; `found` has it when they are over."""
        self.found["bytes_per_message"] = self._bytes() / (self.many + filled.OPEN)
        for part in (self._clock, self._pages, self._messages, self._web):
            yield from part()

    def _bytes(self) -> int:
        with self.deps.engine.begin() as tx:
            if tx.dialect.name == "sqlite":
                return int(tx.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").scalar_one())  # fmt: skip
            return int(tx.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def _pages(self) -> Iterator[None]:
        ask = _signed_in(self.deps)
        with self.deps.readers.begin() as tx:
            wanted = sa.select(proposal.c.id, proposal.c.ticket).where(proposal.c.state == "offered").limit(ROUNDS)
            open_ones = tx.execute(wanted.order_by(proposal.c.created_at)).all()
        meters = {name: Meter() for name in PAGES}
        unchanged, tag = Meter(), {"If-None-Match": ask(PAGES["queue_part"]).headers["ETag"]}
        for one in open_ones:
            for name, path in PAGES.items():
                asked = path.format(id=one.id, ticket=one.ticket)
                meters[name].of(lambda asked=asked: ask(asked), self.made)  # type: ignore[misc]
            unchanged.of(lambda: ask(PAGES["queue_part"], tag), self.made)
            yield
        self.found |= _all({**meters, "queue_unchanged": unchanged})

    def _messages(self) -> Iterator[None]:
        """From the announcement to the offer, and from the click to the host's yes; stages and host are instant."""
        host = Timely(self.deps.clock, self.deps.settings.deployment)
        host.skip(int(1000 * time.time()))
        deps = replace(self.deps, hosts={"zendesk": host})
        small.WIDTH = 64  # the stages cost nearly nothing here
        minds, house = Minds(deps.readers, Embedder(english=Words, multilingual=Words), None, None), House(deps)
        warm, meters, traced = ({name: kind() for name in ROAD} for kind in (Meter, Meter, Traced))
        for mine in (*[warm] * WARM, *[meters] * MESSAGES, *[traced] * PROFILED):
            ref, ids = _written(host), list[int]()
            mine["announce"].of(lambda ref=ref, ids=ids: ids.extend(_announce(deps, ref)), self.made)  # type: ignore[misc]
            mine["offer"].of(lambda ids=ids: pipeline.handle(deps, minds, ids[0]), self.made)  # type: ignore[misc]
            item = house.propose()
            mine["approve"].of(lambda item=item: house.approve(item), self.made)  # type: ignore[misc]
            row = _ripe(deps, item)
            mine["claim_and_send"].of(lambda row=row: deliver.deliver(deps, row), self.made)  # type: ignore[misc]
            yield
        for name in HOTTEST:
            self._keep(name, traced[name].profile)
        self.found |= _all(meters) | {"claims_per_second": 1000 / median(meters["claim_and_send"].clock)}

    def _keep(self, name: str, profile: cProfile.Profile) -> None:
        """Function by function, beside the figures."""
        RESULTS.mkdir(exist_ok=True)
        with (RESULTS / f"load-{self.deps.engine.dialect.name}-{self.many}-{name}.txt").open("w") as file:
            pstats.Stats(profile, stream=file).sort_stats("cumulative").print_stats(60)

    def _clock(self) -> Iterator[None]:
        """What the clock process asks of the processor in a minute, each task as often as it comes."""
        meters, minute = {name: Meter() for name in TASKS}, 0.0
        for name, (task, times) in TASKS.items():
            for _ in range(1 if name in SPARING else 5):
                meters[name].of(lambda task=task: task(self.deps), self.made)  # type: ignore[misc]
                yield
            spent = median(meters[name].processor)
            minute += times * (min(spent, 6000) if name in SPARING else spent)
        self.found |= {**_all(meters), "clock_share_of_core": minute / 60_000}

    def _web(self) -> Iterator[None]:
        """Deliveries to a real web process, and its memory."""
        port = ground.free_ports()
        process = ground.web(port)
        bursts, spent = list[Outcome](), 0.0
        with ground.running([redis(Path(self.env["COUNTERSIGN_HOME"]))], self.env), ground.running([process], self.env):
            put_on(Load(port, filled.SECRET, DELIVERIES, 1))
            for _ in range(BURSTS):
                yield
                before = ground.processor_seconds(ground.serving(process))
                bursts.append(put_on(Load(port, filled.SECRET, DELIVERIES, int(time.time()))))
                spent += ground.processor_seconds(ground.serving(process)) - before
            kilobytes = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{ground.serving(process)}/status").read_text())
        answers = [seconds for burst in bursts for seconds in burst.answers]
        self.found |= {
            "webhooks_per_second": median(burst.rate for burst in bursts),
            "webhook_cpu_ms": 1000 * spent / len(answers), "webhook_p95_ms": 1000 * percentile(answers, 0.95),
            "web_mb": int(kilobytes[1]) / 1024 if kilobytes else 0,
        }  # fmt: skip


def _written(host: Timely) -> TicketRef:
    """A customer whom nobody knew has written."""
    customer = replace(CASEY, id=str(host.number()), email=f"casey{host.number()}@customer.example")
    return host.new_ticket(ASKED, subject="Delivery", author=customer)


def _ripe(deps: Deps, item: str) -> int:
    """The answer's row, its time to be undone over."""
    mine = sa.and_(outbox.c.proposal_id == item, outbox.c.purpose == Purpose.ANSWER)
    with deps.engine.begin() as tx:
        ripe = outbox.update().where(mine).values(not_before=deps.clock.now() - timedelta(minutes=1))
        return int(tx.execute(ripe.returning(outbox.c.id)).scalar_one())


def _announce(deps: Deps, ref: TicketRef) -> list[int]:
    with deps.engine.begin() as tx:
        return inbox.add(tx, deps.keys, "zendesk", [inbox.again(ref, f"bench:{ref.ticket}")], deps.clock.now())


def _all(meters: Mapping[str, Meter]) -> dict[str, float]:
    return {key: value for name, meter in meters.items() for key, value in meter.told(name).items()}


def _signed_in(deps: Deps) -> Callable[..., Any]:
    client = create_app(deps).test_client()
    base = {"base_url": "http://localhost:8000"}
    page = client.get("/sign-in", **base).get_data(as_text=True)
    (token,) = set(re.findall(r'name="form_token" value="([^"]+)"', page))
    with deps.readers.begin() as tx:
        ana = staff.by_email(tx, ANA.email or "")
    assert ana is not None  # noqa: S101 - she was met before
    client.post("/sign-in", data={"form_token": token, "person": ana.id}, **base)

    def ask(path: str, headers: Mapping[str, str] | None = None) -> Any:
        answer = client.get(path, headers=headers, **base)
        if answer.status_code not in {200, 304}:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:200]}")
        return answer

    return ask

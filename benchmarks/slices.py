"""A slice of `growth`: one deployment with so many messages stored, and what pages, messages and the clock cost there."""

from __future__ import annotations

import cProfile
import pstats
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from app import board, create_app, deliver, freezing, guardrails, pipeline, sweep, wiring
from app.ai.embed import Embedder
from app.config import Settings
from app.deps import Deps
from app.host import TicketRef
from app.launch import redis
from app.minds import Minds
from app.store import inbox, staff
from app.store.tables import proposal
from benchmarks import filled, ground
from benchmarks.lives import ASKED, Timely
from benchmarks.load import Load, put_on
from benchmarks.report import RESULTS, percentile
from tests.ai import small
from tests.ai.small import Words
from tests.crash.house import House
from tests.fakes import ANA, CASEY, ROSA

ROUNDS, WARM = 40, 3
DELIVERIES, MESSAGES = 400, 60
PAGES = {
    "sign-in": "/sign-in", "queue": "/", "queue_part": "/parts/queue?show=open", "proposal": "/parts/proposal/{id}",
    "sidebar": "/parts/ticket/zendesk/{ticket}", "state": "/parts/state", "figures": "/figures",
}  # fmt: skip


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


# --- one slice ---------------------------------------------------------------------------------------------------------
class Slice:
    """One deployment with so many messages stored."""

    def __init__(self, env: Mapping[str, str], many: int) -> None:
        deps = wiring.deps(Settings.from_env(env))
        self.env, self.many, self.made = env, many, list[int]()
        self.deps = replace(deps, ring=lambda _job, _ids: None)
        for engine in (deps.engine, deps.readers):
            sa.event.listen(engine, "before_cursor_execute", lambda *_: self.made.append(1))
        with deps.engine.begin() as tx:
            for person in (ANA, ROSA):
                staff.meet(tx, "zendesk", person, deps.clock.now())

    def measured(self) -> dict[str, float]:
        """Everything but the limits."""
        board.count(self.deps)  # as the clock has done a moment ago
        found: dict[str, float] = {"bytes_per_message": self._bytes() / (self.many + filled.OPEN)}
        for part in (self._pages, self._messages, self._clock, self._web):
            found |= part()
        return found

    def _bytes(self) -> int:
        with self.deps.engine.begin() as tx:
            if tx.dialect.name == "sqlite":
                return int(tx.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").scalar_one())  # fmt: skip
            return int(tx.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def _pages(self) -> dict[str, float]:
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
        self._profiled("queue_part", lambda: ask(PAGES["queue_part"]))
        return _all({**meters, "queue_unchanged": unchanged})

    def _profiled(self, name: str, do: Callable[[], object], times: int = 10) -> None:
        """The two hottest paths, function by function, kept beside the figures."""
        profile = cProfile.Profile()
        for _ in range(times):
            profile.runcall(do)
        RESULTS.mkdir(exist_ok=True)
        with (RESULTS / f"load-{self.deps.engine.dialect.name}-{self.many}-{name}.txt").open("w") as file:
            pstats.Stats(profile, stream=file).sort_stats("cumulative").print_stats(60)

    def _messages(self) -> dict[str, float]:
        """From the announcement to the offer, and from the click to the host's yes; stages and host are instant."""
        host = Timely(self.deps.clock, self.deps.settings.deployment)
        host.skip(int(1000 * time.time()))
        deps = replace(self.deps, hosts={"zendesk": host})
        small.WIDTH = 64  # the stages cost nearly nothing here
        minds, house = Minds(deps.readers, Embedder(english=Words, multilingual=Words), None, None), House(deps)
        announced, offered, approved, sent = Meter(), Meter(), Meter(), Meter()
        for number in range(WARM + MESSAGES):
            meters = (announced, offered, approved, sent) if number >= WARM else (Meter(), Meter(), Meter(), Meter())
            customer = replace(CASEY, id=str(host.number()), email=f"casey{host.number()}@customer.example")
            ref = host.new_ticket(ASKED, subject="Delivery", author=customer)
            rows: list[int] = []
            meters[0].of(lambda ref=ref, rows=rows: rows.extend(_announce(deps, ref)), self.made)  # type: ignore[misc]
            meters[1].of(lambda rows=rows: pipeline.handle(deps, minds, rows[0]), self.made)  # type: ignore[misc]
            item = house.propose()
            meters[2].of(lambda item=item: house.approve(item), self.made)  # type: ignore[misc]
            with deps.engine.begin() as tx:
                found = tx.exec_driver_sql(f"SELECT id FROM outbox WHERE proposal_id = '{item}' AND purpose = 'answer'")  # noqa: S608
                row = int(found.scalar_one())
                tx.exec_driver_sql(f"UPDATE outbox SET not_before = '2026-01-01T00:00:00.000000Z' WHERE id = {row}")  # noqa: S608
            meters[3].of(lambda row=row: deliver.deliver(deps, row), self.made)  # type: ignore[misc]
        told = _all({"announce": announced, "offer": offered, "approve": approved, "claim_and_send": sent})
        return told | {"claims_per_second": 1000 / median(sent.clock)}

    def _clock(self) -> dict[str, float]:
        """What the clock process asks of the processor in a minute, each task as often as it comes."""
        self._profiled("count", lambda: board.count(self.deps), times=1)
        ringer, meters, minute = sweep.Ringer(), {}, 0.0
        for name, (task, times) in {
            "ring": (ringer.ring, 240), "sweep": (sweep.sweep, 12), "keep_clean": (freezing.keep_clean, 1), "unreviewed": (sweep.leave_unreviewed, 0.1),
            "guardrails": (guardrails.look, 1), "count": (board.count, 1),
        }.items():  # fmt: skip
            meters[name] = meter = Meter()
            for _ in range(1 if name in {"guardrails", "count"} else 5):
                meter.of(lambda task=task: task(self.deps), self.made)  # type: ignore[misc]
            minute += median(meter.processor) * times if times > 1 else min(median(meter.processor), 6000) * times
        return {**_all(meters), "clock_share_of_core": minute / 60_000}

    def _web(self) -> dict[str, float]:
        """Deliveries to a real web process, and its memory."""
        port = ground.free_ports()
        process = ground.web(port)
        with ground.running([redis(Path(self.env["COUNTERSIGN_HOME"]))], self.env), ground.running([process], self.env):
            put_on(Load(port, filled.SECRET, 50, 1))
            before = ground.processor_seconds(ground.serving(process))
            full = put_on(Load(port, filled.SECRET, DELIVERIES, int(time.time())))
            spent = ground.processor_seconds(ground.serving(process)) - before
            kilobytes = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{ground.serving(process)}/status").read_text())
        return {
            "webhooks_per_second": full.rate, "webhook_cpu_ms": 1000 * spent / DELIVERIES,
            "webhook_p95_ms": 1000 * percentile(full.answers, 0.95), "web_mb": int(kilobytes[1]) / 1024 if kilobytes else 0,
        }  # fmt: skip


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

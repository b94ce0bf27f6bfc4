"""What the house costs around the work: jobs that do nothing, a second worker, and governance beside a script without any."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from statistics import median

import redis
import sqlalchemy as sa
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app import deliver, jobs, pipeline, review, stages, wiring
from app.config import Settings
from app.deps import Deps
from app.doorbell import Doorbell, queue_of
from app.governance.proposal import Proposal
from app.host import Purpose, TicketRef
from app.launch import redis as redis_process
from app.minds import Minds
from app.store import inbox, outbox, policies, proposals
from benchmarks import ground
from benchmarks.lives import Timely
from benchmarks.report import Figure
from benchmarks.triage import ASKED, WHAT
from tests.crash.house import House
from tests.fakes import CASEY

NAME = "work"
JOBS, ROUNDS = 200, 3
MESSAGES = 20
FLOOR_QUEUE = "floor-nothing"
ENOUGH = {"noop": 0.5, "two": 1.7, "governance": 1.25}  # a fifth of the throughput is a quarter more time


def measure(seed: int) -> list[Figure]:
    """Processor time: the clock of a shared machine says little; only the second worker is timed by the clock."""
    with ground.folder() as home:
        env = ground.environment(home, REDIS_URL=f"unix://{home / 'redis.sock'}", **ground.account("a secret"))
        deps = wiring.deps(Settings.from_env(env))
        wiring.prepare(deps)
        with ground.running([redis_process(home)], env):
            ours, floor = zip(*(_nothing(deps) for _ in range(ROUNDS)), strict=True)
        one, two = _rate(1), _rate(2)
        governed, bare = _governed(deps, Random(seed))
        deps.engine.dispose()
    return [
        Figure("noop_jobs_per_cpu_second", "jobs that find nothing to do, a second of processor", median(ours), floor=median(floor)),
        Figure("noop_ratio", "  ratio to RQ's own", median(ours) / median(floor), at_least=ENOUGH["noop"]),
        Figure("one_worker", "messages a second through the stages, one worker", one),
        Figure("two_workers_ratio", "  two workers", two / one, at_least=ENOUGH["two"]),
        Figure("governed_cpu_ms", "processor from announcement to sent", governed, "ms", floor=bare),
        Figure("governance_ratio", "  to the same stages and calls in a bare script", governed / bare, at_most=ENOUGH["governance"]),
    ]  # fmt: skip


# --- jobs that do nothing ----------------------------------------------------------------------------------------------
def nothing(_number: int) -> None:
    """RQ's own."""


def _nothing(deps: Deps) -> tuple[float, float]:
    """(ours, RQ's): jobs for a second of processor. Ours look the row up and find it done."""
    connection = redis.Redis.from_url(deps.settings.redis_url)
    with deps.engine.begin() as tx:
        arrivals = [inbox.again(TicketRef("zendesk", str(one)), f"{time.time_ns()}:{one}") for one in range(JOBS)]
        ids = inbox.add(tx, deps.keys, "zendesk", arrivals, deps.clock.now())
        inbox.heeded(tx, ids)
    Doorbell(deps.settings.redis_url)("handle", ids)
    jobs.open_workshop(jobs.Workshop(deps, Minds(deps.readers, None, None, None)))  # type: ignore[arg-type]
    bare = Queue(FLOOR_QUEUE, connection=connection, serializer=JSONSerializer)
    for one in range(JOBS):
        bare.enqueue("benchmarks.work.nothing", one, result_ttl=0)
    return _burst(jobs.Worker, queue_of("handle", connection)), _burst(SimpleWorker, bare)


def _burst(kind: type[SimpleWorker], queue: Queue) -> float:
    worker = kind([queue], connection=queue.connection, serializer=JSONSerializer)
    ends = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    began = time.process_time()
    worker.work(burst=True, logging_level="ERROR")
    spent = time.process_time() - began
    for name, before in ends.items():  # RQ keeps these for itself
        signal.signal(name, before)
    if queue.count:
        raise RuntimeError(f"{queue.count} jobs were left")
    return JOBS / spent


# --- a second worker ---------------------------------------------------------------------------------------------------
def crunch() -> None:
    """A worker's stages, over and over; it begins when it is told to, and says how long it took."""
    with ground.folder() as home:
        env = ground.environment(home, REDIS_URL="unix:///nowhere", **ground.account("a secret"))
        deps = wiring.deps(Settings.from_env(env))
        wiring.prepare(deps)
        host, minds, chance = Timely(deps.clock, deps.settings.deployment), wiring.minds(deps), Random(os.getpid())
        _bare(deps, minds, host, _ticket(host, chance))
        print("ready", flush=True)
        sys.stdin.readline()
        began = time.perf_counter()
        for _ in range(MESSAGES):
            _bare(deps, minds, host, _ticket(host, chance))
        print(time.perf_counter() - began, flush=True)
    os._exit(0)


def _rate(workers: int) -> float:
    """Messages a second of so many workers side by side."""
    command = [sys.executable, "-c", "from benchmarks.work import crunch; crunch()"]
    made = [subprocess.Popen(command, cwd=ground.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)]  # fmt: skip
    for one in made:
        while one.stdout and one.stdout.readline().strip() != "ready":
            if one.poll() is not None:
                raise RuntimeError("a worker never got ready")
    for one in made:
        assert one.stdin is not None  # noqa: S101 - we asked for the pipe
        one.stdin.write("go\n")
        one.stdin.flush()
    took = [float(one.communicate()[0].split()[-1]) for one in made]
    return workers * MESSAGES / max(took)


# --- governance --------------------------------------------------------------------------------------------------------
def _ticket(host: Timely, chance: Random) -> TicketRef:
    text = f"Hello, I ordered {chance.choice(WHAT)} ({chance.randrange(10**6)}): {chance.choice(ASKED)}? Thanks, Casey"
    return host.new_ticket(text, subject="Delivery", author=replace(CASEY, id=str(host.number())))


def _bare(deps: Deps, minds: Minds, host: Timely, ref: TicketRef) -> None:
    """What a script would do: read, think with the same models, write."""
    ticket = host.fetch(ref)
    comment = ticket.newest_customer_comment()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
    assert comment is not None  # noqa: S101 - the customer has just written it
    assert policy is not None  # noqa: S101 - the starter's
    asked = Proposal(
        host=ref.host, ticket=ref.ticket, comment=comment.id, queue="support", subject=ticket.subject,
        requester=ticket.requester.id, cc=(), participants=ticket.participants,
    )  # fmt: skip
    thought = stages.think(asked, ticket, comment, minds.mind(policy), deps.clock.now().date(), live=True)
    host.says(ref, host.people["2"], thought.draft.text if thought.draft else "A person answers.")


def _governed(deps: Deps, chance: Random) -> tuple[float, float]:
    """Milliseconds of processor a message: from its announcement through policy, approval and claim to the host, and bare."""
    host = Timely(deps.clock, deps.settings.deployment)
    deps = replace(deps, hosts={"zendesk": host}, ring=lambda _job, _ids: None)
    wiring.meet_team(deps)
    house, minds = House(deps), wiring.minds(deps)
    ways: tuple[Callable[[TicketRef], None], ...] = (
        lambda ref: _through(deps, minds, house, ref),
        lambda ref: _bare(deps, minds, host, ref),
    )
    spent: list[list[float]] = [[], []]
    for number in range(2 * MESSAGES):
        for way, mine in zip(ways, spent, strict=True):
            ref = _ticket(host, chance)
            began = time.process_time()
            way(ref)
            if number >= MESSAGES // 2:
                mine.append(1000 * (time.process_time() - began))
    _were_sent(deps, MESSAGES)
    return median(spent[0]), median(spent[1])


def _were_sent(deps: Deps, least: int) -> None:
    mine = sa.and_(outbox.table.c.state == outbox.SENT, outbox.table.c.purpose == Purpose.ANSWER)
    with deps.readers.begin() as tx:
        sent = tx.execute(sa.select(sa.func.count()).select_from(outbox.table).where(mine)).scalar_one()
    if sent < least:
        raise RuntimeError(f"only {sent} answers were sent: what was timed is no road to a customer")


def _through(deps: Deps, minds: Minds, house: House, ref: TicketRef) -> None:
    with deps.engine.begin() as tx:
        (row,) = inbox.add(tx, deps.keys, ref.host, [inbox.again(ref, f"work:{ref.ticket}")], deps.clock.now())
    pipeline.handle(deps, minds, row)
    with deps.readers.begin() as tx:
        stored = proposals.newest_of(tx, deps.keys, ref.host, ref.ticket)
    if stored is None or stored.state != proposals.OFFERED:
        return
    try:
        house.approve(stored.id)
    except review.Refused:
        return  # the checks found something: a person answers
    with deps.engine.begin() as tx:
        mine = outbox.table.c.proposal_id == stored.id
        tx.execute(outbox.table.update().where(mine).values(not_before=stored.created_at))
        rows = (
            tx.execute(sa.select(outbox.table.c.id).where(mine, outbox.table.c.state == outbox.READY)).scalars().all()
        )
    for one in rows:
        deliver.deliver(deps, one)

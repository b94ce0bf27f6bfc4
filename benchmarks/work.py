"""What the house costs around the work: jobs that do nothing, a second worker, and governance beside a script without any."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from statistics import median

import redis
import sqlalchemy as sa
from redis.backoff import ConstantBackoff
from redis.retry import Retry
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
THOUGHT, WARM = 60, 8  # by each worker
FLOOR_QUEUE = "floor-nothing"
ENOUGH = {"noop": 0.5, "two": 1.7, "governance": 1.25}  # a fifth of the throughput is a quarter more time


def measure(seed: int) -> list[Figure]:
    """Processor time: the clock of a shared machine says little; only the second worker is timed by the clock."""
    with ground.folder() as home:
        env = ground.environment(home, REDIS_URL=f"unix://{home / 'redis.sock'}", **ground.account("a secret"))
        deps = wiring.deps(Settings.from_env(env))
        wiring.prepare(deps)
        with ground.running([redis_process(home)], env):
            redis.Redis.from_url(
                deps.settings.redis_url, retry=Retry(ConstantBackoff(0.1), 100)
            ).ping()  # it has no probe
            ours, floor = zip(*(_nothing(deps) for _ in range(ROUNDS)), strict=True)
        pairs = [(_pace(1), _pace(2)) for _ in range(ROUNDS)]
        governed, bare, asked = _governed(deps, Random(seed))
        deps.engine.dispose()
    return [
        Figure("noop_jobs_per_cpu_second", "jobs that find nothing to do, a second of processor", median(ours), floor=median(floor)),
        Figure("noop_ratio", "  ratio to RQ's own", median(ours) / median(floor), at_least=ENOUGH["noop"]),
        Figure("one_worker", "messages a second through the stages, one worker", median(one.rate for one, _ in pairs)),
        Figure("two_workers_ratio", "  two workers", median(two.rate / one.rate for one, two in pairs), at_least=ENOUGH["two"]),
        Figure("two_workers_lowest", "    lowest round", min(two.rate / one.rate for one, two in pairs)),
        Figure("two_workers_cpu_ratio", "  by processor: had each a core to itself", median(2 * one.cpu_ms / two.cpu_ms for one, two in pairs)),
        Figure("one_worker_cores", "  cores that one worker keeps busy", median(one.cores for one, _ in pairs)),
        Figure("governed_cpu_ms", "processor from announcement to sent", governed, "ms", floor=bare),
        Figure("governance_ratio", "  to the same stages and calls in a bare script", governed / bare, at_most=ENOUGH["governance"]),
        Figure("governed_statements", "  SQL statements, from announcement to sent", asked.statements),
        Figure("governed_commits", "  transactions that write", asked.commits),
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
        for _ in range(WARM):
            _bare(deps, minds, host, _ticket(host, chance))
        print("ready", flush=True)
        sys.stdin.readline()
        clock, processor = time.perf_counter(), time.process_time()
        for _ in range(THOUGHT):
            _bare(deps, minds, host, _ticket(host, chance))
        print(time.perf_counter() - clock, time.process_time() - processor, flush=True)
    os._exit(0)


@dataclass(frozen=True)
class Pace:
    """Messages a second of all workers, the processor that one message takes, and how many cores a worker keeps busy."""

    rate: float
    cpu_ms: float
    cores: float


def _pace(workers: int) -> Pace:
    """So many workers side by side, each with as many messages."""
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
    took = [tuple(map(float, one.communicate()[0].split()[-2:])) for one in made]
    clock, processor = max(wall for wall, _ in took), sum(spent for _, spent in took)
    many = workers * THOUGHT
    return Pace(many / clock, 1000 * processor / many, processor / sum(wall for wall, _ in took))


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


@dataclass(frozen=True)
class Asked:
    """What one governed message asks of the database."""

    statements: int
    commits: int


def _asked(deps: Deps, do: Callable[[], None]) -> Asked:
    made, kept = list[int](), list[int]()
    heard = [(engine, "before_cursor_execute", lambda *_: made.append(1)) for engine in (deps.engine, deps.readers)]
    heard.append((deps.engine, "commit", lambda *_: kept.append(1)))
    for one in heard:
        sa.event.listen(*one)
    do()
    for one in heard:
        sa.event.remove(*one)
    return Asked(len(made), len(kept))


def _governed(deps: Deps, chance: Random) -> tuple[float, float, Asked]:
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
    asked = max(
        (_asked(deps, lambda: ways[0](_ticket(host, chance))) for _ in range(5)), key=lambda one: one.statements
    )
    return median(spent[0]), median(spent[1]), asked  # of the longest road: not each draft may be approved


def _were_sent(deps: Deps, least: int) -> int:
    """How many answers were; too few were no road to a customer."""
    mine = sa.and_(outbox.table.c.state == outbox.SENT, outbox.table.c.purpose == Purpose.ANSWER)
    with deps.readers.begin() as tx:
        sent = tx.execute(sa.select(sa.func.count()).select_from(outbox.table).where(mine)).scalar_one()
    if sent < least:
        raise RuntimeError(f"only {sent} answers were sent: what was timed is no road to a customer")
    return int(sent)


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

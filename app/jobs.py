"""What RQ calls, by id only; and the doorbell that makes it call. SQL is the truth, Redis may forget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app import deliver as door
from app import pipeline
from app.deps import Deps
from app.minds import Minds
from app.store import inbox, proposals

QUEUES = {"handle": "countersign:handle", "deliver": "countersign:deliver"}
TIMEOUT = 120  # seconds; a job that takes longer is dead and the sweeper rings again


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the jobs of this process work with. `minds` None: a process that only delivers loads no models."""

    deps: Deps
    minds: Minds | None


_workshop: list[Workshop] = []


def open_workshop(workshop: Workshop) -> None:
    """Called once by the worker process, before its first job."""
    _workshop[:] = [workshop]


def handle(inbox_id: int) -> None:
    """Prepare what one announced event asks for. A stage that fails counts an attempt and is seen."""
    workshop = _workshop[0]
    assert workshop.minds is not None  # noqa: S101 - the worker of this job queue has them
    try:
        pipeline.handle(workshop.deps, workshop.minds, inbox_id)
    except Exception as error:
        _failed(workshop.deps, inbox_id, error)
        raise


def _failed(deps: Deps, inbox_id: int, error: Exception) -> None:
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        row = inbox.waiting(tx, inbox_id)
        if row and inbox.failed(tx, row, now, type(error).__name__):
            proposals.give_up(tx, deps.keys, row.ref.host, row.ref.ticket, now)


def deliver(row_id: int) -> None:
    """Take one outbox row through the door."""
    door.deliver(_workshop[0].deps, row_id)


class Doorbell:
    """ring(job, ids). Redis gone is no loss: the sweeper rings from SQL; people see since when."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self.queues = {
            job: Queue(name, connection=self._redis, serializer=JSONSerializer) for job, name in QUEUES.items()
        }
        self.lost = 0

    def __call__(self, job: str, ids: Sequence[int]) -> None:
        """Enqueue each id; quick, and never raises for a Redis that is away."""
        try:
            for row_id in ids:
                self.queues[job].enqueue(f"app.jobs.{job}", row_id, job_timeout=TIMEOUT, result_ttl=0, failure_ttl=3600)
        except redis.RedisError:
            self.lost += len(ids)

    def answers(self) -> bool:
        """Is Redis there?"""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False


def connect(url: str) -> redis.Redis:
    """A client that gives up soon: nobody may wait for the doorbell."""
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=None if "unix" in url else 5)


def work(workshop: Workshop, names: Sequence[str], url: str) -> None:
    """Serve these job queues, the first one first, until told to stop. No job pays for an import: it is done."""
    open_workshop(workshop)
    connection = redis.Redis.from_url(url)
    queues = [Queue(QUEUES[name], connection=connection, serializer=JSONSerializer) for name in names]
    worker = SimpleWorker(
        queues,
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=5,
        job_monitoring_interval=5,
    )
    worker.work(logging_level="WARNING")

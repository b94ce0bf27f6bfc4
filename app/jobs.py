"""What RQ calls, by id only. SQL is the truth, so a job that comes twice or late finds nothing to do and stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app import deliver as door
from app import pipeline
from app import replay as trials
from app.deps import Deps
from app.doorbell import queue_of
from app.minds import Minds
from app.store import inbox, outbox, proposals, replays


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
    """Take one outbox row through the door. What breaks before the claim counts an attempt and is seen."""
    deps = _workshop[0].deps
    try:
        door.deliver(deps, row_id)
    except Exception as error:
        with deps.engine.begin() as tx:
            outbox.failed(tx, row_id, type(error).__name__, deps.clock.now())
        raise


def replay(replay_id: int) -> None:
    """Go on with a trial for a while, and ring for the rest: what customers wait for comes in between."""
    deps = _workshop[0].deps
    if trials.run(deps, replay_id, patience=5).state == replays.RUNNING:
        deps.ring("replay", [replay_id])


def work(workshop: Workshop, names: Sequence[str], url: str) -> None:
    """Serve these job queues, the first one first, until told to stop. No job pays for an import: it is done."""
    open_workshop(workshop)
    connection = redis.Redis.from_url(url)
    queues = [queue_of(name, connection) for name in names]
    worker = SimpleWorker(
        queues,
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=5,
        job_monitoring_interval=5,
    )
    worker.work(logging_level="WARNING")

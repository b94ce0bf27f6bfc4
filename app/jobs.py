"""What RQ calls, by id only. SQL is the truth, so a job that comes twice or late finds nothing to do and stops."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import redis
from rq import Queue, SimpleWorker
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from app import crash, pipeline, planting, traces
from app import deliver as door
from app import replay as trials
from app.deps import Deps, Ring
from app.doorbell import QUEUES, queue_of
from app.minds import Minds
from app.store import engine, inbox, outbox, proposals, replays, waits
from app.store.keys import KeyLost

_NO_DATABASE, _AWAY = "the database was locked or away", timedelta(seconds=5)
_JOBS = {f"app.jobs.{name}" for name in QUEUES}


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
    workshop, mine = _workshop[0], list[int]()
    assert workshop.minds is not None  # noqa: S101 - the worker of this job queue has them
    with traces.span("handle", inbox=inbox_id):
        _prepare(workshop, inbox_id, mine)
        for row_id in mine:
            deliver(row_id)
    planting.keep_one(workshop.deps, workshop.minds)  # the message is done whatever becomes of this


def _prepare(workshop: Workshop, inbox_id: int, mine: list[int]) -> None:
    assert workshop.minds is not None  # noqa: S101 - the worker of this job queue has them
    try:
        pipeline.handle(replace(workshop.deps, ring=_keeping(workshop.deps.ring, mine)), workshop.minds, inbox_id)
    except OperationalError:
        _later(workshop.deps, lambda tx, now: inbox.later(tx, inbox_id, now, _NO_DATABASE, _AWAY))
        raise
    except Exception as error:
        _failed(workshop.deps, inbox_id, error)
        raise


def _keeping(ring: Ring, mine: list[int]) -> Ring:
    """What is at hand here is offered here: any other process would have to read the ticket anew."""
    return lambda job, ids: mine.extend(ids) if job == "offer" else ring(job, ids)


def _later(deps: Deps, put_off: Callable[[Connection, datetime], None]) -> None:
    """The database was locked or away: no fault of what was at work, so no attempt is counted. It may be away still."""
    with deps.engine.begin() as tx:
        put_off(tx, deps.clock.now())


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
        with traces.span("deliver", row=row_id):
            door.deliver(deps, row_id)
    except engine.OtherRelease as error:
        raise SystemExit(str(error)) from error  # the row waits for a worker of the right release
    except OperationalError:
        _later(deps, lambda tx, now: waits.ready(tx, row_id, now, _AWAY, _NO_DATABASE))
        raise
    except Exception as error:
        with deps.engine.begin() as tx:
            outbox.failed(tx, row_id, type(error).__name__, deps.clock.now())
        raise


offer = deliver  # rung where nobody had the ticket at hand


def replay(replay_id: int) -> None:
    """Go on with a trial for a while, and ring for the rest: what customers wait for comes in between."""
    deps = _workshop[0].deps
    if trials.run(deps, replay_id, patience=5).state == replays.RUNNING:
        deps.ring("replay", [replay_id])


class ForeignJob(Exception):
    """Somebody else writes into our Redis. What a job names would be run here, so this process ends instead."""


def _is_ours(job: Job) -> bool:
    try:
        return job.func_name in _JOBS and all(type(one) is int for one in job.args) and not job.kwargs
    except DeserializationError:
        return False


class Worker(SimpleWorker):
    """RQ's own, in this process; one that outlived a deployment ends instead of working by old rules."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """As RQ does, if the database is still ours. What was taken and not done is rung again from SQL."""
        crash.point("job-taken")
        if not _is_ours(job):
            job.delete()
            raise ForeignJob(job.id)
        with suppress(OperationalError):  # a database that is away is the job's own trouble
            _end_if_outdated(_workshop[0].deps)
        super().execute_job(job, queue)


def _end_if_outdated(deps: Deps) -> None:
    try:
        with deps.readers.begin() as tx:
            engine.of_this_release(tx)
        deps.keys.check()
    except (engine.OtherRelease, KeyLost) as error:
        raise SystemExit(str(error)) from error


def work(workshop: Workshop, names: Sequence[str], url: str) -> None:
    """Serve these job queues, the first one first, until told to stop. No job pays for an import: it is done."""
    open_workshop(workshop)
    gc.collect()
    gc.freeze()  # what was loaded stays: nobody goes through it again while a claim that counts reviews holds its locks
    connection = redis.Redis.from_url(url)
    queues = [queue_of(name, connection) for name in names]
    worker = Worker(
        queues,
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=5,
        job_monitoring_interval=5,
    )
    worker.work(logging_level="WARNING")

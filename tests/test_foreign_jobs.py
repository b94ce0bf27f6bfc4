"""Threat "job data read or forged in Redis": who can write there gives us a number to look at, and never code to run."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from rq.job import Job
from rq.serializers import JSONSerializer, PickleSerializer

from app import jobs
from app.doorbell import Doorbell, queue_of
from tests.house import House


class Evil:
    """Unpickled, it writes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return Path.write_text, (self.file, "owned")


@pytest.fixture
def connection(redis_url: str) -> Iterator[redis.Redis]:
    connection = redis.Redis.from_url(redis_url)
    connection.flushall()
    yield connection
    connection.flushall()
    connection.close()


@pytest.fixture
def worker(connection: redis.Redis, house: House) -> jobs.Worker:
    jobs.open_workshop(jobs.Workshop(house.deps, None))
    return jobs.Worker([queue_of("deliver", connection)], connection=connection, serializer=JSONSerializer)


def forge(connection: redis.Redis, data: bytes) -> None:
    """A job as somebody else would write it."""
    queue = queue_of("deliver", connection)
    job = Job.create("app.jobs.deliver", (1,), connection=connection, serializer=JSONSerializer)
    queue.enqueue_job(job)
    connection.hset(job.key, "data", data)


@pytest.mark.threat("redis-job")
def test_a_pickle_is_never_opened(worker: jobs.Worker, connection: redis.Redis, tmp_path: Path) -> None:
    forge(connection, PickleSerializer.dumps(("app.jobs.deliver", None, (Evil(tmp_path / "a"),), {})))
    worker.work(burst=True)
    assert not (tmp_path / "a").exists()
    pickle.loads(pickle.dumps(Evil(tmp_path / "b")))  # noqa: S301 - it would have bitten
    assert (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "call",
    [
        ("os.mkdir", None, ["{target}"], {}),
        ("app.jobs.work", None, [1], {}),
        ("app.jobs.deliver", None, ["{target}"], {}),
        ("app.jobs.deliver", None, [1], {"mode": "auto"}),
    ],
)
@pytest.mark.threat("redis-job")
def test_a_job_that_is_not_ours_is_not_run(
    worker: jobs.Worker, connection: redis.Redis, tmp_path: Path, call: tuple[Any, ...]
) -> None:
    target = tmp_path / "target"
    name, instance, arguments, named = call
    filled = [str(target) if one == "{target}" else one for one in arguments]
    forge(connection, JSONSerializer.dumps((name, instance, filled, named)))
    worker.work(burst=True)
    assert not target.exists()
    assert worker.failed_job_count == worker.successful_job_count == 0
    assert queue_of("deliver", connection).count == 0, "it is not tried again"


@pytest.mark.threat("redis-job")
def test_in_redis_there_are_numbers_and_no_words(house: House, redis_url: str, connection: redis.Redis) -> None:
    item = house.propose("Where is my houseboat?")
    house.approve(item)
    bell = Doorbell(redis_url)
    for job, row_id in house.bell.rung:
        bell(job, [row_id])
    held = Job.fetch_many(queue_of("deliver", connection).job_ids, connection, serializer=JSONSerializer)
    assert len(held) == len(house.bell.rung) > 0
    for job in held:
        assert job is not None
        assert ([type(one) for one in job.args], job.kwargs, job.meta) == ([int], {}, {})

"""The doorbell: tells a worker that a row waits. It may be lost; SQL is the truth and the sweeper rings again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import redis
from rq import Queue
from rq.serializers import JSONSerializer

_HANDLE, _DELIVER = "countersign:handle", "countersign:deliver"
QUEUES = {"handle": _HANDLE, "deliver": _DELIVER, "offer": _DELIVER, "replay": _HANDLE}
_LOOKED_AT = 5000  # of the jobs that wait: the rows that are rung for again are the oldest
TIMEOUT = 120  # seconds; a job that takes longer is dead and the sweeper rings again


def queue_of(job: str, connection: redis.Redis) -> Queue:
    """RQ's queue for that job. JSON, since whoever can write pickle into Redis could run code here."""
    return Queue(QUEUES[job], connection=connection, serializer=JSONSerializer)


class Doorbell:
    """ring(job, ids). Redis gone is no loss: the sweeper rings from SQL; people see since when."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self.queues = {job: queue_of(job, self._redis) for job in QUEUES}
        self.lost = 0

    def __call__(self, job: str, ids: Sequence[int]) -> None:
        """Enqueue each id; quick, and never raises for a Redis that is away."""
        try:
            for row_id in ids:
                name = f"{job}-{row_id}-{secrets.token_hex(4)}"  # one of its own: whoever is at work on the same keeps theirs
                self.queues[job].enqueue(
                    f"app.jobs.{job}", row_id, job_id=name, job_timeout=TIMEOUT, result_ttl=0, failure_ttl=3600
                )
        except redis.RedisError:
            self.lost += len(ids)

    def held(self, job: str) -> frozenset[int]:
        """Rows that were rung for and that no worker has come to yet. Redis gone: none."""
        try:
            names = (str(name).split("-") for name in self.queues[job].get_job_ids(0, _LOOKED_AT))
            return frozenset(int(name[1]) for name in names if len(name) == 3 and name[0] == job and name[1].isdigit())
        except redis.RedisError:
            return frozenset()

    def answers(self) -> bool:
        """Is Redis there?"""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False


def connect(url: str) -> redis.Redis:
    """A client that gives up soon: nobody may wait for the doorbell."""
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)

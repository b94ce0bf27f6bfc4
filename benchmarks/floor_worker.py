"""The floor of a worker: one RQ job reads the ticket at the host, embeds what it says, and writes one row."""

from __future__ import annotations

import argparse
import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
import sqlalchemy as sa
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.store.engine import connect
from benchmarks.floor_model import load
from benchmarks.floor_web import QUEUE, event


@dataclass(frozen=True)
class Bench:
    """What the jobs of this process work with."""

    engine: sa.Engine
    host: str
    embed: Callable[[str], Any]


_bench: list[Bench] = []


def handle(row_id: int) -> None:
    bench = _bench[0]
    with bench.engine.connect() as tx:
        ticket = tx.execute(sa.select(event.c.ticket).where(event.c.id == row_id)).scalar_one()
    bench.embed(_said(bench.host, ticket))
    with bench.engine.begin() as tx:
        tx.execute(event.update().where(event.c.id == row_id).values(answered=time.time()))


def _said(host: str, ticket: str) -> str:
    address = f"{host}/api/v2/tickets/{ticket}/comments.json"
    asked = urllib.request.Request(address, headers={"Authorization": "Bearer sandbox-admin"})  # noqa: S310 - loopback
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        return str(json.load(answer)["comments"][-1]["plain_body"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--database", "--redis", "--host"):
        parser.add_argument(name, required=True)
    given = parser.parse_args()
    _bench.append(Bench(connect(given.database), given.host, load()))
    connection = redis.Redis.from_url(given.redis)
    SimpleWorker([QUEUE], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")

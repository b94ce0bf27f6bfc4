"""The floor of the web process: bare Flask, HMAC, one INSERT by the same engine, one RQ enqueue, and nothing else."""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import re
from typing import Any

import redis
import sqlalchemy as sa
from flask import Flask, request
from gunicorn.app.base import BaseApplication
from rq import Queue
from rq.serializers import JSONSerializer

from app.store.engine import connect

QUEUE = "floor"
TICKET = re.compile(rb"zen:ticket:(\d+)")
metadata = sa.MetaData()
event = sa.Table(
    "floor_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticket", sa.String(20), nullable=False),
    sa.Column("answered", sa.Float),
)


def queue_at(url: str) -> Queue:
    return Queue(QUEUE, connection=redis.Redis.from_url(url), serializer=JSONSerializer)


def build(secret: str, engine: sa.Engine, queue: Queue, job: str = "benchmarks.floor_worker.handle") -> Flask:
    """Two routes: the webhook, and the one that says that we are up."""
    app = Flask("floor")

    @app.post("/webhooks/zendesk")
    def receive() -> tuple[str, int]:
        raw = request.get_data()
        stamp = request.headers["X-Zendesk-Webhook-Signature-Timestamp"]
        digest = hmac.new(secret.encode(), stamp.encode() + raw, hashlib.sha256).digest()
        given = request.headers["X-Zendesk-Webhook-Signature"]
        if not hmac.compare_digest(base64.b64encode(digest).decode(), given):
            return "", 401
        found = TICKET.search(raw)
        with engine.begin() as tx:
            row = tx.execute(event.insert().values(ticket=found[1].decode() if found else "")).inserted_primary_key
        queue.enqueue(job, row[0] if row else 0, result_ttl=0)
        return "", 202

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    return app


class Bare(BaseApplication):
    """Served as app/serve.py serves; a test compares the two."""

    def __init__(self, app: Flask, port: int) -> None:
        self.app, self.port = app, port
        super().__init__()

    def load_config(self) -> None:
        chosen: dict[str, Any] = {
            "bind": [f"127.0.0.1:{self.port}"],
            "worker_class": "gthread",
            "threads": 8,
            "workers": 1,
            "loglevel": "warning",
            "graceful_timeout": 5,
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--secret", "--database", "--redis"):
        parser.add_argument(name, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    engine = connect(given.database)
    metadata.create_all(engine)
    engine.dispose()  # no open connection crosses the fork
    Bare(build(given.secret, engine, queue_at(given.redis)), given.port).run()


if __name__ == "__main__":
    main()

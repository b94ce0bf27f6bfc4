"""The floor does the work that it claims to do, and is served as the real thing is."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.serve import _Web
from benchmarks import delivery, floor_web, load
from benchmarks.floor_web import Bare, event


class Queue:
    """Remembers what it was given."""

    def __init__(self):
        self.jobs = []

    def enqueue(self, *job, **options):
        self.jobs.append(job)


@pytest.fixture
def bare(engine):
    floor_web.metadata.create_all(engine)
    queue = Queue()
    return SimpleNamespace(app=floor_web.build("s3cret", engine, queue), engine=engine, queue=queue)


def rows(bare):
    with bare.engine.connect() as tx:
        return tx.execute(sa.select(event.c.ticket)).scalars().all()


def test_a_signed_delivery_is_stored_and_rung(bare):
    body = b'{"subject": "zen:ticket:12"}'
    answer = bare.app.test_client().post(delivery.PATH, data=body, headers=delivery.signed("s3cret", body))
    assert (answer.status_code, rows(bare), bare.queue.jobs) == (
        202,
        ["12"],
        [("benchmarks.floor_worker.handle", 1)],
    )


def test_a_wrong_signature_leaves_no_trace(bare):
    answer = bare.app.test_client().post(delivery.PATH, data=b"{}", headers=delivery.signed("other", b"{}"))
    assert (answer.status_code, rows(bare), bare.queue.jobs) == (401, [], [])


def test_floor_and_web_have_the_same_server_settings():
    deps = SimpleNamespace(settings=SimpleNamespace(sandbox=True))
    ours, floor = _Web(deps, 1234, 8).cfg.settings, Bare(None, 1234).cfg.settings
    assert [name for name in ours if ours[name].value != floor[name].value] == []


@pytest.fixture
def door():
    """A server that keeps connections open and answers everything with the status it is told."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.server.heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(self.server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.status, server.heard, server.daemon_threads, server.block_on_close = 202, [], True, False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("rate", [None, 1000.0])
def test_every_delivery_of_a_load_is_new_and_timed(door, rate):
    wanted = load.Load(door.server_port, "s3cret", count=20, seed=1, rate=rate, connections=2)
    assert len(load.carry_out(wanted).answers) == len(set(door.heard)) == 20


def test_the_load_does_not_count_a_refusal(door):
    door.status = 401
    with pytest.raises(RuntimeError, match="401"):
        load.carry_out(load.Load(door.server_port, "s3cret", count=2, seed=1, connections=1))


def test_each_prepared_request_is_signed():
    (raw,) = delivery.requests("s3cret", 1, Random(1))
    head, _, body = raw.partition(b"\r\n\r\n")
    stamp = next(line for line in head.decode().splitlines() if line.startswith("X-Zendesk-Webhook-Signature-T"))
    assert f"content-length: {len(body)}" in head.decode().lower()
    assert stamp.endswith("Z")

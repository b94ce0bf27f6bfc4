"""Traces: a span for each stage with the ids of its message, and never a word of a customer; off, nothing is imported."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app import traces
from tests.door import SECRETS, Door, event
from tests.fakes import CASEY

ROOT = Path(__file__).parents[1]
ASKED = "How many days does shipping take, and do you deliver on Saturdays to Elm Street 7?"
STAGES = {"webhook", "handle", "fetch", "clean", "classify", "retrieve", "look_up", "draft", "check", "decide"}
WORDS = ("Elm Street", "Saturdays", CASEY.name, str(CASEY.email), SECRETS[0], "Delivery")


class Collector(BaseHTTPRequestHandler):
    """What a collector understands of what it is given."""

    def do_POST(self) -> None:
        told = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        found = [span for one in told.resource_spans for scope in one.scope_spans for span in scope.spans]
        self.server.spans += found  # type: ignore[attr-defined]
        self.server.whole += str(told)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quietly."""


@pytest.fixture
def collector() -> Iterator[Any]:
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        server.spans, server.whole = [], ""  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def traced(collector: Any) -> Iterator[Any]:
    """A process that was told of the collector."""
    provider = traces.begin(f"http://127.0.0.1:{collector.server_port}", "test")
    yield provider
    provider.shutdown()
    traces.end()


@pytest.fixture
def door(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Door]:
    made = Door(tmp_path, sqlite_database, clock)
    yield made
    made.close()


def ids(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_each_stage_of_a_message_is_a_span_with_its_ids_and_no_words(door, collector, traced):
    ref = door.host.new_ticket(ASKED)
    comment = door.host.fetch(ref).newest_customer_comment()
    door.post(event(ref, 1, "comment_added", comment))
    door.work()
    traced.force_flush()
    named = {span.name: ids(span) for span in collector.spans}
    assert set(named) >= STAGES
    item = door.proposals()[0].id
    thought = STAGES - {"webhook", "handle", "fetch"}
    assert {name: named[name].get("countersign.message") for name in thought} == dict.fromkeys(thought, item)
    assert {named[name]["countersign.inbox"] for name in ("webhook", "handle", "clean")} == {door.rows()[0].id}
    assert [word for word in WORDS if word in collector.whole] == []
    trace = {span.trace_id for span in collector.spans if span.name != "webhook"}
    assert len(trace) == 1, "one message, one trace"


def test_of_an_error_only_its_kind_is_told(door, collector, traced):
    with pytest.raises(ValueError, match="Elm Street"), traces.span("fetch", inbox=7):
        raise ValueError(ASKED)
    traced.force_flush()
    (span,) = collector.spans
    assert (span.status.message, len(span.events)) == ("ValueError", 0)
    assert "Elm Street" not in collector.whole


def test_where_nobody_collects_nothing_is_imported_and_nothing_is_done():
    program = """import sys
from app import traces
traces.begin("", "web")
with traces.span("clean", message="1"): traces.tell(inbox=1)
print([name for name in sys.modules if name.startswith("opentelemetry")])"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (found.stdout.strip(), found.stderr) == ("[]", "")


def test_a_process_without_the_packages_works_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert traces.begin("http://127.0.0.1:9", "web") is None
    with traces.span("clean"):
        pass

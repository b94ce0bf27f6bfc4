"""A running sandbox of one's own, an app that only listens, and a client that only asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.zendesk.app_install import new_private_pem
from sandbox.zendesk.server import Options, Running

FIXTURES = Path(__file__).parent / "fixtures"
PARCEL, REFUND, SOLVED, CLOSED = 1001, 1002, 1003, 1004


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@dataclass
class Delivery:
    headers: dict[str, str]
    raw: bytes


@dataclass
class Listener:
    """An app that keeps what it is sent and answers what it is told to: (status, headers), 200 by default."""

    url: str = ""
    deliveries: list[Delivery] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    pages: dict[str, bytes] = field(default_factory=dict)
    hold: threading.Event = field(default_factory=open_gate)

    def kinds(self) -> list[str]:
        return [
            delivery.raw.decode().partition('"zen:event-type:')[2].partition('"')[0].removeprefix("ticket.")
            for delivery in self.deliveries
        ]


def handler_for(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/webhooks/zendesk":
                listener.deliveries.append(Delivery(dict(self.headers), raw))
                listener.hold.wait(10)
                status, headers = listener.answers.pop(0) if listener.answers else (202, {})
                self._answer(status, headers, b"")
            else:
                listener.pages[f"posted {self.path.partition('?')[0]}"] = raw
                self.do_GET()

        def do_GET(self) -> None:
            body = listener.pages.get(self.path.partition("?")[0])
            kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
            self._answer(404 if body is None else 200, {"Content-Type": kind}, body or b"")

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    return Handler


@pytest.fixture
def app() -> Iterator[Listener]:
    listener = Listener()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(listener))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    listener.url = f"http://localhost:{server.server_port}"
    yield listener
    server.shutdown()
    server.server_close()
    thread.join()


class Client:
    """REST as a program sees it; `control` plays the rest of the world."""

    def __init__(self, url: str, token: str = "sandbox-integration") -> None:
        self.url = url
        self.token = token

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = None, **more: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=20, **more)

    def get(self, path: str, **more: Any) -> Any:
        answer = self.call("GET", f"/api/v2/{path}", **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, ticket: int, **fields: Any) -> requests.Response:
        return self.call("PUT", f"/api/v2/tickets/{ticket}.json", {"ticket": fields})

    def ticket(self, ticket: int) -> Any:
        return self.get(f"tickets/{ticket}.json")["ticket"]

    def comments(self, ticket: int) -> Any:
        return self.get(f"tickets/{ticket}/comments.json")["comments"]

    def audits(self, ticket: int) -> Any:
        return self.get(f"tickets/{ticket}/audits.json")["audits"]

    def staff(self, email: str) -> int:
        return int(self.get(f"users/search.json?query={email}")["users"][0]["id"])

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        answer = self.call(method, f"/sandbox/{path}", body, "sandbox-admin")
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json() if answer.content else None

    def fault(self, kind: str, **options: Any) -> Any:
        return self.control("faults", {"kind": kind, **options})["fault"]

    def ledger(self, ticket: int | None = None) -> Any:
        return self.control(f"ledger{'' if ticket is None else f'?ticket={ticket}'}", method="GET")["entries"]


@pytest.fixture(scope="session")
def app_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making a key takes longer than most tests."""
    file = tmp_path_factory.mktemp("app_key") / "private.pem"
    file.write_bytes(new_private_pem())
    return file


@pytest.fixture
def options(tmp_path: Path, app: Listener, app_key_file: Path) -> Options:
    seeds, people = FIXTURES / "conversations.jsonl", FIXTURES / "people.json"
    return Options(0, tmp_path / "zendesk", app.url, seeds, people, app_key_file=app_key_file, seed_seconds=0.01)


@pytest.fixture
def running(options: Options) -> Iterator[Running]:
    running = Running(options)
    running.start()
    thread = threading.Thread(target=running.serve)
    thread.start()
    yield running
    running.stop()
    thread.join()


@pytest.fixture
def zendesk(running: Running) -> Client:
    return Client(running.url)


@pytest.fixture
def quiet(zendesk: Client, app: Listener) -> Listener:
    """The app, once the announcements of the seeds are over."""
    wait_for(lambda: len(app.deliveries) >= 4)
    wait_for(
        lambda: all(one["status"] == "success" for one in zendesk.control("deliveries", method="GET")["invocations"])
    )
    app.deliveries.clear()
    return app

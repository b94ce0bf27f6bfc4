"""A server that writes down every request it gets and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

DROPPED = "the connection is closed without an answer"
OLD = "Mon, 23 Nov 2026 10:00:00 GMT"


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    raw: bytes
    connection: int  # the other end's port

    @property
    def line(self) -> str:
        """Method and path without the version of the API, the suffix and the query."""
        path = urlsplit(self.target).path.removeprefix("/api/v2").removesuffix(".json")
        return f"{self.method} {unquote(path)}"

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Recorder:
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Answer | str] = lambda _: Answer()

    @property
    def lines(self) -> list[str]:
        return [asked.line for asked in self.asked]

    def say(self, *answers: Answer | str) -> None:
        """These in turn, the last one again and again."""
        left = list(answers)
        self.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def pass_on(self, url: str) -> None:
        """Write down, and let another server answer."""
        there = urlsplit(url)

        def forward(asked: Asked) -> Answer:
            connection = HTTPConnection(there.hostname or "", there.port, timeout=10)
            headers = {name: value for name, value in asked.headers.items() if name.lower() != "host"}
            connection.request(asked.method, asked.target, asked.raw, headers)
            response = connection.getresponse()
            body = response.read().replace(url.encode(), self.url.encode())
            connection.close()
            return Answer(response.status, body, {"Date": response.headers.get("Date", "")})

        self.answer = forward


def handler_of(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers), raw, self.client_address[1])
            recorder.asked.append(asked)
            answer = recorder.answer(asked)
            if isinstance(answer, str):
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in ({"Date": OLD, "Content-Type": "application/json"} | dict(answer.headers)).items():
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.raw)))
            self.end_headers()
            self.wfile.write(answer.raw)

        do_GET = do_PUT = do_POST = do_DELETE = reply  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    return Handler


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that did not wait for its answer is what some tests are about."""


@contextmanager
def recording() -> Iterator[Recorder]:
    recorder = Recorder()
    server = Server(("127.0.0.1", 0), handler_of(recorder))
    recorder.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

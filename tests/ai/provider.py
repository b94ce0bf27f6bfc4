"""A small OpenAI-compatible server that answers as it is told: scripted, malformed, slow, refusing, failing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

Reply = Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]


def says(content: Any, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    """A completion with this content; anything but text is sent as JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": None if refusal else text, "refusal": refusal}
    body = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 60, "completion_tokens": 40, "total_tokens": 100},
    }
    return lambda _: (200, body)


def fails(status: int) -> Reply:
    return lambda _: (status, {"error": {"message": "no", "type": "error", "code": None}})


class Provider:
    """The server's address, what it answers next, and all that it was asked."""

    CUT: ClassVar[dict[str, Any]] = {"cut": "the line goes dead after the head and half of this"}

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.reply: Reply = says({})
        self.released = threading.Event()
        self.address = ""

    def hang(self, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer only when the test is over."""
        self.released.wait(30)
        return says({})({})

    @property
    def prompt(self) -> str:
        return str(self.asked[-1]["messages"][0]["content"])


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            provider.asked.append(request)
            status, body = provider.reply(request)
            raw = json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw[: len(raw) // 2] if body is Provider.CUT else raw)
                self.close_connection = True
            except BrokenPipeError:
                return  # the caller stopped waiting, which is what the slow test is about

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    provider.address = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield provider
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()

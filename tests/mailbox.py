"""A mail server and a chat on this machine: they keep what arrives, and refuse when a test says so."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from typing import Any


class Server(socketserver.ThreadingTCPServer):
    """`arrived`: what came. `refuses`: the answer to the next message's sender or request."""

    allow_reuse_address = True

    def __init__(self, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.arrived: list[Any] = []
        self.refuses = ""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Smtp(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 for one plain mail."""

    server: Server

    def handle(self) -> None:
        self._say("220 mailbox.example")
        while (words := self.rfile.readline().decode().split()) and words[0].upper() != "QUIT":
            self._answer(words[0].upper())
        self._say("221 bye")

    def _answer(self, verb: str) -> None:
        if verb == "MAIL" and self.server.refuses:
            self._say(self.server.refuses)
        elif verb == "DATA":
            self._say("354 go on")
            lines = iter(self.rfile.readline, b".\r\n")
            mail = message_from_bytes(b"".join(lines), _class=EmailMessage, policy=policy.default)
            self.server.arrived.append(mail)
            self._say("250 kept")
        else:
            self._say("250 mailbox.example")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Chat(BaseHTTPRequestHandler):
    """Takes `{"text": …}`; `refuses` is a status, a redirect with 302."""

    server: Server  # type: ignore[assignment]

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
        status = int(self.server.refuses or 200)
        if status == 200:
            self.server.arrived.append(text)
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[Server]:
    with Server(handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()

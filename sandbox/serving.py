"""How every sandbox is served: on loopback, keep-alive, no line per request."""

from __future__ import annotations

import logging

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

HOST = "127.0.0.1"
LOCAL_NAMES = ("127.0.0.1", "localhost")  # a page elsewhere that points its own name at this machine gets nothing


class _Quiet(WSGIRequestHandler):
    """Keep-alive, and no line per request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are not logged."""


def listening(app: Flask, port: int) -> BaseWSGIServer:
    """A server that holds its port and serves once told to; its threads end with the process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    made = make_server(HOST, port, app, threaded=True, request_handler=_Quiet)
    made.daemon_threads = True  # type: ignore[attr-defined]
    return made

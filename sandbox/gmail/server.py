"""The process: state, app, publisher and HTTP server put together, started and stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, jsonify, request

from sandbox.gmail import push, rest, seeding, tokens
from sandbox.gmail.context import Sandbox
from sandbox.gmail.control import control
from sandbox.gmail.errors import GoogleError
from sandbox.gmail.page import page_routes
from sandbox.gmail.push import Publisher
from sandbox.gmail.signing import ADDON_ACCOUNT, ADDON_CLIENT, PUSH_ACCOUNT, Signer
from sandbox.gmail.state import Store
from sandbox.gmail.tokens import oauth
from sandbox.serving import HOST, LOCAL_NAMES, listening

SEEDS = Path(__file__).parent / "seeds"
SUPPORT = "support@acme.example"


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    port: int
    home: Path
    app_url: str
    seeds: Path = SEEDS


def open_sandbox(options: Options) -> Sandbox:
    """State and key, made at the first start and found at each later one."""
    store = Store(options.home)
    seeding.plant(store, SUPPORT, options.seeds)
    return Sandbox(store, Signer(options.home, store.now), options.home, options.app_url.rstrip("/"))


def create_app(made: Sandbox) -> Flask:
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["sandbox"] = made
    app.before_request(_only_by_a_local_name)
    rest.install(app)
    app.register_blueprint(control)
    app.register_blueprint(oauth)
    app.register_blueprint(page_routes)
    app.add_url_rule("/healthz", view_func=_healthy)
    return app


def _healthy() -> Response:
    return jsonify(status="ok")


def _only_by_a_local_name() -> None:
    """A page elsewhere that points its own name at this machine gets nothing."""
    if request.host.partition(":")[0] not in LOCAL_NAMES:
        raise GoogleError(421, "this sandbox answers on 127.0.0.1 only", "misdirected")


class Running:
    """A started sandbox; `stop` ends it, and so does a kill at any moment."""

    def __init__(self, options: Options) -> None:
        self.sandbox = open_sandbox(options)
        self._http = listening(create_app(self.sandbox), options.port)
        self.port = self._http.server_port
        self._publisher = Publisher(self.sandbox.store, self.sandbox.signer, f"{self.sandbox.app_url}/webhooks/gmail")
        self._describe()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def _describe(self) -> None:
        """What the app is told about this account, in a file."""
        store, file = self.sandbox.store, self.sandbox.home / "installation.json"
        refresh = store.meta("first_refresh") or tokens.grant(store, SUPPORT, tokens.MODIFY, "refresh", None)
        with store.write():
            store.set_meta("first_refresh", refresh)
        facts = {
            "base_url": self.url, "mailbox": SUPPORT, "refresh_token": refresh, "client_id": tokens.CLIENT_ID,
            "client_secret": tokens.CLIENT_SECRET, "topic": push.TOPIC, "push_account": PUSH_ACCOUNT,
            "addon_account": ADDON_ACCOUNT, "addon_client_id": ADDON_CLIENT, "push_audience": f"{self.sandbox.app_url}/webhooks/gmail",
        }  # fmt: skip
        file.touch(0o600)
        file.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")

    def start(self) -> None:
        self._publisher.start()

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._publisher.stop()
        self.sandbox.store.close()

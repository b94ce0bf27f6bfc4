"""The process: state, app, sender and HTTP server put together, started and stopped."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, jsonify, request

from sandbox.serving import HOST, LOCAL_NAMES, listening
from sandbox.zendesk import access, app_install, events, hooks, oauth_clients, people, queue, rest, seeding
from sandbox.zendesk.app_install import AppKey
from sandbox.zendesk.context import Sandbox
from sandbox.zendesk.control import control
from sandbox.zendesk.errors import ApiError
from sandbox.zendesk.limits import Limits
from sandbox.zendesk.oauth_routes import oauth
from sandbox.zendesk.page import page_routes
from sandbox.zendesk.state import Store
from sandbox.zendesk.webhooks import Sender

SEEDS = Path(__file__).parent / "seeds"


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    port: int
    home: Path
    app_url: str
    seeds: Path = SEEDS / "conversations.jsonl"
    people: Path = SEEDS / "people.json"
    webhook_secret_file: Path | None = None
    app_key_file: Path | None = None
    seed_seconds: float = 0.3
    now: Callable[[], float] = time.time  # who simulates months brings a clock


def open_sandbox(options: Options) -> Sandbox:
    """State and secrets, made at the first start and found at each later one."""
    store = Store(options.home, options.now)
    secret = app_install.kept_secret(options.webhook_secret_file, options.home / "webhook_secret", _new_secret)
    _install_webhook(store, f"{options.app_url.rstrip('/')}/webhooks/zendesk", secret.decode().strip())
    seeding.plant(store, options.people, options.seeds)
    _install_clients(store)
    private = app_install.kept_secret(
        options.app_key_file, options.home / "app_private_key.pem", app_install.new_private_pem
    )
    made = Sandbox(store, AppKey(private), options.home, options.app_url.rstrip("/"), Limits(store.now))
    _describe(made, options.port)
    return made


def _install_webhook(store: Store, endpoint: str, secret: str) -> None:
    with store.write():
        if store.meta("webhook_id") is None:
            store.set_meta("webhook_id", queue.ulid())
        hooks.install(store, store.meta("webhook_id"), endpoint, secret)


def _install_clients(store: Store) -> None:
    with store.write():
        if not oauth_clients.every(store):
            bot = people.user_by_email(store, access.INTEGRATION_EMAIL)
            oauth_clients.install(store, bot["id"] if bot else None)


def _new_secret() -> bytes:
    return secrets.token_urlsafe(32).encode()


def _describe(made: Sandbox, port: int) -> None:
    """What the app is told about this account, in files."""
    bot = people.user_by_email(made.store, access.INTEGRATION_EMAIL)
    facts = {
        "subdomain": app_install.SUBDOMAIN, "account_id": events.ACCOUNT_ID, "app_id": app_install.APP_ID,
        "installation_id": app_install.INSTALLATION_ID, "integration_user_id": bot["id"] if bot else None,
        "integration_token": access.INTEGRATION_TOKEN, "base_url": f"http://{HOST}:{port}",
        "webhook_id": made.store.meta("webhook_id"), "audience": app_install.AUDIENCE,
        "oauth_client_id": oauth_clients.LOCAL, "oauth_global_client_id": oauth_clients.GLOBAL,
        "oauth_client_secret": oauth_clients.SECRET,
    }  # fmt: skip
    app_install.write_private(made.home / "app_public_key.pem", made.key.public_pem())
    app_install.write_private(made.home / "installation.json", (json.dumps(facts, indent=2) + "\n").encode())


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
    app.wsgi_app = rest.WithoutSuffix(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _healthy() -> Response:
    return jsonify(status="ok")


def _only_by_a_local_name() -> None:
    """A page elsewhere that points its own name at this machine gets nothing."""
    if request.host.partition(":")[0] not in LOCAL_NAMES:
        raise ApiError(421, {"error": "MisdirectedRequest", "description": "this sandbox answers on 127.0.0.1 only"})


class Running:
    """A started sandbox; `stop` ends it, and so does a kill at any moment."""

    def __init__(self, options: Options) -> None:
        self.sandbox = open_sandbox(options)
        self._http = listening(create_app(self.sandbox), options.port)
        self.port = self._http.server_port
        _describe(self.sandbox, self.port)
        self._sender = Sender(self.sandbox.store)
        self._stop = threading.Event()
        waiting = (self.sandbox.store, self.sandbox.app_url, options.seed_seconds, self._stop)
        self._herald = threading.Thread(target=seeding.announce_when_listening, args=waiting, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        self._sender.start()
        self._herald.start()

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._stop.set()
        self._herald.join()
        self._http.shutdown()
        self._http.server_close()
        self._sender.stop()
        self.sandbox.store.close()

"""Everything under /api/v2: access, faults and limits around the routes of the other rest_ files."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Flask, Response, jsonify, request

from sandbox.zendesk import faults, rest_limits
from sandbox.zendesk.context import sent, store
from sandbox.zendesk.errors import ApiError, invalid_endpoint, rate_limited, unavailable
from sandbox.zendesk.oauth_routes import oauth_records
from sandbox.zendesk.rest_account import account
from sandbox.zendesk.rest_bulk import bulk
from sandbox.zendesk.rest_figures import figures
from sandbox.zendesk.rest_incremental import incremental
from sandbox.zendesk.rest_people import people_routes
from sandbox.zendesk.rest_rules import rules
from sandbox.zendesk.rest_tickets import ticket_routes
from sandbox.zendesk.rest_views import view_routes
from sandbox.zendesk.rest_webhooks import webhook_routes
from sandbox.zendesk.state import Doc

PREFIX = "/api/v2"
PARTS = (
    ticket_routes, bulk, people_routes, incremental, figures, view_routes, account, rules, webhook_routes, oauth_records,
)  # fmt: skip


def install(app: Flask) -> None:
    """Mount the API; each path answers with and without `.json`."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    for part in PARTS:
        api.register_blueprint(part)
    api.before_request(_bad_day)
    api.after_request(_headers)
    api.after_request(_bad_end)
    app.register_blueprint(api)
    app.register_error_handler(ApiError, refusal)
    app.register_error_handler(404, _no_such_path)


class WithoutSuffix:
    """`/api/v2/tickets/5.json` is `/api/v2/tickets/5`."""

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self._app = wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(f"{PREFIX}/") and path.endswith(".json"):
            environ["PATH_INFO"] = path.removesuffix(".json")
        return self._app(environ, start_response)


def refusal(error: ApiError) -> Response:
    answer = jsonify(error.body)
    answer.status_code = error.status
    answer.headers.update(error.headers)
    return answer


def _no_such_path(_error: Exception) -> Response:
    return refusal(invalid_endpoint())


def _ticket() -> int | None:
    found = (request.view_args or {}).get("ticket_id")
    return int(found) if found is not None else None


def _kinds_of_call() -> tuple[str, ...]:
    """Which `on` of a fault this request answers to."""
    if request.method == "GET":
        return ("read", "any")
    endpoint = (request.endpoint or "").rpartition(".")[2]
    if endpoint == "put_ticket":
        return ("reply", "put", "write", "any") if _speaks_to_the_customer() else ("put", "write", "any")
    return ("tags", "write", "any") if endpoint == "change_tags" else ("write", "any")


def _speaks_to_the_customer() -> bool:
    comment = (sent().get("ticket") or {}).get("comment") or {}
    return isinstance(comment, dict) and comment.get("public") is True


def _strike(kind: str, **match: str) -> Doc | None:
    return faults.strike(store(), kind, _ticket(), _kinds_of_call(), **match)


def _bad_day() -> Response | None:
    """Faults that come before anything is applied."""
    if _strike("down"):
        raise unavailable(None)
    slow = _strike("slow", when="before")
    if slow:
        _doze(slow)
    if _strike("drop_connection", when="before"):
        return _hang_up()
    dead = _strike("unavailable")
    if dead:
        raise unavailable(_seconds(dead))
    busy = _strike("rate_limited")
    if busy:
        raise rate_limited(_seconds(busy) or 1)
    rest_limits.count()
    return None


def _doze(fault: Doc) -> None:
    """For so long, or until the fault is removed, where it does not count its strikes."""
    end = time.monotonic() + fault["seconds"]
    while time.monotonic() < end and (fault["times"] is not None or fault in faults.active(store())):
        time.sleep(min(0.05, max(0.0, end - time.monotonic())))


def _seconds(fault: Doc) -> int | None:
    return None if fault["retry_after"] is None else int(fault["retry_after"])


def _headers(answer: Response) -> Response:
    answer.headers["X-Request-Id"] = str(uuid.uuid4())
    return rest_limits.tell(answer)


def _bad_end(answer: Response) -> Response:
    """Faults that come after a successful write: the caller does not learn of it, or late."""
    if answer.status_code >= 400:
        return answer
    slow = _strike("slow", when="after")
    if slow:
        _doze(slow)
    if _strike("drop_connection", when="after"):
        return _hang_up()
    return answer


def _hang_up() -> Response:
    """The caller's socket is closed before a byte of this answer is written."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)

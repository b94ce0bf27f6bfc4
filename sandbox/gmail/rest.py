"""The API: every path of Google's description, with its checks, its bad days and its batches."""

from __future__ import annotations

import email
import socket
import time
from email.message import Message
from typing import Any

from flask import Flask, Response, current_app, jsonify, request

from sandbox.gmail import discovery, faults, mailbox, mime, quota, tokens
from sandbox.gmail.call import Call
from sandbox.gmail.calls import CALLS
from sandbox.gmail.context import store
from sandbox.gmail.discovery import Method
from sandbox.gmail.errors import (
    GoogleError,
    delegation_denied,
    insufficient_scopes,
    invalid,
    invalid_credentials,
    login_required,
    not_played,
    sending_limit,
    too_fast,
    unavailable,
)
from sandbox.gmail.state import Doc

ON_EVERY_CALL = {
    "alt",
    "prettyPrint",
    "key",
    "fields",
    "quotaUser",
    "access_token",
    "oauth_token",
    "uploadType",
    "$.xgafv",
    "callback",
}
PER_MESSAGE = "gmail.addons.current.message."
LONGEST = 1 << 31


def install(app: Flask) -> None:
    for method in discovery.methods().values():
        view = _view(method)
        for rule in filter(None, (method.path, method.upload)):
            app.add_url_rule(rule, f"{method.id}:{rule}", view, methods=[method.verb])
    app.add_url_rule("/batch", "batch", _batch, methods=["POST"])
    app.add_url_rule("/batch/gmail/v1", "batch-v1", _batch, methods=["POST"])
    app.register_error_handler(GoogleError, refusal)


def refusal(error: GoogleError) -> Response:
    answer = jsonify(error.body)
    answer.status_code = error.code
    answer.headers.update(error.headers)
    return answer


def _view(method: Method) -> Any:
    def view(**path: str) -> Response:
        _bad_day(method)
        if faults.strike(store(), "drop_connection", method.id, "before"):
            return _hang_up()
        call = _let_in(method, path)
        handler = CALLS.get(method.id)
        if handler is None:
            raise not_played(method.id)
        quota.count(call.store, call.mailbox, method.id)
        answer = jsonify(handler(call) or {})
        if slow := faults.strike(store(), "slow", method.id, "after"):
            time.sleep(slow["seconds"])
        if faults.strike(store(), "drop_connection", method.id, "after"):
            return _hang_up()
        return answer

    return view


# --- who asks ----------------------------------------------------------------------------------------------------------
def _let_in(method: Method, path: dict[str, str]) -> Call:
    who = _caller(method)
    asked = path.pop("userId", "me")
    if asked.lower() not in ("me", who["email"]):
        raise delegation_denied(asked)
    return Call(store(), who["email"], {**path, **_parameters(method)}, _body(method))


def _caller(method: Method) -> Doc:
    """Raises GoogleError 401 and 403."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise login_required()
    found = tokens.known(store(), token, "access")
    if found is None or found["email"] not in mailbox.emails(store()):
        raise invalid_credentials()
    granted = set(found["scopes"].split()) & set(method.scopes)
    if not granted or (
        all(PER_MESSAGE in scope for scope in granted) and not request.headers.get("X-Goog-Gmail-Access-Token")
    ):
        raise insufficient_scopes()
    return found


# --- what is asked -----------------------------------------------------------------------------------------------------
def _parameters(method: Method) -> dict[str, Any]:
    """By their types. Raises GoogleError 400 for what Google's description does not know."""
    found: dict[str, Any] = {}
    for name in request.args:
        if name in ON_EVERY_CALL:
            continue
        about = method.parameters.get(name)
        if about is None or about["location"] != "query":
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.')
        values = [_value(name, text, about) for text in request.args.getlist(name)]
        found[name] = values if about.get("repeated") else values[-1]
    return found


def _value(name: str, text: str, about: Doc) -> Any:
    if about.get("enum") and text not in about["enum"]:
        raise invalid(f"Invalid value at '{name}' (type.googleapis.com), \"{text}\"")
    if about["type"] == "boolean":
        return text.lower() == "true"
    if about["type"] == "integer":
        if not text.isdigit() or not 0 < int(text) < LONGEST:
            raise invalid(f"Invalid {name}")
        return int(text)
    return text


def _body(method: Method) -> Doc:
    if request.path.startswith("/upload/"):
        message = {"raw": mime.encode(request.get_data())}
        return {"message": message} if method.id.startswith("drafts") else message
    if not request.get_data():
        return {}
    found = request.get_json(force=True, silent=True)
    if not isinstance(found, dict):
        raise invalid("Invalid JSON payload received. Unexpected token.")
    return found


# --- bad days ----------------------------------------------------------------------------------------------------------
_REFUSALS = {"down": unavailable, "unavailable": unavailable, "rate_limited": too_fast, "sending_limit": sending_limit}


def _bad_day(method: Method) -> None:
    if slow := faults.strike(store(), "slow", method.id, "before"):
        time.sleep(slow["seconds"])
    for kind, refuse in _REFUSALS.items():
        if faults.strike(store(), kind, method.id):
            raise refuse()


def _hang_up() -> Response:
    """The caller's socket is closed before a byte of this answer is written."""
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


# --- many at once ------------------------------------------------------------------------------------------------------
def _batch() -> Response:
    """multipart/mixed in, multipart/mixed out; each part is a call of its own."""
    whole = email.message_from_bytes(f"Content-Type: {request.content_type}\r\n\r\n".encode() + request.get_data())
    parts = whole.get_payload() if whole.is_multipart() else []
    if not isinstance(parts, list) or not 0 < len(parts) <= 100:
        raise invalid("Invalid batch")
    client = current_app.test_client()
    answers = [_answered(client, part) for part in parts if isinstance(part, Message)]
    body = "".join(f"--batch_sandbox\r\n{one}\r\n" for one in answers) + "--batch_sandbox--"
    return Response(body, content_type='multipart/mixed; boundary="batch_sandbox"')


def _answered(client: Any, part: Message) -> str:
    text = str(part.get_payload())
    line, _, rest = text.lstrip().partition("\n")
    verb, path = line.split()[:2]
    inner = email.message_from_string(rest)
    headers = {name.lower(): value for name, value in inner.items() if name.lower() not in ("host", "content-length")}
    headers.setdefault("authorization", request.headers.get("Authorization", ""))
    answer = client.open(path, method=verb, data=str(inner.get_payload()).encode(), headers=headers)
    content_id = f"response-{part['Content-ID']}".replace("response-<", "<response-")
    head = f"Content-Type: application/http\r\nContent-ID: {content_id}\r\n\r\nHTTP/1.1 {answer.status}\r\n"
    return f"{head}Content-Type: {answer.content_type}\r\n\r\n{answer.get_data(as_text=True)}"

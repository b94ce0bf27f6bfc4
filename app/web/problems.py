"""Errors as RFC 9457 problem documents; as a page where a person opened a page. Never a stack trace."""

from __future__ import annotations

from http import HTTPStatus
from traceback import extract_tb
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, TooManyRequests

from app import review
from app.host import HostError
from app.web import language
from app.web.access import PAGES
from app.web.probes import count_webhook

log = structlog.get_logger()
IFRAMES = {"sidebar.sidebar", "sidebar.desk_page"}
BEFORE = {
    "auth.sign_in",
    "auth.enter",
    "sign_in.start",
    "sign_in.finish",
    "sign_in.first_admin",
    "command_line.confirm",
}
UNREAD = {413: "too-large", 429: "too-often"}  # deliveries
Answer = Response


def answer(app: Flask) -> None:
    """Give every way to fail its document."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(HostError, _host)
    app.register_error_handler(review.Changed, _changed)
    app.register_error_handler(review.Refused, _refused)
    app.register_error_handler(review.NotFound, lambda error: problem(404, "not-found", str(error)))
    app.register_error_handler(review.Forbidden, lambda error: problem(403, "forbidden", str(error)))
    app.register_error_handler(Exception, _unforeseen)


def problem(status: int, kind: str, detail: str, **more: Any) -> Answer:
    """`kind` is stable and for programs; `detail` is for people."""
    title = HTTPStatus(status).phrase
    told = language.told(detail)
    document = {"type": f"urn:countersign:{kind}", "title": title, "status": status, "detail": told, **more}
    if request.endpoint in PAGES | IFRAMES | BEFORE or request.path == "/" or _mistyped():
        shown = render_template("error.html", problem=document, way_out=_way_out(status))
        return make_response(shown, status)
    response = jsonify(document)
    response.mimetype = "application/problem+json"
    response.status_code = status
    return response


def _mistyped() -> bool:
    """An address that nothing has, in a browser's address line: programs ask for JSON, or for anything."""
    wanted = request.accept_mimetypes
    return request.endpoint is None and wanted["text/html"] > wanted["application/json"]


def _way_out(status: int) -> tuple[str, str] | None:
    """Where a person goes on from an error: address and words."""
    if request.endpoint in BEFORE or (status == HTTPStatus.UNAUTHORIZED and request.endpoint in PAGES):
        return url_for("auth.sign_in"), "To the sign-in page"
    if status == HTTPStatus.SERVICE_UNAVAILABLE and request.endpoint in PAGES:
        return url_for("pages.settings"), "To the switch"  # it works while a host is silent
    if _mistyped():
        return url_for("pages.queue"), "To the queue"
    return None


def _http(error: HTTPException) -> Answer:
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    if request.endpoint == "webhooks.receive" and status in UNREAD:
        count_webhook(str((request.view_args or {}).get("name")), UNREAD[status])
    if request.endpoint == "webhooks.receive" and status == HTTPStatus.UNAUTHORIZED:
        return make_response("", 401)
    response = problem(status, HTTPStatus(status).phrase.lower().replace(" ", "-"), error.description or "")
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _database(error: OperationalError) -> Answer:
    number = _note(error)
    if request.endpoint == "webhooks.receive":
        count_webhook(str((request.view_args or {}).get("name")), "unavailable")
    text = "The database does not answer or is full. Look again whether it was done."
    response = problem(503, "database-unavailable", text, error=number)
    response.headers["Retry-After"] = "30"
    return response


def _unstorable(error: DataError) -> Answer:
    number = _note(error)
    return problem(400, "unstorable", "Something in it cannot be stored. Nothing was done.", error=number)


def _host(error: HostError) -> Answer:
    return problem(502 if error.permanent else 503, "host", str(error))


def _changed(error: review.Changed) -> Answer:
    return problem(409, "changed", str(error) or "It changed since you saw it. Look again before you approve.")


def _refused(error: review.Refused) -> Answer:
    reasons = [{"rule": reason.rule, "text": language.told(reason.text)} for reason in error.reasons]
    return problem(422, "refused", "; ".join(reason["text"] for reason in reasons), reasons=reasons)


def _unforeseen(error: Exception) -> Answer:
    number = _note(error)
    return problem(
        500, "unforeseen", f"Something went wrong here: look again whether it was done. Error {number}.", error=number
    )


def _note(error: Exception) -> str:
    """Write down that it happened, under a number that the page shows; the text of an error may hold a customer's."""
    number = uuid4().hex[:10]
    ours = [frame for frame in extract_tb(error.__traceback__) if "/app/" in frame.filename]
    where = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else "unknown"
    log.error("web.error", error=number, kind=type(error).__name__, where=where, route=request.endpoint)
    return number

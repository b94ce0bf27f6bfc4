"""The webhook management API."""

from __future__ import annotations

import requests
from flask import Blueprint, Response, jsonify, make_response, request

from sandbox.zendesk import hooks, queue, webhooks
from sandbox.zendesk.context import reader, sent, store, writer
from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.paging import page
from sandbox.zendesk.state import Doc

webhook_routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")
SAMPLE = '{"event":"ticket.updated","id":123}'


@webhook_routes.get("")
def list_webhooks() -> Response:
    reader()
    return jsonify(page("webhooks", [hooks.shown(webhook) for webhook in hooks.every(store())]))


@webhook_routes.post("")
def create_webhook() -> Response:
    writer()
    return make_response(jsonify(webhook=hooks.shown(hooks.add(store(), _wanted()))), 201)


def _wanted() -> Doc:
    found = sent().get("webhook")
    return found if isinstance(found, dict) else {}


@webhook_routes.get("/<webhook_id>")
def get_webhook(webhook_id: str) -> Response:
    reader()
    return jsonify(webhook=hooks.shown(hooks.get(store(), webhook_id)))


@webhook_routes.route("/<webhook_id>", methods=["PUT", "PATCH"])
def change_webhook(webhook_id: str) -> Response:
    writer()
    hooks.change(store(), webhook_id, _wanted())
    return make_response("", 204)


@webhook_routes.delete("/<webhook_id>")
def delete_webhook(webhook_id: str) -> Response:
    writer()
    hooks.delete(store(), webhook_id)
    return make_response("", 204)


@webhook_routes.get("/<webhook_id>/signing_secret")
def signing_secret(webhook_id: str) -> Response:
    writer()
    return _told(hooks.get(store(), webhook_id), 200)


@webhook_routes.post("/<webhook_id>/signing_secret")
def reset_signing_secret(webhook_id: str) -> Response:
    writer()
    return _told(hooks.reset_secret(store(), webhook_id), 201)


def _told(webhook: Doc, status: int) -> Response:
    return make_response(jsonify(signing_secret={"secret": webhook["secret"], "algorithm": "SHA256"}), status)


@webhook_routes.get("/<webhook_id>/invocations")
def invocations(webhook_id: str) -> Response:
    reader()
    hooks.get(store(), webhook_id)
    mine = [one for one in queue.history(store()) if one["webhook_id"] == webhook_id]
    return jsonify(page("invocations", mine))


@webhook_routes.get("/<webhook_id>/invocations/<invocation_id>/attempts")
def attempts(webhook_id: str, invocation_id: str) -> Response:
    reader()
    hooks.get(store(), webhook_id)
    found = next((one for one in queue.history(store()) if one["id"] == invocation_id), None)
    if found is None:
        raise record_not_found()
    return jsonify(page("attempts", found["attempts"]))


@webhook_routes.post("/test")
def try_webhook() -> Response:
    """The button "Test webhook": one request at once, signed with the webhook's secret, or the static one without."""
    writer()
    known = request.args.get("webhook_id")
    webhook = hooks.get(store(), known) if known else hooks.for_one_try(_wanted())
    raw = str((sent().get("request") or {}).get("payload") or SAMPLE).encode()
    headers = webhooks.headers(webhook, queue.ulid(), store().stamp(), raw)
    try:
        answer = requests.post(webhook["endpoint"], data=raw, headers=headers, timeout=webhooks.TIMEOUT, allow_redirects=False)  # fmt: skip
    except requests.RequestException as error:
        return jsonify(response={"status": 0, "headers": [], "payload": type(error).__name__})
    return jsonify(response={"status": answer.status_code, "headers": [], "payload": answer.text})

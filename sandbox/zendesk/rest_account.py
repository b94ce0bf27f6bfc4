"""The app's installation and key, triggers and webhooks over REST."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response

from sandbox.zendesk import app_install, queue
from sandbox.zendesk.context import admin, reader, sandbox, sent, store, writer
from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.paging import page
from sandbox.zendesk.state import Doc

account = Blueprint("account", __name__)


@account.get("/apps/<int:app_id>/public_key.pem")
def public_key(app_id: int) -> Response:
    reader()
    if app_id != app_install.APP_ID:
        raise record_not_found()
    return Response(sandbox().key.public_pem(), mimetype="application/x-pem-file")


@account.get("/apps/installations/<int:installation_id>")
def get_installation(installation_id: int) -> Response:
    reader()
    return jsonify(_installation(installation_id))


@account.put("/apps/installations/<int:installation_id>")
def put_installation(installation_id: int) -> Response:
    """The app's form: only an admin sends it."""
    admin("change app installations")
    _installation(installation_id)
    app_install.change_installation(store(), sent())
    return jsonify(_installation(installation_id))


def _installation(installation_id: int) -> Doc:
    found = app_install.installation(store(), sandbox().app_url)
    if found is None or installation_id != app_install.INSTALLATION_ID:
        raise record_not_found()
    return found


@account.get("/webhooks")
def list_webhooks() -> Response:
    reader()
    return jsonify(page("webhooks", [_webhook()]))


@account.get("/webhooks/<webhook_id>")
def get_webhook(webhook_id: str) -> Response:
    reader()
    return jsonify(webhook=_webhook(webhook_id))


def _webhook(webhook_id: str | None = None) -> Doc:
    known = store().meta("webhook_id")
    if webhook_id not in (None, known):
        raise record_not_found()
    return {
        "id": known, "name": "Countersign", "description": "events", "status": "active", "http_method": "POST",
        "endpoint": f"{sandbox().app_url}/webhooks/zendesk", "request_format": "json", "authentication": None,
        "subscriptions": store().meta("subscriptions", []), "created_at": store().meta("started_at"), "created_by": "1",
        "updated_at": store().meta("started_at"), "updated_by": "1",
    }  # fmt: skip


@account.get("/webhooks/<webhook_id>/signing_secret")
def signing_secret(webhook_id: str) -> Response:
    writer()
    _webhook(webhook_id)
    return make_response(jsonify(signing_secret={"secret": sandbox().webhook_secret, "algorithm": "SHA256"}), 200)


@account.get("/webhooks/<webhook_id>/invocations")
def invocations(webhook_id: str) -> Response:
    reader()
    _webhook(webhook_id)
    return jsonify(page("invocations", queue.history(store())))

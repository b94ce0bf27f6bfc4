"""The app's installation and key over REST."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response

from sandbox.zendesk import app_install
from sandbox.zendesk.context import admin, reader, sandbox, sent, store
from sandbox.zendesk.errors import record_not_found
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


@account.get("/apps/installations")
def list_installations() -> Response:
    reader()
    found = app_install.installation(store(), sandbox().app_url)
    return jsonify(installations=[found] if found else [])


@account.delete("/apps/installations/<int:installation_id>")
def uninstall(installation_id: int) -> Response:
    admin("remove app installations")
    _installation(installation_id)
    app_install.change_installation(store(), {"installed": False})
    return make_response("", 204)


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

"""/sandbox/oauth: what was given out, and ends before its time."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from sandbox.zendesk import oauth_clients, oauth_tokens
from sandbox.zendesk.context import sent, store
from sandbox.zendesk.state import Doc

oauth_control = Blueprint("oauth_control", __name__, url_prefix="/oauth")


@oauth_control.get("")
def given_out() -> Response:
    """Clients and living tokens, with all their secrets."""
    return jsonify(clients=oauth_clients.every(store()), tokens=oauth_tokens.every(store()))


@oauth_control.put("/clients/<identifier>")
def change_client(identifier: str) -> Response:
    """{redirect_uri?, scopes?, kind?}: exact addresses, the ceiling of its scopes."""
    return jsonify(client=oauth_clients.update(store(), identifier, sent()))


@oauth_control.post("/expire")
def expire() -> Response:
    """{token?, refresh_too?}: the access token's time is over; all of them without `token`."""
    chosen = _chosen()
    for token in chosen:
        oauth_tokens.expire(store(), token, refresh_too=bool(sent().get("refresh_too")))
    return jsonify(tokens=len(chosen))


@oauth_control.post("/revoke")
def revoke() -> Response:
    """{token?}: an admin takes it away, access and refresh."""
    chosen = _chosen()
    for token in chosen:
        oauth_tokens.revoke(store(), token)
    return jsonify(tokens=len(chosen))


def _chosen() -> list[Doc]:
    only = sent().get("token")
    return [token for token in oauth_tokens.every(store()) if only in (None, token["access"])]

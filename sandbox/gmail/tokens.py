"""OAuth: who may do what in whose mailbox, for how long; refresh, revocation, invalid_grant."""

from __future__ import annotations

import json
import secrets

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as Answer

from sandbox.gmail import delegation
from sandbox.gmail.context import sandbox, store
from sandbox.gmail.state import Doc, Store, dump

MODIFY = "https://www.googleapis.com/auth/gmail.modify"
CLIENT_ID, CLIENT_SECRET = "countersign.local", "local-only"  # of this sandbox
SECONDS = 3599

oauth = Blueprint("oauth", __name__)


def grant(
    db: Store, email: str, scopes: str, kind: str, seconds: float | None = SECONDS, name: str | None = None
) -> str:
    """A new token of that kind: code, refresh or access."""
    token = name or f"{ {'code': '4/', 'refresh': '1//', 'access': 'ya29.'}[kind] }{secrets.token_urlsafe(24)}"
    until = None if seconds is None else db.now() + seconds
    with db.write():
        doc = {"kind": kind, "email": email, "scopes": scopes, "until": until}
        db.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?)", token, dump(doc))
    return token


def known(db: Store, token: str, kind: str) -> Doc | None:
    """None: nobody gave it out, it was revoked or it expired."""
    found = db.doc("SELECT doc FROM tokens WHERE token=?", token)
    if found is None or found["kind"] != kind or (found["until"] is not None and found["until"] <= db.now()):
        return None
    return found


def revoke(db: Store, email: str) -> None:
    """The user withdrew the grant: everything of that mailbox is dead."""
    with db.write():
        rows = db.rows("SELECT token, doc FROM tokens")
        for token in [token for token, text in rows if json.loads(text)["email"] == email]:
            db.execute("DELETE FROM tokens WHERE token=?", token)


@oauth.get("/o/oauth2/v2/auth")
def authorize() -> Answer:
    """The consent page, without the page: the mailbox named in `login_hint` agrees."""
    asked = request.args
    email = asked.get("login_hint") or ""
    code = grant(store(), email, asked.get("scope", MODIFY), "code", 60)
    return redirect(f"{asked['redirect_uri']}?code={code}&state={asked.get('state', '')}")


@oauth.post("/token")
def token() -> Response | tuple[Response, int]:
    form = request.form
    if form.get("grant_type") == delegation.GRANT_TYPE:
        return _by_assertion(form.get("assertion", ""))
    if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        return jsonify(error="invalid_client", error_description="The OAuth client was not found."), 401
    kind, field = {"authorization_code": ("code", "code"), "refresh_token": ("refresh", "refresh_token")}.get(
        form.get("grant_type", ""), ("", "")
    )
    found = known(store(), form.get(field, ""), kind) if kind else None
    if found is None:
        return jsonify(error="invalid_grant", error_description="Token has been expired or revoked."), 400
    answer: Doc = {"expires_in": SECONDS, "scope": found["scopes"], "token_type": "Bearer"}
    answer["access_token"] = grant(store(), found["email"], found["scopes"], "access")
    if kind == "code":
        with store().write():
            store().execute("DELETE FROM tokens WHERE token=?", form["code"])
        days = store().meta("testing_days")  # publishing status "Testing": refresh tokens die after seven days
        answer["refresh_token"] = grant(store(), found["email"], found["scopes"], "refresh", days and days * 86400)
    return jsonify(answer)


def _by_assertion(assertion: str) -> Response | tuple[Response, int]:
    """For a service account: an hour, and nothing to renew it with."""
    try:
        email, scopes = delegation.delegated(store(), assertion, request.base_url)
    except delegation.Refused as no:
        return jsonify(error=no.error, error_description=no.description), no.status
    access = grant(store(), email, scopes, "access")
    return jsonify({"access_token": access, "expires_in": SECONDS, "token_type": "Bearer"})


@oauth.post("/revoke")
def revoked() -> Response | tuple[Response, int]:
    named = request.form.get("token", "")
    found = store().doc("SELECT doc FROM tokens WHERE token=?", named)
    if found is None:
        return jsonify(error="invalid_token", error_description="Token expired or revoked"), 400
    revoke(store(), found["email"])
    return jsonify({})


@oauth.get("/oauth2/v1/certs")
def certs() -> Response:
    return jsonify(sandbox().signer.certs())

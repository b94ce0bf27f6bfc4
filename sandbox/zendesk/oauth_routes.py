"""OAuth as a browser and a server see it: the consent page, the token endpoint, tokens and clients over REST."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.zendesk import access, oauth_clients, oauth_tokens, people
from sandbox.zendesk.context import admin, known_caller, root, sandbox, sent, store
from sandbox.zendesk.errors import bad_request, forbidden, oauth_refusal, record_not_found, unauthenticated
from sandbox.zendesk.paging import page
from sandbox.zendesk.state import Doc, dump

oauth = Blueprint("oauth", __name__, url_prefix="/oauth")
oauth_records = Blueprint("oauth_records", __name__, url_prefix="/oauth")
CODE_SECONDS = 120
DENIED = "The end-user or authorization server denied the request"
CARRIED = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


# The browser's half ---
@oauth.get("/authorizations/new")
def ask() -> AnyResponse:
    """Who are you, and do you allow it? An unknown client or address is told so here, and nobody is sent anywhere."""
    asked = {key: request.args.get(key, "") for key in CARRIED}
    client = _client(asked)
    if request.args.get("response_type") != "code":
        return _back(asked, error="unsupported_response_type", error_description="only response_type=code is supported")
    if client["kind"] == "public" and not asked["code_challenge"]:
        return _back(asked, error="invalid_request", error_description="a public client needs a code_challenge")
    staff = [doc for doc in people.staff(store()) if doc["active"]]
    me = access.signed_in(store(), request)
    answer = make_response(render_template("authorize.html", client=client, asked=asked, staff=staff, me=me))
    place = urlsplit(asked["redirect_uri"])
    # A browser applies form-action to where the answer of the form leads as well.
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'self'; form-action 'self' {place.scheme}://{place.netloc}; frame-ancestors 'none'; base-uri 'none'"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _client(asked: Doc) -> Doc:
    client = oauth_clients.find(store(), asked["client_id"])
    if client is None:
        raise oauth_clients.unknown_client()
    if not oauth_clients.knows_address(client, asked["redirect_uri"], sandbox().app_url):
        raise oauth_refusal("invalid_request", "The redirect_uri is not one of this client's")
    return client


def _back(asked: Doc, **told: str) -> AnyResponse:
    if asked.get("state"):
        told["state"] = asked["state"]
    glue = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return redirect(f"{asked['redirect_uri']}{glue}{urlencode(told)}", 302)


@oauth.post("/authorizations")
def answer_consent() -> AnyResponse:
    """The form of the page: {decision: allow|deny, user_id, and what `ask` was asked}."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise forbidden("only the consent page itself may answer")
    asked = {key: request.form.get(key, "") for key in CARRIED}
    client = _client(asked)
    if request.form.get("decision") != "allow":
        return _back(asked, error="access_denied", error_description=DENIED)
    person = people.find_user(store(), request.form.get("user_id", type=int))
    if person is None or not people.is_staff(person):
        raise unauthenticated()
    granted = oauth_tokens.grantable(store(), client, asked["scope"])
    code = secrets.token_hex(20)
    kept = {**asked, "user_id": person["id"], "granted": granted, "until": store().now() + CODE_SECONDS}
    with store().write():
        store().execute("INSERT INTO oauth_codes VALUES (?, ?)", code, dump(kept))
    return _back(asked, code=code)


# The server's half ---
@oauth.post("/tokens")
def exchange() -> Response:
    """{grant_type, client_id, client_secret, ...} as JSON or as a form."""
    body = sent() or request.form.to_dict()
    client = oauth_clients.authenticated(store(), body)
    grant = GRANTS.get(str(body.get("grant_type")))
    if grant is None:
        raise oauth_refusal("unsupported_grant_type", "The authorization grant type is not supported")
    return jsonify(oauth_tokens.answer(grant(client, body), store().now()))


def _by_code(client: Doc, body: Doc) -> Doc:
    """Valid 120 s, once, for the same client, address and proof."""
    with store().write():
        kept = store().doc("SELECT doc FROM oauth_codes WHERE code=?", body.get("code"))
        if kept is None or kept["client_id"] != client["identifier"]:
            raise oauth_tokens.bad_grant()
        if (
            kept["until"] <= store().now()
            or kept["redirect_uri"] != body.get("redirect_uri")
            or not _proved(kept, body)
        ):
            raise oauth_tokens.bad_grant()
        store().execute("DELETE FROM oauth_codes WHERE code=?", body["code"])
        return oauth_tokens.issue(store(), client, kept["user_id"], kept["granted"], body)


def _proved(kept: Doc, body: Doc) -> bool:
    """PKCE: the verifier's SHA-256 is the challenge."""
    if not kept["code_challenge"]:
        return True
    verifier = str(body.get("code_verifier") or "")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    shown = digest if kept["code_challenge_method"] == "S256" else verifier
    return hmac.compare_digest(shown, kept["code_challenge"])


def _by_secret(client: Doc, body: Doc) -> Doc:
    """Client credentials: the integration's own user, no refresh token; a local, confidential client only."""
    if client["kind"] == "public" or client["global"]:
        raise oauth_refusal("unauthorized_client", "The client is not authorized to use this grant type")
    granted = oauth_tokens.grantable(store(), client, str(body.get("scope") or ""))
    return oauth_tokens.issue(store(), client, client["user_id"], granted, body, refreshable=False)


def _by_refresh(client: Doc, body: Doc) -> Doc:
    return oauth_tokens.rotate(store(), client, body)


GRANTS = {"authorization_code": _by_code, "client_credentials": _by_secret, "refresh_token": _by_refresh}


# /api/v2/oauth ---
def _current() -> Doc:
    known_caller()
    return oauth_tokens.living(store(), access.bearer(request) or "")


@oauth_records.get("/tokens/current")
def current_token() -> Response:
    return jsonify(token=oauth_tokens.shown(store(), _current(), root()))


@oauth_records.delete("/tokens/current")
def revoke_current() -> Response:
    oauth_tokens.revoke(store(), _current())
    return make_response("", 204)


@oauth_records.get("/tokens")
def list_tokens() -> Response:
    """One's own; an admin sees all of them with `all=true`."""
    me = known_caller().user
    seen = request.args.get("all") == "true" and me["role"] == "admin"
    mine = [doc for doc in oauth_tokens.every(store()) if seen or doc["user_id"] == me["id"]]
    return jsonify(page("tokens", [oauth_tokens.shown(store(), doc, root()) for doc in mine]))


@oauth_records.delete("/tokens/<int:token_id>")
def revoke_token(token_id: int) -> Response:
    me = known_caller().user
    token = oauth_tokens.get(store(), token_id)
    if token["user_id"] != me["id"] and me["role"] != "admin":
        raise record_not_found()
    oauth_tokens.revoke(store(), token)
    return make_response("", 204)


@oauth_records.get("/clients")
def list_clients() -> Response:
    admin("see OAuth clients")
    return jsonify(page("clients", [oauth_clients.shown(doc, root()) for doc in oauth_clients.every(store())]))


@oauth_records.post("/clients")
def create_client() -> Response:
    """{client: {name, identifier, redirect_uri, kind?, scopes?}}; the whole secret is told in this answer only."""
    who = admin("create OAuth clients")
    wanted = sent().get("client")
    if not isinstance(wanted, dict):
        raise bad_request("a JSON object `client` is required")
    with store().write():
        made = oauth_clients.add(store(), {**wanted, "global": False, "secret": None}, who.user["id"])
    told = {**oauth_clients.shown(made, root()), "secret": made["secret"]}
    return make_response(jsonify(client=told), 201)


@oauth_records.put("/clients/<int:client_id>")
def update_client(client_id: int) -> Response:
    admin("change OAuth clients")
    found = next((doc for doc in oauth_clients.every(store()) if doc["id"] == client_id), None)
    if found is None:
        raise record_not_found()
    changed = oauth_clients.update(store(), found["identifier"], sent().get("client") or {})
    return jsonify(client=oauth_clients.shown(changed, root()))

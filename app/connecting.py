"""Connect a host anew: a token that was given, looked at, and put in force; never one of somebody else's."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from app import wiring
from app.accounts import ZendeskSettings
from app.deps import Deps
from app.host import Grant, HostError
from app.store import host_tokens


@dataclass(frozen=True, slots=True)
class Consent:
    """One try: the address for an admin's browser, and what only this terminal knows."""

    address: str
    back: str
    state: str
    verifier: str


class Unconnected(Exception):
    """Why not, and what to do."""


def ask(deps: Deps, account: ZendeskSettings) -> Consent:
    """A consent page with state and PKCE: a code that leaks is worth nothing."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    back = f"{deps.settings.app_url}/connected"
    return Consent(_client(account).address(state, challenge, back), back, state, verifier)


def consented(deps: Deps, account: ZendeskSettings, consent: Consent, address: str) -> str:
    """The address that the browser was led to. Returns whose token is in force now."""
    told = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if not secrets.compare_digest(told.get("state", "").encode(), consent.state.encode()):
        raise Unconnected("that address does not belong to this try: start again")
    if "code" not in told:
        raise Unconnected(f"Zendesk gave no code ({told.get('error', 'no reason')[:40]})")
    return _put(deps, account, lambda: _client(account).by_code(told["code"], consent.verifier, consent.back))


def by_itself(deps: Deps, account: ZendeskSettings) -> str:
    """With the client's own secret. Returns whose token is in force now."""
    return _put(deps, account, _client(account).first)


def _client(account: ZendeskSettings) -> wiring.OAuthClient:
    client = wiring.grants_of(account)
    if client is None:
        raise Unconnected("the token is in ZENDESK_TOKEN: set ZENDESK_GRANT, or replace it there")
    return client


def _put(deps: Deps, account: ZendeskSettings, give: wiring.Giving) -> str:
    try:
        grant: Grant = give()
        user = wiring.whose(account, grant)
    except HostError as error:
        raise Unconnected(str(error)) from error
    if user != account.integration_user_id:
        raise Unconnected(f"that token belongs to user {user}, not to ZENDESK_INTEGRATION_USER_ID: nothing was kept")
    with deps.engine.begin() as tx:
        host_tokens.put(tx, deps.keys, "zendesk", grant, deps.clock.now(), "operator")
    return user

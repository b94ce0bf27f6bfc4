"""Connect a host anew: a token that was given, looked at, and put in force; never one of somebody else's."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from app.deps import Deps
from app.grants import Grant, Grants
from app.host import HostError
from app.store import host_tokens


class OAuthClient(Grants, Protocol):
    """Where people consent; both hosts have one."""

    def address(self, state: str, challenge: str, back: str) -> str:
        """The consent page."""
        ...

    def by_code(self, code: str, verifier: str, back: str) -> Grant:
        """What was consented to."""
        ...


class NotSet(Exception):
    """The settings name no such host; what to set."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How one host is connected, and as whom its token acts then. `who` must consent, where there is a consent page."""

    host: str
    grants: Grants
    consent: OAuthClient | None
    user: str
    who: str
    whose: Callable[[Grant], str]  # as whom a token acts, as the host says; raises HostError


@dataclass(frozen=True, slots=True)
class Consent:
    """One try: the address for an admin's browser, and what only this terminal knows."""

    address: str
    back: str
    state: str
    verifier: str


class Unconnected(Exception):
    """Why not, and what to do."""


def ask(deps: Deps, client: OAuthClient) -> Consent:
    """A consent page with state and PKCE: a code that leaks is worth nothing."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    back = f"{deps.settings.app_url}/connected"
    return Consent(client.address(state, challenge, back), back, state, verifier)


def consented(deps: Deps, connection: Connection, consent: Consent, address: str) -> str:
    """The address that the browser was led to. Returns whose token is in force now."""
    client = connection.consent
    assert client is not None  # noqa: S101 - it made the consent
    told = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if not secrets.compare_digest(told.get("state", "").encode(), consent.state.encode()):
        raise Unconnected("that address does not belong to this try: start again")
    if "code" not in told:
        raise Unconnected(f"no code was given ({told.get('error', 'no reason')[:40]})")
    return _put(deps, connection, lambda: client.by_code(told["code"], consent.verifier, consent.back))


def by_itself(deps: Deps, connection: Connection) -> str:
    """With a secret of our own. Returns whose token is in force now."""
    return _put(deps, connection, connection.grants.first)


def _put(deps: Deps, connection: Connection, give: Callable[[], Grant]) -> str:
    try:
        grant: Grant = give()
        user = connection.whose(grant)
    except HostError as error:
        raise Unconnected(str(error)) from error
    if user != connection.user:
        raise Unconnected(f"that token belongs to {user}, not to {connection.user}: nothing was kept")
    with deps.engine.begin() as tx:
        host_tokens.put(tx, deps.keys, connection.host, grant, deps.clock.now(), "operator")
    return user

"""Who is calling: bearer tokens, fixed or issued by OAuth, and the signed-in agent of the page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request

from sandbox.zendesk import oauth_tokens, people
from sandbox.zendesk.errors import unauthenticated
from sandbox.zendesk.scopes import EVERYTHING, READING
from sandbox.zendesk.state import Doc, Store

INTEGRATION_EMAIL = "bot@acme.example"
INTEGRATION_TOKEN = "sandbox-integration"  # public on purpose: nothing here leaves the machine
READ_ONLY_TOKEN = "sandbox-read-only"
ADMIN_TOKEN = "sandbox-admin"
COOKIE = "sandbox_agent"


@dataclass(frozen=True)
class Caller:
    """A person or program that acts, and by which road."""

    user: Doc
    channel: str = "api"
    scopes: frozenset[str] = EVERYTHING
    client: str = "sandbox"
    from_history: bool = False  # a seed: happened before the sandbox began, so it neither rings nor counts


def bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def caller(store: Store, request: Request) -> Caller | None:
    """Nobody is None; a wrong or revoked token is refused."""
    client = request.headers.get("User-Agent", "")
    token = bearer(request)
    if token is not None:
        return _bearer_of(store, token, client)
    if request.authorization and request.authorization.type == "basic":
        return _by_api_token(store, request, client)
    agent = signed_in(store, request)
    return Caller(agent, channel="web", client=client) if agent and _same_origin(request) else None


def _bearer_of(store: Store, token: str, client: str) -> Caller:
    """One of the tokens that everybody knows, else one that OAuth gave out."""
    email = _emails(store).get(token)
    if email is None:
        issued = oauth_tokens.living(store, token)
        return Caller(people.user(store, issued["user_id"]), scopes=oauth_tokens.powers(issued), client=client)
    owner = people.user_by_email(store, email)
    if owner is None or token in store.meta("revoked_tokens", []):
        raise unauthenticated()
    return Caller(owner, scopes=READING if token == READ_ONLY_TOKEN else EVERYTHING, client=client)


def _by_api_token(store: Store, request: Request, client: str) -> Caller | None:
    """`ana@acme.example/token` and Ana's token. Wrong ones make nobody of the caller, not an error."""
    given = request.authorization
    email, _, kind = (given.username or "").partition("/") if given else ("", "", "")
    password = given.password if given else None
    owner = people.user_by_email(store, email)
    right = kind == "token" and owner is not None and _emails(store).get(password or "") == owner["email"]
    return Caller(owner, client=client) if owner and right else None


def _emails(store: Store) -> dict[str, str]:
    """`sandbox-ana` is Ana's token, `sandbox-rosa` Rosa's, and so on."""
    staff = people.staff(store)
    tokens = {f"sandbox-{doc['email'].partition('@')[0]}": doc["email"] for doc in staff}
    admins = [doc["email"] for doc in staff if doc["role"] == "admin"]
    return {
        **tokens,
        INTEGRATION_TOKEN: INTEGRATION_EMAIL,
        READ_ONLY_TOKEN: INTEGRATION_EMAIL,
        ADMIN_TOKEN: admins[0] if admins else INTEGRATION_EMAIL,
    }


def signed_in(store: Store, request: Request) -> Doc | None:
    """The agent whom the person picker of the page chose."""
    chosen = request.cookies.get(COOKIE, "")
    found = people.find_user(store, int(chosen)) if chosen.isdigit() else None
    return found if found and people.is_staff(found) else None


def _same_origin(request: Request) -> bool:
    """A cookie counts only for calls made by the page itself."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"

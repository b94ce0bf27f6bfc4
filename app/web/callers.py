"""Who is calling: the pass in the bearer, or in the session of the standalone pages."""

from __future__ import annotations

import hmac
import secrets

from flask import request, session

from app.store import sessions, staff
from app.store.sessions import Session
from app.store.staff import Member
from app.web.context import current_deps, page_key
from app.web.passes import Pass, unseal


def who() -> Pass | None:
    """The caller's pass; None: nobody we know. Name and role come from the staff table, never from the caller."""
    token = bearer()
    return _from_session() if token is None else _from_bearer(token)


def bearer() -> str | None:
    """The token of the Authorization header, if one was sent."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def remember(member: Member) -> None:
    """Open a session on the standalone pages; whatever this browser had before, its form token included, is gone."""
    forget()
    deps = current_deps()
    with deps.engine.begin() as tx:
        secret = sessions.open_one(tx, member, deps.clock.now())
    session.permanent = True
    session["key"] = secret
    form_token()


def forget() -> None:
    """End this browser's session, here and in the table: a copy of the cookie opens nothing either."""
    deps, found = current_deps(), _session()
    if found is not None:
        with deps.engine.begin() as tx:
            sessions.end(tx, found, deps.clock.now())
    session.clear()


def _from_bearer(token: str) -> Pass | None:
    """Good for the installation that is pinned now, and for nobody who left or was signed out since."""
    deps = current_deps()
    said, zendesk = unseal(page_key(), token, deps.clock.now()), deps.settings.zendesk
    if said is None or zendesk is None or said.installation != zendesk.installation_id:
        return None
    with deps.readers.connect() as tx:
        member = staff.by_id(tx, said.member_id)
    return said.held_by(member) if member and member.admits(said.started) else None


def _from_session() -> Pass | None:
    deps, found = current_deps(), _session()
    if found is None:
        return None
    if found.due(deps.clock.now()):
        with deps.engine.begin() as tx:
            sessions.renew(tx, found, deps.clock.now())
    return Pass(member=found.member, via="web", started=found.started, expires=found.expires)


def _session() -> Session | None:
    deps, secret = current_deps(), session.get("key")
    if not isinstance(secret, str):
        return None
    with deps.readers.connect() as tx:
        return sessions.read(tx, secret, sessions.WEB, deps.clock.now())


def form_token() -> str:
    """The secret that our own forms carry and another site cannot know."""
    if "form_token" not in session:
        session["form_token"] = secrets.token_urlsafe(24)
    return str(session["form_token"])


def is_form_token(kept: object, given: str) -> bool:
    """Compare in constant time; no token kept means no."""
    return isinstance(kept, str) and hmac.compare_digest(kept.encode(), given.encode())

"""Who is calling: the pass in the bearer, or in the session of the standalone pages."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime

from flask import request, session

from app.store import staff
from app.store.staff import Member
from app.web.context import current_deps, page_key
from app.web.passes import LONGEST, Pass, unseal


def who() -> Pass | None:
    """The caller's pass; None: nobody we know."""
    token = bearer()
    if token is None:
        return _from_session()
    return unseal(page_key(), token, current_deps().clock.now())


def bearer() -> str | None:
    """The token of the Authorization header, if one was sent."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def remember(member: Member) -> None:
    """Open a session on the standalone pages; the old one, its form token included, is gone."""
    session.clear()
    session.permanent = True
    session["member"] = member.id
    session["started"] = int(current_deps().clock.now().timestamp())
    form_token()


def _from_session() -> Pass | None:
    """Name and role come from the staff table, not from the cookie."""
    deps = current_deps()
    if "member" not in session or "started" not in session:
        return None
    started = datetime.fromtimestamp(int(session["started"]), UTC)
    with deps.readers.connect() as tx:
        member = staff.by_id(tx, str(session["member"]))
    end = started + LONGEST
    fresh = started <= deps.clock.now() < end
    return Pass(member=member, via="web", started=started, expires=end) if member and fresh else None


def form_token() -> str:
    """The secret that our own forms carry and another site cannot know."""
    if "form_token" not in session:
        session["form_token"] = secrets.token_urlsafe(24)
    return str(session["form_token"])


def is_form_token(kept: object, given: str) -> bool:
    """Compare in constant time; no token kept means no."""
    return isinstance(kept, str) and hmac.compare_digest(kept.encode(), given.encode())

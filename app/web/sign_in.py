"""Sign-in at a host: the browser is led there with a state and a challenge, and comes back with a code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import first_admin as first
from app import known
from app.host import HostError
from app.sign_in import SignIn
from app.store import staff
from app.store.staff import Member
from app.web import callers
from app.web.context import current_deps
from app.web.landing import landing

bp = Blueprint("sign_in", __name__)
WITHIN = 600  # seconds from start to finish
AGAIN = "Start again from the sign-in page."


@bp.get("/sign-in/<host>")
def start(host: str) -> Response:
    """Lead the browser to the host. What it must bring back is kept in its own cookie, so that nobody else can finish."""
    place, state, verifier = _place(host), secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    session["sign_in"] = {
        "host": host,
        "state": state,
        "verifier": verifier,
        "next": landing(request.args.get("next", "")),
        "started": current_deps().clock.now().timestamp(),
    }
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return redirect(place.address(state, challenge, _back(host)))


@bp.get("/sign-in/<host>/callback")
def finish(host: str) -> Response:
    """Back from the host: the same browser, the same sign-in, in time, once; then whoever the host says it is."""
    begun = _begun(host)
    if request.args.get("error"):
        abort(403, f"{_place(host).title} did not let you in, or you did not allow it. {AGAIN}")
    number = _number(host, begun["verifier"])
    member = known.ask(current_deps(), host, number) or _by_link(host, number)
    if member is None:
        if host == staff.HERE:
            abort(403, f"{number} is nobody who answers customers here. Ask an admin.")
        abort(403, f"{_place(host).title} does not say that you are an agent of this account. Sign in there as one.")
    _first_admin(member)
    callers.remember(member)
    return redirect(landing(begun["next"]))


@bp.get("/first-admin")
def first_admin() -> str:
    """The one-time link: a page with one button. Opening it uses nothing up: mail scanners open links too."""
    key = request.args.get("key", "")
    first.check(current_deps(), key)
    session["first_admin"] = key
    return render_template("first_admin.html", places=current_deps().sign_ins)


def _number(host: str, verifier: str) -> str:
    try:
        return _place(host).who(request.args.get("code", ""), verifier, _back(host))
    except HostError as error:
        if not error.permanent:
            raise
        abort(403, f"{error}. {AGAIN}")


def _begun(host: str) -> dict[str, Any]:
    """The sign-in that this browser began; it is used up by this look at it."""
    begun, state = session.pop("sign_in", None), request.args.get("state", "")
    if not isinstance(begun, dict) or begun.get("host") != host:
        abort(403, f"This sign-in was not started in this browser. {AGAIN}")
    if not hmac.compare_digest(str(begun["state"]).encode(), state.encode()):
        abort(403, f"This sign-in was not started in this browser. {AGAIN}")
    if current_deps().clock.now().timestamp() - begun["started"] > WITHIN:
        abort(403, f"That took longer than ten minutes. {AGAIN}")
    return begun


def _first_admin(member: Member) -> None:
    key = session.pop("first_admin", None)
    if key is not None:
        first.become(current_deps(), str(key), member)


def _by_link(host: str, email: str) -> Member | None:
    """Google knows no team: the first admin is whoever has the link."""
    key = session.get("first_admin")
    is_mailbox = f"gmail:{email}" in current_deps().hosts
    return first.name(current_deps(), str(key), email) if host == staff.HERE and key and not is_mailbox else None


def _place(host: str) -> SignIn:
    return current_deps().sign_ins.get(host) or abort(404, "Nobody signs in here by that road.")


def _back(host: str) -> str:
    """By the settings, never by what the request says of itself."""
    return current_deps().settings.app_url + url_for("sign_in.finish", host=host)

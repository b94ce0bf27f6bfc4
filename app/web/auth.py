"""In and out: sign-in to the standalone pages, and renewal of the bearer inside the iframe."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.host import HostError
from app.web import callers, known
from app.web.context import current_deps, current_pass, page_key
from app.web.passes import seal

bp = Blueprint("auth", __name__)


@bp.get("/sign-in")
def sign_in() -> str:
    """In a sandbox: pick a person. Elsewhere this page says how to come in."""
    people = known.pickable(current_deps())
    return render_template("sign_in.html", people=people, form_token=callers.form_token())


@bp.post("/sign-in")
def enter() -> Response:
    """The person picker's choice; only a sandbox has one."""
    deps = current_deps()
    chosen = {member.id: member for member in known.pickable(deps)}.get(request.form.get("person", ""))
    if chosen is None:
        abort(403, "There is no such person to pick.")
    callers.remember(chosen)
    return redirect(url_for("pages.queue"), 303)


@bp.post("/sign-out")
def sign_out() -> Response:
    """Forget the session."""
    session.clear()
    return redirect(url_for("auth.sign_in"), 303)


@bp.post("/api/v1/token")
def renew() -> dict[str, str | int]:
    """Another quarter of an hour, eight hours at the most. The role is asked from the host again; with the host down the
    last one stands, for stops must work: whatever widens asks for itself.
    """
    deps, caller = current_deps(), current_pass()
    if callers.bearer() is None:
        abort(400, "A session needs no token.")
    now = deps.clock.now()
    try:
        member = known.member_now(deps, caller.member, known.Trust.NOW) or abort(401, "You are no longer an agent.")
    except HostError:
        member = caller.member
    renewed = caller.renewed(member, now) or abort(401, "Eight hours are over. Load the page again.")
    seconds = int((renewed.expires - now).total_seconds())
    return {"token": seal(page_key(), renewed), "seconds": seconds, "role": member.role}

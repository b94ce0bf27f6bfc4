"""In and out: sign-in to the standalone pages, and renewal of the bearer inside the iframe."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import known
from app.deps import Deps
from app.host import HostError
from app.store import staff
from app.store.staff import Member
from app.web import callers
from app.web.context import current_deps, current_pass, page_key
from app.web.landing import landing
from app.web.passes import seal

bp = Blueprint("auth", __name__)


@bp.get("/sign-in")
def sign_in() -> str:
    """In a sandbox: pick a person. Elsewhere: sign in at the host, or how to come in."""
    deps = current_deps()
    wanted = landing(request.args.get("next", ""))
    return render_template("sign_in.html", people=known.pickable(deps), places=deps.sign_ins, next=wanted)


@bp.post("/sign-in")
def enter() -> Response:
    """The person picker's choice; only a sandbox has one."""
    deps = current_deps()
    chosen = {member.id: member for member in known.pickable(deps)}.get(request.form.get("person", ""))
    if chosen is None:
        abort(403, "There is no such person to pick.")
    callers.remember(_picked(deps, chosen) or abort(403, "They are no longer an agent."))
    return redirect(landing(request.form.get("next", "")), 303)


def _picked(deps: Deps, chosen: Member) -> Member | None:
    """Picking proves nothing, so a host that is away stands in nobody's way: what they may do is asked apart."""
    try:
        return known.ask(deps, chosen.host, chosen.host_id)
    except HostError:
        return chosen


@bp.post("/sign-out")
def sign_out() -> Response:
    """The session ends, not only its cookie."""
    callers.forget()
    return redirect(url_for("auth.sign_in"), 303)


@bp.post("/api/v1/token")
def renew() -> dict[str, str | int]:
    """Another quarter of an hour, eight hours at the most. The role is asked from the host again; with the host down the
    bearer lives on, for stops must work: reading and changing ask for a younger word than that.
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
    with deps.engine.begin() as tx:
        staff.seen(tx, member.id, now)
    seconds = int((renewed.expires - now).total_seconds())
    return {"token": seal(page_key(), renewed), "seconds": seconds, "role": member.role}

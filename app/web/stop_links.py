"""The page behind a phone link: one button. Only the button acts; whoever merely opens the address changes nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import review, stop_links
from app.web.context import current_deps, current_pass
from app.web.stopping import drain

bp = Blueprint("stop_links", __name__)
API = "/api/v1/stop-links"


@bp.get("/stop/<token>")
def page(token: str) -> str:
    """What would be stopped, and the button; afterwards, how far the stop is."""
    return render_template("stop_link.html", seen=stop_links.look(current_deps(), token))


@bp.post("/stop/<token>")
def press(token: str) -> Response:
    """OFF is committed before the answer."""
    try:
        seen = stop_links.press(current_deps(), token)
    except review.Changed:  # used or expired: the page says which
        return redirect(url_for("stop_links.page", token=token), 303)
    drain(seen.link.scope)
    return redirect(url_for("stop_links.page", token=token), 303)


@bp.post(API)
def make() -> dict[str, Any]:
    """A link for one person. Its address is shown once, to whoever made it."""
    asked = request.get_json()
    names = ("scope", "made_for", "days")
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name), str) for name in names):
        abort(400, f"Send a JSON object with {', '.join(names)}.")
    days = int(asked["days"]) if asked["days"].isdecimal() and len(asked["days"]) < 4 else 0
    address = stop_links.make(current_deps(), asked["scope"], asked["made_for"], days, current_pass().member.id)
    return {"address": address}


@bp.post(f"{API}/<link_id>/withdraw")
def withdraw(link_id: str) -> dict[str, Any]:
    """It works no more."""
    stop_links.withdraw(current_deps(), link_id, current_pass().member.id)
    return {"id": link_id}

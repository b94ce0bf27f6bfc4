"""The standalone pages: queue, evidence, settings. They work for reading, and for stopping, without scripts."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.first_steps import first_steps
from app.web.context import current_deps, current_pass
from app.web.stopping import stop_now
from app.web.views import Asked, evidence_view, figures_view, others_on, queue_view, settings_view, state_view

bp = Blueprint("pages", __name__)


def page(name: str, **values: object) -> str:
    """A whole page with the part of that name in it."""
    return render_template("page.html", page=name, me=current_pass(), **{**state_view(), **values})


@bp.get("/")
def queue() -> str:
    """Open proposals, grouped by category."""
    return page("queue", others=others_on(), **queue_view(Asked.of(request.args)))


@bp.get("/evidence")
def evidence() -> str:
    """What still stands between each category and auto-send."""
    return page("evidence", **evidence_view())


@bp.get("/figures")
def figures() -> str:
    """What became of the answers."""
    return page("figures", **figures_view(request.args.get("weeks", ""), request.args.get("category") or None))


@bp.get("/settings")
def settings() -> str:
    """The switch, first and large."""
    return page("settings", **settings_view())


@bp.get("/settings/start")
def start() -> str:
    """What a new deployment still lacks."""
    return page("start", title="First steps", steps=first_steps(current_deps()))


@bp.post("/settings/stop")
def stop() -> Response:
    """The stop as a plain form: it must work where scripts do not."""
    revoke = "revoke" in request.form
    stop_now("*" if revoke else request.form.get("scope", "*"), "", revoke=revoke)
    return redirect(url_for("pages.settings"), 303)

"""Everybody's own figures, for themselves."""

from __future__ import annotations

from flask import Blueprint

from app import own_figures
from app.web.context import current_actor, current_deps
from app.web.pages import page as whole_page

bp = Blueprint("own", __name__)


@bp.get("/me")
def page() -> str:
    """Mine, and all of ours together."""
    deps = current_deps()
    return whole_page(
        "own", title="Your figures", mine=own_figures.own(deps, current_actor()), ours=own_figures.team(deps)
    )

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
    deps, me = current_deps(), current_actor()
    mine, ours = own_figures.own(deps, me), own_figures.team(deps)
    my_practice, our_practice = own_figures.practised(deps, me)
    practised = {"my_practice": my_practice, "our_practice": our_practice}
    return whole_page("own", title="Your figures", mine=mine, ours=ours, **practised)

"""Everybody's own: their figures, for themselves, and the language they read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import own_figures, people
from app.web import language
from app.web.context import current_actor, current_deps
from app.web.pages import page as whole_page
from app.web.parts import part as part_of

bp = Blueprint("own", __name__)


@bp.get("/me")
def page() -> str:
    """Mine, and all of ours together."""
    return whole_page("own", title="Your figures", **_view())


@bp.get("/parts/own")
def part() -> Response:
    """The same, for the desk inside Zendesk."""
    return part_of("parts/own.html", **_view())


def _view() -> dict[str, Any]:
    deps, me = current_deps(), current_actor()
    mine, ours = own_figures.own(deps, me), own_figures.team(deps)
    my_practice, our_practice = own_figures.practised(deps, me)
    practised = {"my_practice": my_practice, "our_practice": our_practice}
    return {"mine": mine, "ours": ours, "languages": language.names(), **practised}


@bp.post("/me/language")
def choose_language() -> Response:
    """One of ours; anything else means: as the browser asks."""
    chosen = request.form.get("language")
    people.choose_language(current_deps(), chosen if chosen in language.names() else None, current_actor())
    return redirect(url_for("own.page"), 303)

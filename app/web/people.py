"""People, for admins: who answers here, what they may do, where they are signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app import people
from app.web.context import current_actor, current_deps
from app.web.pages import page as whole_page
from app.web.parts import part as part_of

bp = Blueprint("people", __name__)


@bp.get("/settings/people")
def page() -> str:
    """Everybody who is staff at a host."""
    return whole_page("people", colleagues=people.roster(current_deps()))


@bp.get("/parts/people")
def part() -> Response:
    """The same, for the page to keep itself true."""
    return part_of("parts/people.html", colleagues=people.roster(current_deps()))


@bp.post("/api/v1/people/<email>/role")
def set_role(email: str) -> dict[str, Any]:
    """A role in place of the host's; `host` gives the host its say again."""
    role = _role()
    people.set_role(current_deps(), email, role, current_actor())
    return {"email": email, "role": role}


@bp.post("/api/v1/people/<email>/sign-out")
def sign_out(email: str) -> dict[str, Any]:
    """End all that they have open; anybody may for themselves."""
    people.sign_out(current_deps(), email, current_actor())
    return {"email": email}


def _role() -> str:
    asked = request.get_json()
    role = asked.get("role") if isinstance(asked, dict) else None
    return role if isinstance(role, str) else ""

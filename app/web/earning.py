"""How auto-send is earned: second reviews, as pages and scripts say them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request

from app import second_review
from app.web.context import current_actor, current_deps

bp = Blueprint("earning", __name__, url_prefix="/api/v1")


@bp.post("/proposals/<proposal_id>/second")
def second(proposal_id: str) -> dict[str, Any]:
    """What another person finds of a draft that was judged, or how they settle a disagreement."""
    asked = request.get_json()
    said = asked.get("said") if isinstance(asked, dict) else None
    if not isinstance(said, str):
        abort(400, "`said` is a text.")
    return {"id": proposal_id, "answered": second_review.say(current_deps(), proposal_id, said, current_actor())}

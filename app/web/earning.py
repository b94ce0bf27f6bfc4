"""How auto-send is earned: second reviews and the ramp, as pages and scripts say them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request

from app import ramping, second_review
from app.governance.ramp import Step
from app.web.context import current_actor, current_deps, current_pass

bp = Blueprint("earning", __name__, url_prefix="/api/v1")


@bp.post("/proposals/<proposal_id>/second")
def second(proposal_id: str) -> dict[str, Any]:
    """What another person finds of a draft that was judged, or how they settle a disagreement."""
    said = _text("said")
    return {"id": proposal_id, "answered": second_review.say(current_deps(), proposal_id, said, current_actor())}


@bp.post("/ramp/<category>/ask")
def ask(category: str) -> dict[str, Any]:
    """Ask for the next step. A second admin grants it."""
    request_ = ramping.ask(current_deps(), category, _text("reason"), current_actor())
    return {"id": request_.id, "category": category, "step": request_.to_step.words, "in_force": False}


@bp.post("/ramp/requests/<int:request_id>/grant")
def grant(request_id: int) -> dict[str, Any]:
    """A second admin's yes: everything it stands on is read again."""
    step = ramping.grant(current_deps(), request_id, current_actor())
    return {"id": request_id, "step": step.words, "in_force": True}


@bp.post("/ramp/<category>/lower")
def lower(category: str) -> dict[str, Any]:
    """Back to approval, at once: one person, no reason needed."""
    ramping.lower(current_deps(), category, Step.OFF, "", current_pass().member.id)
    return {"category": category, "step": Step.OFF.words, "in_force": True}


def _text(name: str) -> str:
    asked = request.get_json()
    value = asked.get(name) if isinstance(asked, dict) else None
    return value if isinstance(value, str) else abort(400, f"`{name}` is a text.")

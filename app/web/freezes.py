"""Freezes on the JSON side: frozen by one person at once, lifted by two."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, jsonify, request
from werkzeug.wrappers import Response

from app import freezing
from app.governance.freezing import LEVELS
from app.store.freezes import Scope
from app.web.context import current_actor, current_deps, current_pass

bp = Blueprint("freezes", __name__, url_prefix="/api/v1/freezes")


@bp.get("")
def listed() -> Response:
    """What is frozen, why, and what ends it."""
    return jsonify([asdict(frozen) for frozen in freezing.in_force(current_deps())])


@bp.post("")
def freeze() -> dict[str, Any]:
    """Freeze, now: one person, no question asked back."""
    asked = _texts("level", "queue", "category", "reason")
    level = {words: level for level, words in LEVELS.items()}.get(asked["level"])
    if level is None:
        abort(400, f"`level` is one of {', '.join(LEVELS.values())}.")
    scope = Scope(asked["queue"] or None, asked["category"] or None)
    made = freezing.freeze(current_deps(), scope, level, asked["reason"], current_pass().member.id)
    return {"id": made, "lifted": False}


@bp.post("/<int:freeze_id>/thaw")
def thaw(freeze_id: int) -> dict[str, Any]:
    """The first admin asks and says why; a second one, who saw that, grants."""
    asked = _texts("reason", "granting")
    granting = asked["granting"] == "true"
    lifted = freezing.thaw(current_deps(), freeze_id, asked["reason"], current_actor(), granting=granting)
    return {"id": freeze_id, "lifted": lifted}


def _texts(*names: str) -> dict[str, str]:
    asked = request.get_json()
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name, ""), str) for name in names):
        abort(400, f"Send a JSON object; {', '.join(names)} are texts.")
    return {name: asked.get(name, "") for name in names}

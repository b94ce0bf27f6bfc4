"""Erasure: an admin has a person forgotten, by address or by the host's id; what may stand in the way is said."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort

from app import forgetting, review
from app.governance.decision import Reason
from app.store.subjects import InFlight
from app.web.asked import body
from app.web.context import current_actor, current_deps
from app.web.language import told

bp = Blueprint("erasures", __name__)


@bp.post("/api/v1/erasures")
def erase() -> dict[str, Any]:
    """Their key and every text under it; a legal hold keeps it waiting."""
    asked = body("who", "basis")
    who, basis = asked["who"].strip(), asked["basis"]
    if basis not in forgetting.BASES:
        abort(400, "`basis` is one of the known words.")
    try:
        done = forgetting.erase(current_deps(), who, basis, current_actor().member.id)
    except forgetting.Unknown as unknown:
        raise review.NotFound(Reason("not-found", "nobody of that address or id is known here")) from unknown
    except InFlight as flying:
        raise review.Changed(
            Reason("changed", "a reply to that person is on its way: try again in a minute")
        ) from flying
    if done.held:
        return {"id": "held", "says": told("It waits: a legal hold stands. It is done when the hold is lifted.")}
    says = f"Forgotten, with {done.messages} of their messages. The log's entries stay, without their words."
    return {"id": "done", "says": told(says)}

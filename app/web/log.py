"""The log in the browser: who did what, why was this sent, why was this not answered; receipts for people and programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, request
from werkzeug.wrappers import Response

from app import entries, forgetting, story
from app.store import checkpoints
from app.web.context import current_deps
from app.web.pages import page
from app.web.wire import number

bp = Blueprint("log", __name__, url_prefix="/log")

KINDS = {
    "": "Everything", "answer.": "What left", "proposal.approved": "Approvals", "proposal.": "Messages",
    "escalation.": "Escalations", "switch.": "The switch", "policy.": "Policy", "role.": "Roles", "session": "Sign-ins", "source.": "Sources",
    "erasure.": "Erasures", "log.": "Exports",
}  # fmt: skip


@bp.get("")
def search() -> str:
    """The newest entries, or those that the address asks for: a search can be bookmarked and sent."""
    asked = request.args
    before = number("before")
    wanted = entries.Wanted(asked.get("about", "").strip(), asked.get("by", "").strip(), asked.get("kind", ""), before)
    found = entries.find(current_deps(), wanted)
    older = found[-1].seq if len(found) == entries.PAGE else None
    return page(
        "log", entries=found, wanted=wanted, kinds=KINDS, older=older, anchored=_anchored(), bases=forgetting.BASES
    )


def _anchored() -> dict[str, Any]:
    """The newest checkpoint, and whether anybody outside has it."""
    deps = current_deps()
    with deps.readers.begin() as tx:
        newest = checkpoints.last(tx)
    return {"newest": newest, "keeper": deps.settings.anchored}


@bp.get("/<proposal_id>")
def receipt(proposal_id: str) -> str:
    """One message's receipt, readable and printable."""
    found = story.receipt(current_deps(), proposal_id) or abort(404, "There is no such message.")
    return page("receipt", receipt=found)


@bp.get("/<proposal_id>.json")
def receipt_json(proposal_id: str) -> Response:
    """The same for a program."""
    return jsonify(story.receipt(current_deps(), proposal_id) or abort(404, "There is no such message."))

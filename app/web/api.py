"""The JSON side: what the pages do, for scripts and for the pages themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, request
from werkzeug.wrappers import Response

from app import approving, correcting, desk, desk_words, escalating, handled, practice, review
from app.store.lineup import Wanted
from app.web import documents
from app.web.asked import body, moment, text
from app.web.context import current_actor, current_deps, shown_ms
from app.web.openapi import document
from app.web.stopping import stop_now

bp = Blueprint("api", __name__, url_prefix="/api/v1")
BATCH = 100


@bp.before_request
def end_practice() -> dict[str, str] | None:
    """Whatever somebody does with a practice draft reveals it to them, and does nothing else."""
    one = (request.view_args or {}).get("proposal_id")
    if request.method != "POST" or one is None:
        return None
    act, asked = str(request.endpoint).removeprefix("api."), request.get_json(silent=True)
    new = text(asked, "text") if isinstance(asked, dict) else ""
    told = practice.judged(current_deps(), one, act, new, current_actor())
    return {"practice": told} if told else None


@bp.get("/openapi.json")
def openapi() -> dict[str, Any]:
    """What can be called, by whom, with what."""
    return document()


@bp.get("/queue")
def queue() -> Response:
    """Open proposals, as `countersign queue --json` prints them."""
    state, category = request.args.get("state"), request.args.get("category")
    states = (state,) if state else desk.SHOWN
    return jsonify([desk_words.row(item) for item in desk.queue(current_deps(), states, Wanted(category))])


@bp.get("/proposals/<proposal_id>")
def proposal(proposal_id: str) -> dict[str, Any]:
    """One proposal, whole."""
    item = desk.proposal(current_deps(), proposal_id) or abort(404, "There is no such proposal.")
    return documents.whole(item)


@bp.get("/tickets/<host>/<ticket>")
def ticket(host: str, ticket: str) -> dict[str, Any]:
    """What Countersign makes of a ticket's newest customer comment."""
    return documents.ticket(desk.for_ticket(current_deps(), host, ticket))


@bp.get("/switch")
def switch() -> Response:
    """LIVE, OFF or CONFIRMED for each scope, and what a stop would do."""
    deps = current_deps()
    return jsonify([documents.scope(entry, desk.effect(deps, entry.scope)) for entry in desk.switches(deps)])


@bp.post("/proposals/<proposal_id>/approve")
def approve(proposal_id: str) -> dict[str, Any]:
    """A named person's yes to exactly what they saw."""
    asked = body("seen")
    review.approve(current_deps(), proposal_id, asked["seen"], current_actor(), status=_status(asked))
    return proposal(proposal_id)


@bp.post("/approvals")
def approve_batch() -> dict[str, Any]:
    """A list of single approvals, each with its own result."""
    asked = body()
    items, status = asked.get("items"), _status(asked)
    if not isinstance(items, list) or not 0 < len(items) <= BATCH or not all(map(_names_one, items)):
        abort(400, f"`items` is a list of 1 to {BATCH} objects with `id` and `seen`.")
    seen = [(item["id"], item["seen"]) for item in items]
    times = {item["id"]: shown for item in items if (shown := shown_ms(item)) is not None}
    batch = approving.begin(current_deps(), seen, status, current_actor(), times)
    return _went(batch)


@bp.post("/approvals/<batch_id>/go-on")
def go_on(batch_id: str) -> dict[str, Any]:
    """Approve what nobody came to, because something ended half-way."""
    return _went(batch_id)


def _went(batch_id: str) -> dict[str, Any]:
    results = approving.go_on(current_deps(), batch_id, current_actor())
    told = [{"id": one.proposal_id, "approved": one.why is None, "why": one.why} for one in results]
    return {"batch": batch_id, "results": told}


def _names_one(item: Any) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(key), str) for key in ("id", "seen"))


@bp.post("/proposals/<proposal_id>/undo")
def undo(proposal_id: str) -> dict[str, Any]:
    """Take the approval back while its seconds last."""
    review.undo(current_deps(), proposal_id, current_actor())
    return proposal(proposal_id)


@bp.post("/proposals/<proposal_id>/edit")
def edit(proposal_id: str) -> dict[str, Any]:
    """Another text: checked again, and to be approved anew."""
    asked = body("text", "seen")
    review.edit(current_deps(), proposal_id, asked["text"], asked["seen"], current_actor())
    return proposal(proposal_id)


@bp.post("/proposals/<proposal_id>/reject")
def reject(proposal_id: str) -> dict[str, Any]:
    """Not this draft, for a reason from the list."""
    asked = body("reason")
    review.reject(current_deps(), proposal_id, asked["reason"], current_actor())
    return proposal(proposal_id)


@bp.post("/proposals/<proposal_id>/done")
def done(proposal_id: str) -> dict[str, Any]:
    """It needs nobody any more: it leaves the list of what is with people."""
    handled.mark(current_deps(), proposal_id, current_actor())
    return proposal(proposal_id)


@bp.post("/proposals/<proposal_id>/escalate")
def escalate(proposal_id: str) -> dict[str, Any]:
    """To a named person, by a time."""
    asked = body("to", "due")
    escalating.escalate(
        current_deps(), proposal_id, asked["to"], moment(asked["due"]), current_actor(), note=text(asked, "note")
    )
    return proposal(proposal_id)


@bp.post("/proposals/<proposal_id>/confirm-category")
def confirm_category(proposal_id: str) -> dict[str, Any]:
    """A person says that the category is right."""
    review.confirm_category(current_deps(), proposal_id, current_actor())
    return proposal(proposal_id)


@bp.post("/proposals/<proposal_id>/correct")
def correct(proposal_id: str) -> dict[str, Any]:
    """What the machine had wrong: the message is judged anew, and nothing is sent by it."""
    asked = body()
    cleared = asked.get("not_escalation") is True
    said = correcting.Asked(text(asked, "category"), cleared, text(asked, "redo"))
    correcting.correct(current_deps(), proposal_id, said, current_actor())
    return proposal(proposal_id)


@bp.post("/rollback")
def rollback() -> Response:
    """Stop: one person, no reason needed, no question asked back."""
    asked = body()
    revoke, scope = asked.get("revoke") is True, text(asked, "scope") or "*"
    if revoke and scope != "*":
        abort(400, "`revoke` is for everything: a token knows no queues.")
    stop_now(scope, text(asked, "reason"), revoke=revoke)
    return switch()


@bp.post("/restore")
def restore() -> Response:
    """Back to LIVE: the first call asks; a second person's, who saw that it was asked for, grants."""
    asked = body()
    granting = asked.get("granting") is True
    review.restore(current_deps(), text(asked, "scope") or "*", current_actor(), granting=granting)
    return switch()


def _status(asked: dict[str, Any]) -> str | None:
    status = asked.get("status")
    if status is not None and status not in review.STATUSES:
        abort(400, f"`status` is one of {', '.join(review.STATUSES)}.")
    return status

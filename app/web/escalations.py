"""Escalations: what people own, with the time by which they act; taken, passed on and closed here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app import escalating
from app.store import escalations, handling, proposals, staff
from app.store.handling import Ending
from app.store.record import Stored
from app.web.asked import body, moment, text
from app.web.context import current_actor, current_deps, current_pass
from app.web.pages import page as whole_page
from app.web.parts import part as part_of

bp = Blueprint("escalations", __name__)
_LATELY = timedelta(days=14)
ROWS = 50  # as many as a page can bear
SAYS = {
    "failure pattern": "A failure pattern: drafts go wrong here in a known way",
    "source fix": "A source to fix or to add",
    "policy change": "A change of the policy",
    "something else": "Something else",
}
PLACES = {"policy change": "policy.page"}  # where each is written down here
UNASSIGNED = {
    handling.UNKNOWN: "knows no agent of that address: assign the ticket there by hand.",
    handling.REFUSED: "refused to give them the ticket: assign it there by hand.",
    handling.AWAY: "did not answer; the ticket is given to them as soon as it does.",
}


@bp.get("/escalations")
def page() -> str:
    """What is open, the most urgent first, and what was closed lately."""
    return whole_page("escalations", **_view())


@bp.get("/parts/escalations")
def part() -> Response:
    """The same, for the page to keep itself true."""
    return part_of("parts/escalations.html", **_view())


def _view() -> dict[str, Any]:
    deps = current_deps()
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        present = staff.present(tx)
        closed = escalations.closed_since(tx, deps.keys, now - _LATELY)
        names = {one.id: one.name for one in staff.everybody(tx)} | {one.email: one.name for one in present}
        mine = current_pass().member.email.lower()
        every = sorted(escalations.still_open(tx, deps.keys), key=lambda one: one.owner.lower() != mine)
        number = min(max(request.args.get("page", 1, type=int), 1), max(1, -(-len(every) // ROWS)))
        found = every[(number - 1) * ROWS : number * ROWS]
        tickets = {one.id: _ticket(proposals.load(tx, deps.keys, one.proposal_id)) for one in found}
    return {
        "escalations": found, "every": len(every), "page_number": number, "more": number * ROWS < len(every),
        "closed": closed, "tickets": tickets, "now": now, "names": names, "people": present,
        "DOCUMENTS": handling.DOCUMENTS, "SAYS": SAYS, "PLACES": PLACES, "UNASSIGNED": UNASSIGNED,
    }  # fmt: skip


def _ticket(stored: Stored | None) -> dict[str, Any] | None:
    """What the page shows of a ticket, unless its words were erased."""
    if stored is None:
        return None
    shown = stored.proposal
    return {"subject": shown.subject, "url": stored.record.page.url, "summary": shown.summary}


@bp.post("/api/v1/escalations/<int:escalation_id>/take")
def take(escalation_id: int) -> dict[str, Any]:
    """It is mine, and this comes next, by then."""
    asked = body("action", "due")
    escalating.take(current_deps(), escalation_id, asked["action"], moment(asked["due"]), current_actor())
    return {"id": escalation_id, "state": escalations.ACTING}


@bp.post("/api/v1/escalations/<int:escalation_id>/pass-on")
def pass_on(escalation_id: int) -> dict[str, Any]:
    """To another person, by a time."""
    asked = body("to", "due")
    escalating.pass_on(current_deps(), escalation_id, asked["to"], moment(asked["due"]), current_actor())
    return {"id": escalation_id, "state": escalations.OWNED}


@bp.post("/api/v1/escalations/<int:escalation_id>/close")
def close(escalation_id: int) -> dict[str, Any]:
    """The decision what to document ends it; automation may work on the ticket again."""
    asked = body("reason")
    ending = Ending(text(asked, "document") or None, asked["reason"], text(asked, "link"))
    escalating.close(current_deps(), escalation_id, ending, current_actor())
    return {"id": escalation_id, "state": ending.outcome}

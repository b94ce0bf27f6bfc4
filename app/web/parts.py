"""Parts of pages as HTML: fetched again and again, answered 304 while nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from app import approving, desk, practice, presence
from app.store.tables import audit_tail
from app.web import language
from app.web.context import current_actor, current_deps, current_pass
from app.web.views import (
    Asked,
    categories,
    evidence_view,
    figures_view,
    held_draft,
    others_on,
    owners,
    queue_view,
    settings_edition,
    settings_view,
    state_view,
)

bp = Blueprint("parts", __name__, url_prefix="/parts")


def part(template: str, **values: Any) -> Response:
    """Render, and compare with what the browser has."""
    response = make_response(render_template(template, me=current_pass(), **values))
    response.add_etag()
    response.headers["X-Countersign-Now"] = str(int(current_deps().clock.now().timestamp() * 1000))
    return response.make_conditional(request)


@bp.get("/ticket/<host>/<ticket>")
def ticket(host: str, ticket: str) -> Response:
    """The sidebar for one ticket."""
    view = desk.for_ticket(current_deps(), host, ticket)
    others = _others(host, ticket, here=view.item is not None or view.working)
    return part(
        "parts/ticket.html", view=view, others=others, owners=owners(), categories=categories(), held_draft=held_draft
    )


def _others(host: str, ticket: str, *, here: bool) -> str:
    """Who else is on it. Whoever only passes by in the list is not."""
    return presence.said(presence.others(current_deps(), host, ticket, current_pass().member, here=here))


@bp.get("/proposal/<proposal_id>")
def proposal(proposal_id: str) -> Response:
    """One proposal beside the customer's words, for the queue page."""
    deps = current_deps()
    if told := practice.revealed(deps, proposal_id, current_actor()):
        return part("parts/practice.html", practice=told[0], words=told[1])
    item = desk.proposal(deps, proposal_id) or practice.shown(deps, proposal_id)
    if item is None:
        abort(404, "There is no such proposal.")
    others = _others(item.host, item.ticket, here=False)
    return part(
        "parts/detail.html", item=item, others=others, owners=owners(), categories=categories(), held_draft=held_draft
    )


@bp.get("/queue")
def queue() -> Response:
    """The list, grouped by category."""
    asked = Asked.of(request.args)
    others = others_on()
    return once("parts/queue.html", f"{asked} {sorted(others.items())}", lambda: queue_view(asked) | {"others": others})


@bp.get("/batch")
def batch() -> Response:
    """What became of the last batch of whoever asks."""
    return part("parts/batch.html", standing=approving.standing(current_deps(), current_actor()))


def once(template: str, which: str, view: Callable[[], Mapping[str, Any]]) -> Response:
    """Rendered anew when anything changed. Whoever has this edition of it costs us one read."""
    return tagged(template, f"{edition()}:{which}", view)


def tagged(template: str, edition_of_it: str, view: Callable[[], Mapping[str, Any]]) -> Response:
    """Rendered once for each edition and kind of reader."""
    caller = current_pass()
    tag = hashlib.sha256(
        f"{edition_of_it}:{caller.member.role}:{caller.via}:{language.current().language}".encode()
    ).hexdigest()
    unchanged = make_response("", 304)
    unchanged.set_etag(tag)
    if tag in request.if_none_match:
        return unchanged
    response = make_response(render_template(template, me=caller, **view()))
    response.set_etag(tag)
    return response


def edition() -> int:
    """Grows with everything that changes a proposal, an approval, the switch or the policy: each is audited."""
    with current_deps().readers.begin() as tx:
        return tx.execute(sa.select(audit_tail.c.size)).scalar() or 0


@bp.get("/evidence")
def evidence() -> Response:
    """What still stands between each category and auto-send; a new day may change it by itself."""
    mine = f"evidence {current_deps().clock.now():%Y-%m-%d} {current_pass().member.id}"
    return once("parts/evidence.html", mine, evidence_view)


@bp.get("/figures")
def figures() -> Response:
    """What became of the answers. Judged anew once a minute at most: it is weeks of them."""
    weeks, category = request.args.get("weeks", ""), request.args.get("category") or None
    minute = f"figures {weeks} {category} {current_deps().clock.now():%Y-%m-%d %H:%M}"
    return tagged("parts/figures.html", minute, lambda: figures_view(weeks, category))


@bp.get("/settings")
def settings() -> Response:
    """The switch first, then modes and connections. Every step from OFF to CONFIRMED is an entry, so each is seen at once."""
    return once("parts/settings.html", settings_edition(), settings_view)


@bp.get("/state")
def state() -> Response:
    """The switch in one word, for the head of every page."""
    return part("parts/state.html", **state_view())

"""Views over REST: the list, what is in them, how much."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from sandbox.zendesk import tickets, views
from sandbox.zendesk.context import reader, root, store
from sandbox.zendesk.paging import page
from sandbox.zendesk.state import Doc

view_routes = Blueprint("views", __name__, url_prefix="/views")


@view_routes.get("")
@view_routes.get("/active")
def list_views() -> Response:
    reader()
    return jsonify(page("views", views.every(store(), root())))


@view_routes.get("/<int:view_id>")
def get_view(view_id: int) -> Response:
    reader()
    return jsonify(view=views.get(store(), view_id, root()))


@view_routes.get("/<int:view_id>/tickets")
def tickets_of_view(view_id: int) -> Response:
    return jsonify(page("tickets", _found(view_id)))


def _found(view_id: int) -> list[Doc]:
    reader()
    views.get(store(), view_id, root())
    return [tickets.shown(ticket, root()) for ticket in views.shown(store(), view_id)]


@view_routes.get("/<int:view_id>/execute")
def execute_view(view_id: int) -> Response:
    """Rows as the agent's list shows them."""
    rows: list[Doc] = [
        {"ticket": ticket, "subject": ticket["subject"], "status": ticket["status"], "updated": ticket["updated_at"]}
        for ticket in _found(view_id)
    ]
    return jsonify({**page("rows", rows), "columns": views.COLUMNS, "view": views.get(store(), view_id, root())})


@view_routes.get("/<int:view_id>/count")
def count_view(view_id: int) -> Response:
    value = len(_found(view_id))
    url = f"{root()}/api/v2/views/{view_id}/count.json"
    return jsonify(view_count={"url": url, "view_id": view_id, "value": value, "pretty": str(value), "fresh": True})

"""Metrics, metric events and ratings over REST."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from sandbox.zendesk import metrics, ratings, tickets
from sandbox.zendesk.context import reader, root, sent, store, writer
from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.paging import page
from sandbox.zendesk.state import Doc

figures = Blueprint("figures", __name__)


@figures.get("/ticket_metrics")
def list_metrics() -> Response:
    reader()
    return jsonify(page("ticket_metrics", [metrics.of_ticket(store(), doc, root()) for doc in tickets.every(store())]))


@figures.get("/tickets/<int:ticket_id>/metrics")
def metrics_of_ticket(ticket_id: int) -> Response:
    reader()
    return jsonify(ticket_metric=metrics.of_ticket(store(), tickets.get(store(), ticket_id), root()))


@figures.get("/tickets/<int:ticket_id>/metric_events")
def metric_events_of_ticket(ticket_id: int) -> Response:
    reader()
    return jsonify(page("ticket_metric_events", metrics.events(store(), tickets.get(store(), ticket_id))))


@figures.get("/satisfaction_ratings")
def list_ratings() -> Response:
    """?score=, ?start_time= in seconds."""
    reader()
    start = request.args.get("start_time", type=float)
    since = None if start is None else store().stamp(start)
    found = ratings.matching(ratings.every(store()), request.args.get("score"), since)
    newest_first = request.args.get("sort_order") == "desc"
    return jsonify(page("satisfaction_ratings", [_with_url(doc) for doc in (found[::-1] if newest_first else found)]))


@figures.get("/satisfaction_ratings/<int:rating_id>")
def get_rating(rating_id: int) -> Response:
    reader()
    for doc in ratings.every(store()):
        if doc["id"] == rating_id:
            return jsonify(satisfaction_rating=_with_url(doc))
    raise record_not_found()


@figures.post("/tickets/<int:ticket_id>/satisfaction_rating")
def post_rating(ticket_id: int) -> Response:
    writer()
    return jsonify(satisfaction_rating=_with_url(ratings.rate(store(), ticket_id, sent().get("satisfaction_rating") or {})))  # fmt: skip


def _with_url(doc: Doc) -> Doc:
    return {"url": f"{root()}/api/v2/satisfaction_ratings/{doc['id']}.json", **doc}

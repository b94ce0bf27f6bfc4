"""Many tickets in one call: update_many, create_many, destroy_many, merge, and the jobs that they become."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, jsonify, request

from sandbox.zendesk import change, creation, jobs, merging, tickets, updates
from sandbox.zendesk.access import Caller
from sandbox.zendesk.context import reader, root, sent, store, writer
from sandbox.zendesk.errors import bad_request, too_many
from sandbox.zendesk.jobs import Task
from sandbox.zendesk.paging import MOST, page
from sandbox.zendesk.rest_tickets import numbers
from sandbox.zendesk.state import Doc

bulk = Blueprint("bulk", __name__)


def _job(kind: str, tasks: list[Task]) -> Response:
    if len(tasks) > MOST:
        raise too_many()
    return jsonify(job_status=jobs.run(store(), kind, tasks, root()))


@bulk.put("/tickets/update_many")
def update_many() -> Response:
    """?ids=1,2 with {ticket}, or {tickets: [{id, ...}]}"""
    who = writer()
    same = [(number, sent().get("ticket") or {}) for number in numbers(request.args.get("ids", ""))]
    each = [(int(body.get("id") or 0), body) for body in _several() if not same]
    return _job("Bulk Update Ticket", [partial(_update, who, number, body) for number, body in same + each])


def _several() -> list[Doc]:
    found = sent().get("tickets")
    return [body for body in found if isinstance(body, dict)] if isinstance(found, list) else []


def _update(who: Caller, number: int, body: Doc) -> Doc:
    updates.update(store(), number, change.read(store(), body, who), who)
    return {"action": "update", "id": number, "status": "Updated"}


@bulk.post("/tickets/create_many")
def create_many() -> Response:
    who = writer()
    return _job("Bulk Create Ticket", [partial(_create, who, body) for body in _several()])


def _create(who: Caller, body: Doc) -> Doc:
    ticket, _audit = creation.create(store(), body, who)
    return {"action": "create", "id": ticket["id"], "status": "Created"}


@bulk.delete("/tickets/destroy_many")
def destroy_many() -> Response:
    who = writer()
    chosen = numbers(request.args.get("ids", ""))
    return _job("Bulk Destroy Ticket", [partial(_destroy, who, number) for number in chosen])


def _destroy(who: Caller, number: int) -> Doc:
    updates.delete(store(), number, who)
    return {"action": "delete", "id": number, "status": "Deleted"}


@bulk.post("/tickets/<int:ticket_id>/merge")
def merge(ticket_id: int) -> Response:
    """{ids, target_comment?, source_comment?, target_comment_is_public?, source_comment_is_public?}"""
    who, body = writer(), sent()
    tickets.get(store(), ticket_id)
    sources = body.get("ids")
    if not isinstance(sources, list) or not sources:
        raise bad_request("`ids` is required")
    return _job("Ticket Merge", [partial(merging.merge, store(), ticket_id, [int(one) for one in sources], body, who)])


@bulk.get("/job_statuses")
def list_jobs() -> Response:
    reader()
    return jsonify(page("job_statuses", jobs.every(store())))


@bulk.get("/job_statuses/<number>")
def get_job(number: str) -> Response:
    reader()
    return jsonify(job_status=jobs.get(store(), number))

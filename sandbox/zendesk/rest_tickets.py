"""Tickets, comments, audits and tags over REST."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from sandbox.zendesk import audits, change, creation, idempotency, tickets, updates
from sandbox.zendesk.change import Change
from sandbox.zendesk.context import reader, root, sent, store, writer
from sandbox.zendesk.errors import bad_request, record_not_found, too_many
from sandbox.zendesk.paging import MOST, page
from sandbox.zendesk.state import Doc

ticket_routes = Blueprint("tickets", __name__)


@ticket_routes.get("/tickets")
def list_tickets() -> Response:
    reader()
    return jsonify(page("tickets", [_shown(ticket) for ticket in tickets.every(store())]))


@ticket_routes.get("/tickets/count")
def count_tickets() -> Response:
    reader()
    return jsonify(count={"value": len(tickets.every(store())), "refreshed_at": store().stamp()})


@ticket_routes.get("/tickets/show_many")
def show_many_tickets() -> Response:
    reader()
    wanted = numbers(request.args.get("ids", ""))
    return jsonify(page("tickets", [_shown(ticket) for ticket in tickets.every(store()) if ticket["id"] in wanted]))


def numbers(text: str) -> list[int]:
    found = [int(one) for one in text.split(",") if one.strip().isdigit()]
    if len(found) > MOST:
        raise too_many()
    return found


@ticket_routes.get("/tickets/<int:ticket_id>")
def get_ticket(ticket_id: int) -> Response:
    reader()
    return jsonify(ticket=_shown(tickets.get(store(), ticket_id)))


@ticket_routes.post("/tickets")
def post_ticket() -> Response:
    who = writer()
    body = _ticket_body()

    def make() -> Doc:
        ticket, audit = creation.create(store(), body, who)
        return {"ticket": _shown(ticket), "audit": audit}

    made, lookup = idempotency.once(store(), request.headers.get("Idempotency-Key"), sent(), make)
    answer = _warned(make_response(jsonify(made), 201), "create", body)
    answer.headers["Location"] = made["ticket"]["url"]
    if lookup:
        answer.headers["x-idempotency-lookup"] = lookup
    return answer


@ticket_routes.put("/tickets/<int:ticket_id>")
def put_ticket(ticket_id: int) -> Response:
    who = writer()
    body = _ticket_body()
    ticket, audit = updates.update(store(), ticket_id, change.read(store(), body, who), who)
    return _warned(jsonify(ticket=_shown(ticket), audit=audit), "update", body)


def _ticket_body() -> Doc:
    body = sent().get("ticket")
    if not isinstance(body, dict):
        raise bad_request("a JSON object `ticket` is required")
    return body


def _warned(answer: Response, action: str, body: Doc) -> Response:
    """The only word about a property that was silently left out."""
    unknown = change.unknown_keys(body)
    if unknown:
        keys = ", ".join(f'"{key}"' for key in unknown)
        answer.headers["X-Zendesk-API-Warn"] = (
            f'{{:allowed_parameters=>{{:controller=>"tickets", :action=>"{action}", :unpermitted_keys=>[{keys}], '
            ":invalid_values=>[]}}"
        )
    return answer


def _shown(ticket: Doc) -> Doc:
    return tickets.shown(ticket, root())


@ticket_routes.delete("/tickets/<int:ticket_id>")
def delete_ticket(ticket_id: int) -> Response:
    updates.delete(store(), ticket_id, writer())
    return make_response("", 204)


@ticket_routes.get("/tickets/<int:ticket_id>/comments")
def get_comments(ticket_id: int) -> Response:
    reader()
    tickets.get(store(), ticket_id)
    return jsonify(page("comments", audits.Listing(store(), ticket_id, speaking=True, newest_first=_newest_first())))


@ticket_routes.get("/tickets/<int:ticket_id>/audits")
def get_audits(ticket_id: int) -> Response:
    reader()
    tickets.get(store(), ticket_id)
    return jsonify(page("audits", audits.Listing(store(), ticket_id, speaking=False, newest_first=_newest_first())))


@ticket_routes.get("/tickets/<int:ticket_id>/audits/<int:audit_id>")
def get_audit(ticket_id: int, audit_id: int) -> Response:
    reader()
    for audit in audits.of_ticket(store(), ticket_id):
        if audit["id"] == audit_id:
            return jsonify(audit=audit)
    raise record_not_found()


def _newest_first() -> bool:
    """Oldest first, unless `sort_order=desc` or `sort=-created_at` turns it round."""
    return request.args.get("sort_order") == "desc" or request.args.get("sort") == "-created_at"


@ticket_routes.get("/tickets/<int:ticket_id>/tags")
def get_tags(ticket_id: int) -> Response:
    reader()
    return jsonify(tags=tickets.get(store(), ticket_id)["tags"])


@ticket_routes.route("/tickets/<int:ticket_id>/tags", methods=["PUT", "POST", "DELETE"])
def change_tags(ticket_id: int) -> Response:
    """PUT adds, POST sets, DELETE removes; `safe_update` and `updated_stamp` guard here too."""
    who = writer()
    body = sent()
    named = updates.normal_tags(body.get("tags") or [])
    with store().write():
        known = tickets.get(store(), ticket_id)["tags"]
        wanted = Change(
            {"tags": _tags_after(request.method, known, named)},
            None,
            {},
            "safe_update" in body,
            body.get("updated_stamp"),
        )
        ticket, _audit = updates.update(store(), ticket_id, wanted, who)
    if request.method == "DELETE":
        return make_response("", 204)
    return make_response(jsonify(tags=ticket["tags"]), 201 if request.method == "POST" else 200)


def _tags_after(method: str, known: list[str], named: list[str]) -> list[Any]:
    if method == "POST":
        return named
    return [*known, *named] if method == "PUT" else [tag for tag in known if tag not in named]

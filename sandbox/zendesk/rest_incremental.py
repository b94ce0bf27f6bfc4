"""The incremental exports, blind to the last minute."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from sandbox.zendesk import metrics, tickets
from sandbox.zendesk.context import reader, root, store
from sandbox.zendesk.errors import ApiError
from sandbox.zendesk.state import Doc

incremental = Blueprint("incremental", __name__, url_prefix="/incremental")
BLIND_SECONDS = 60.0
MOST = 1000


@incremental.get("/tickets/cursor")
def tickets_by_cursor() -> Response:
    """`start_time` begins, `cursor` goes on; nothing younger than the blind window is told."""
    reader()
    after = _position()
    size = min(int(request.args.get("per_page", MOST)), MOST)
    found = _changed_after(after, size + 1)
    shown = found[:size]
    last = (shown[-1][0], shown[-1][1]["id"]) if shown else after
    cursor = _encoded(last)
    return jsonify(
        tickets=[{**tickets.shown(ticket, root()), "generated_timestamp": int(at)} for at, ticket in shown],
        after_cursor=cursor, after_url=_address(cursor), before_cursor=None, before_url=None,
        end_of_stream=len(found) <= size,
    )  # fmt: skip


def _position() -> tuple[float, int]:
    cursor = request.args.get("cursor")
    if cursor:
        return _decoded(cursor)
    start = request.args.get("start_time", "")
    if not start.isdigit():
        raise ApiError(400, {"error": "InvalidValue", "description": "start_time: is missing or not a number"})
    if int(start) > store().now() - blind_seconds():
        raise ApiError(
            400,
            {
                "error": "StartTimeTooRecent",
                "description": "Too recent start_time. Use a start_time older than 1 minute",
            },
        )
    return float(start), 0


def blind_seconds() -> float:
    return float(store().meta("blind_seconds", BLIND_SECONDS))


def _changed_after(after: tuple[float, int], most: int) -> list[tuple[float, Doc]]:
    """Deleted tickets too, as such."""
    sql = "SELECT generated, doc FROM tickets WHERE (generated, id) > (?, ?) AND generated <= ? ORDER BY generated, id LIMIT ?"
    rows = store().rows(sql, *after, store().now() - blind_seconds(), most)
    return [(at, json.loads(doc)) for at, doc in rows]


@incremental.get("/ticket_events")
def ticket_events() -> Response:
    """`start_time` on, oldest first; comments only with `include=comment_events`."""
    start = _started()
    spoken = request.args.get("include") == "comment_events"
    sql = "SELECT doc FROM audits WHERE json_extract(doc, '$.created_at') BETWEEN ? AND ? ORDER BY id LIMIT ?"
    found = store().docs(sql, store().stamp(start), store().stamp(_seen_until()), MOST)
    return jsonify(_by_time("ticket_events", [_ticket_event(audit, spoken=spoken) for audit in found], "created_at"))


def _ticket_event(audit: Doc, *, spoken: bool) -> Doc:
    children = [{**event, "event_type": event["type"]} for event in audit["events"] if spoken or event["type"] != "Comment"]  # fmt: skip
    return {
        "id": audit["id"], "ticket_id": audit["ticket_id"], "created_at": audit["created_at"],
        "timestamp": int(datetime.fromisoformat(audit["created_at"]).timestamp()), "updater_id": audit["author_id"],
        "via": audit["via"]["channel"], "system": audit["metadata"]["system"], "event_type": "Audit",
        "child_events": children,
    }  # fmt: skip


@incremental.get("/ticket_metric_events")
def ticket_metric_events() -> Response:
    """`start_time` on, oldest first."""
    since, until = store().stamp(_started()), store().stamp(_seen_until())
    found = [event for ticket in tickets.every(store()) for event in metrics.events(store(), ticket)]
    shown = sorted((event for event in found if since <= event["time"] <= until), key=lambda event: str(event["time"]))
    return jsonify(_by_time("ticket_metric_events", shown[:MOST], "time"))


def _started() -> float:
    reader()
    return _position()[0]


def _seen_until() -> float:
    return store().now() - blind_seconds()


def _by_time(name: str, docs: list[Doc], clock: str) -> Doc:
    """The older kind of export: pages begin at the time of the last one's end."""
    end = int(datetime.fromisoformat(docs[-1][clock]).timestamp()) if docs else None
    following = f"{root()}/api/v2/incremental/{name}.json?start_time={end}" if docs else None
    return {name: docs, "count": len(docs), "next_page": following, "end_time": end, "end_of_stream": len(docs) < MOST}


def _encoded(position: tuple[float, int]) -> str:
    return base64.b64encode(f"{position[0]!r}||{position[1]}|".encode()).decode()


def _decoded(cursor: str) -> tuple[float, int]:
    try:
        at, _, ticket_id, _ = base64.b64decode(cursor).decode().split("|")
        return float(at), int(ticket_id)
    except ValueError:
        raise ApiError(400, {"error": "InvalidValue", "description": "cursor: is invalid"}) from None


def _address(cursor: str) -> str:
    return f"{root()}/api/v2/incremental/tickets/cursor.json?cursor={cursor}"

"""The incremental cursor export, blind to the last minute."""

from __future__ import annotations

import base64
import json

from flask import Blueprint, Response, jsonify, request

from sandbox.zendesk import tickets
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

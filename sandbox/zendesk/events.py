"""Event bodies as Zendesk's event webhooks carry them, made from an audit."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.zendesk import people, queue, tickets
from sandbox.zendesk.access import Caller
from sandbox.zendesk.state import Doc, Store

ACCOUNT_ID = 22129848
VERSION = "2022-11-06"
CHANNELS = {"api": "web_service", "email": "mail"}
CHANGES = {
    "status": "status_changed", "assignee_id": "agent_assignment_changed", "group_id": "group_assignment_changed",
    "tags": "tags_changed", "subject": "subject_changed", "priority": "priority_changed", "type": "type_changed",
    "requester_id": "requester_changed", "external_id": "external_id_changed",
}  # fmt: skip
HAPPENINGS = ("custom_field_changed", "soft_deleted", "permanently_deleted", "comment_redacted", "merged")
TYPES = tuple(
    f"zen:event-type:{kind}"
    for kind in (
        *(f"ticket.{one}" for one in ("created", "comment_added", *CHANGES.values(), *HAPPENINGS)),
        "user.deleted",
    )
)


def announce(store: Store, ticket: Doc, audit: Doc, who: Caller, *, created: bool) -> None:
    """Queue one delivery for each thing that happened; sending is somebody else's work."""
    for position, (kind, event) in enumerate(_happenings(store, audit, created=created), start=1):
        queue.put(store, body(store, ticket, kind, _numbered(event, audit, position), who))


def tell(store: Store, ticket: Doc, kind: str, event: Doc, who: Caller) -> None:
    """One thing that no audit tells of."""
    queue.put(store, body(store, ticket, kind, event, who))


def tell_of_user(store: Store, user: Doc, kind: str) -> None:
    """One thing that happened to a user; their events have a version and a detail of their own."""
    shown = ("created_at", "email", "external_id", "organization_id", "role", "updated_at")
    named: Doc = {"subject": f"zen:user:{user['id']}", "type": f"zen:event-type:user.{kind}"}
    told = {"id": str(user["id"]), **{key: "" if user[key] is None else str(user[key]) for key in shown}}
    queue.put(store, {**_signed(store), **named, "zendesk_event_version": "2022-06-20", "detail": told, "event": {}})


def _signed(store: Store) -> Doc:
    return {"account_id": ACCOUNT_ID, "id": str(uuid.uuid4()), "time": _precise(store.now())}


def _happenings(store: Store, audit: Doc, *, created: bool) -> Iterator[tuple[str, Doc]]:
    if created:
        yield "created", {}
    for event in audit["events"]:
        if event["type"] == "Comment":
            yield "comment_added", {"comment": comment(store, event)}
        elif event["type"] == "Change" and event["field_name"].isdigit():
            yield "custom_field_changed", {"field": {"id": event["field_name"]}, **_changed(event)}
        elif event["type"] == "Change" and event["field_name"] in CHANGES:
            yield CHANGES[event["field_name"]], _changed(event)


def comment(store: Store, event: Doc) -> Doc:
    author = people.user(store, event["author_id"])
    return {
        "id": str(event["id"]), "body": event["body"], "html_body": event["html_body"], "is_public": event["public"],
        "author": {"id": str(author["id"]), "is_staff": people.is_staff(author), "name": author["name"]},
    }  # fmt: skip


def _changed(event: Doc) -> Doc:
    current, previous = event["value"], event["previous_value"]
    if event["field_name"] == "tags":
        return {
            "tags_added": [tag for tag in current if tag not in previous],
            "tags_removed": [tag for tag in previous if tag not in current],
        }
    return (
        {"current": _loud(current), "previous": _loud(previous)}
        if event["field_name"] in ENUMS
        else {"current": current, "previous": previous}
    )


ENUMS = ("status", "priority", "type")


def _loud(value: str | None) -> str | None:
    return value.upper() if value is not None else None


def _numbered(event: Doc, audit: Doc, position: int) -> Doc:
    return {**event, "meta": {"sequence": {"id": str(audit["id"]), "position": position}}} if event else {}


def body(store: Store, ticket: Doc, kind: str, event: Doc, who: Caller) -> Doc:
    return {
        **_signed(store), "subject": f"zen:ticket:{ticket['id']}", "type": f"zen:event-type:ticket.{kind}",
        "zendesk_event_version": VERSION, "detail": detail(ticket, who), "event": event,
    }  # fmt: skip


def detail(ticket: Doc, who: Caller) -> Doc:
    """Ids are strings, enums are loud, nulls are common."""
    ids = ("assignee_id", "brand_id", "group_id", "id", "organization_id", "requester_id", "submitter_id")
    plain = ("created_at", "updated_at", "description", "external_id", "is_public", "subject")
    return {
        "actor_id": str(who.user["id"]), "form_id": str(ticket["ticket_form_id"]),
        "custom_status": str(tickets.CUSTOM_STATUS_IDS.get(ticket["status"])), "tags": ticket["tags"] or None,
        "via": {"channel": CHANNELS.get(who.channel, who.channel)},
        **{key: ticket[key] for key in plain},
        **{key: None if ticket[key] is None else str(ticket[key]) for key in ids},
        **{key: _loud(ticket[key]) for key in ENUMS},
    }  # fmt: skip


def _precise(at: float) -> str:
    """Nine digits after the point, as Zendesk writes the time of an event."""
    nanoseconds = time.time_ns() % 1000
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{nanoseconds:03d}Z"


def raw(event: dict[str, Any]) -> bytes:
    """Three blanks of indent, sorted keys, `{ }` for an empty object, a newline at the end."""
    text = json.dumps(event, indent=3, sort_keys=True, ensure_ascii=False)
    return (re.sub(r"(?m)((?:^\s*|\": ))\{\}(,?)$", r"\1{ }\2", text) + "\n").encode()

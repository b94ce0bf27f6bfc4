"""Audits: one per change of a ticket, comments among their events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.zendesk.state import Doc, Store, dump

Change = tuple[str, Any, Any]
SUPPORT_ADDRESS = {"name": "Acme Support", "address": "support@acme.example"}


def via(channel: str, author: Doc | None = None) -> Doc:
    source: Doc = {"from": {}, "to": {}, "rel": None}
    if channel == "email" and author is not None:
        source = {"from": {"address": author["email"], "name": author["name"]}, "to": SUPPORT_ADDRESS, "rel": None}
    return {"channel": channel, "source": source}


def via_rule(trigger: Doc) -> Doc:
    origin = {"id": trigger["id"], "title": trigger["title"], "deleted": False, "revision_id": 1}
    return {"channel": "rule", "source": {"from": origin, "to": {}, "rel": "trigger"}}


def metadata(client: str, custom: Doc, flags: Iterable[int]) -> Doc:
    """`custom` is what the update carried as ticket.metadata; flags tell how far the sender is to be trusted."""
    system = {
        "client": client, "ip_address": "127.0.0.1", "location": "Berlin, BE, Germany",
        "latitude": 52.52, "longitude": 13.405,
    }  # fmt: skip
    raised = sorted(set(flags))
    shown: Doc = {"system": system, "custom": custom}
    if raised:
        options = {str(flag): {"trusted": False} for flag in raised}
        shown |= {"flags": raised, "flags_options": options, "trusted": False, "suspension_type_id": None}
    return shown


def changes(store: Store, changed: Iterable[Change]) -> list[Doc]:
    return [
        {"id": store.next_id(), "type": "Change", "field_name": field, "value": value, "previous_value": previous}
        for field, value, previous in changed
    ]


def creations(store: Store, ticket: Doc) -> list[Doc]:
    fields = ("subject", "status", "priority", "type", "requester_id", "assignee_id", "group_id", "tags", "brand_id")
    return [
        {"id": store.next_id(), "type": "Create", "field_name": field, "value": _as_event_value(ticket[field])}
        for field in fields
        if ticket[field] not in (None, [])
    ]


def _as_event_value(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


def add(store: Store, audit: Doc) -> None:
    store.execute("INSERT INTO audits VALUES (?, ?, ?)", audit["id"], audit["ticket_id"], dump(audit))


def of_ticket(store: Store, ticket_id: int) -> list[Doc]:
    return store.docs("SELECT doc FROM audits WHERE ticket_id=? ORDER BY id", ticket_id)


def comments(store: Store, ticket_id: int) -> list[Doc]:
    """The conversation, oldest first: the Comment events of the audits."""
    return [
        {**event, "created_at": audit["created_at"], "via": audit["via"], "metadata": audit["metadata"]}
        for audit in of_ticket(store, ticket_id)
        for event in audit["events"]
        if event["type"] == "Comment"
    ]

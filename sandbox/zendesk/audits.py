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
    speaks = any(event["type"] == "Comment" for event in audit["events"])
    store.execute("INSERT INTO audits VALUES (?, ?, ?, ?)", audit["id"], audit["ticket_id"], speaks, dump(audit))


def save(store: Store, audit: Doc) -> None:
    store.execute("UPDATE audits SET doc=? WHERE id=?", dump(audit), audit["id"])


def of_ticket(store: Store, ticket_id: int) -> list[Doc]:
    return store.docs("SELECT doc FROM audits WHERE ticket_id=? ORDER BY id", ticket_id)


class Listing:
    """A ticket's audits, or only those that speak, read page by page: there may be thousands."""

    def __init__(self, store: Store, ticket_id: int, *, speaking: bool, newest_first: bool = False) -> None:
        self._store = store
        self._where = f"FROM audits WHERE ticket_id=? AND speaks >= {int(speaking)}"
        self._ticket_id = ticket_id
        self._speaking = speaking
        self._order = "ORDER BY id DESC" if newest_first else "ORDER BY id"

    def __len__(self) -> int:
        return int(self._store.rows(f"SELECT count(*) {self._where}", self._ticket_id)[0][0])

    def __getitem__(self, part: slice) -> list[Doc]:
        start, stop, _ = part.indices(len(self))
        sql = f"SELECT doc {self._where} {self._order} LIMIT ? OFFSET ?"
        found = self._store.docs(sql, self._ticket_id, max(0, stop - start), start)
        return [comment for audit in found for comment in comments_of(audit)] if self._speaking else found


def comments_of(audit: Doc) -> list[Doc]:
    """The Comment events of an audit, as the comments endpoint shows them."""
    around = {"created_at": audit["created_at"], "via": audit["via"], "metadata": audit["metadata"]}
    return [{**event, **around} for event in audit["events"] if event["type"] == "Comment"]


def comments(store: Store, ticket_id: int) -> list[Doc]:
    """The conversation, oldest first."""
    return Listing(store, ticket_id, speaking=True)[:]

"""What the agent page shows, made from tickets and audits."""

from __future__ import annotations

from sandbox.zendesk import audits, people, tickets
from sandbox.zendesk.state import Doc, Store

MOST_SHOWN = 200
SHOWN_CHANGES = ("status", "assignee_id", "group_id", "tags", "priority", "subject")


def person(doc: Doc) -> Doc:
    return {key: doc[key] for key in ("id", "name", "email", "role", "locale", "iana_time_zone")}


def ticket_list(store: Store) -> list[Doc]:
    """What was last said to or by a customer comes first; notes, tags and fields move nothing."""
    names = {doc["id"]: doc["name"] for doc in people.users(store)}
    found = sorted(tickets.every(store), key=lambda ticket: (ticket["said_at"], ticket["id"]), reverse=True)
    return [
        {**{key: ticket[key] for key in ("id", "subject", "status", "said_at", "priority")},
         "requester": names[ticket["requester_id"]], "assignee": names.get(ticket["assignee_id"])}
        for ticket in found
    ]  # fmt: skip


def open_ticket(store: Store, ticket_id: int) -> Doc | None:
    """One ticket with its conversation; None when it is gone."""
    ticket = next((doc for doc in tickets.every(store) if doc["id"] == ticket_id), None)
    if ticket is None:
        return None
    team = people.find_group(store, ticket["group_id"])
    assignee = people.find_user(store, ticket["assignee_id"])
    return {
        **ticket, "requester": person(people.user(store, ticket["requester_id"])),
        "assignee": person(assignee) if assignee else None, "group": team["name"] if team else None,
        "conversation": [entry for audit in _latest(store, ticket_id) for entry in _entries(store, audit)],
    }  # fmt: skip


def _latest(store: Store, ticket_id: int) -> list[Doc]:
    """As many as a person scrolls through."""
    return audits.Listing(store, ticket_id, speaking=False, newest_first=True)[:MOST_SHOWN][::-1]


def _entries(store: Store, audit: Doc) -> list[Doc]:
    """Comments, and one line for what else the audit changed."""
    comments = [_comment(store, audit, event) for event in audit["events"] if event["type"] == "Comment"]
    changed = [_change(store, event) for event in audit["events"] if _is_shown(event)]
    by = person(people.user(store, audit["author_id"]))
    line = [{"kind": "change", "id": audit["id"], "author": by, "at": audit["created_at"], "changes": changed}]
    return [*comments, *(line if changed else [])]


def _is_shown(event: Doc) -> bool:
    return event["type"] == "Change" and event["field_name"] in SHOWN_CHANGES


def _change(store: Store, event: Doc) -> str:
    field, value, previous = event["field_name"], event["value"], event["previous_value"]
    if field == "tags":
        signs = [f"+{tag}" for tag in value if tag not in previous] + [
            f"−{tag}" for tag in previous if tag not in value
        ]
        return f"tags {' '.join(signs)}"
    if field in ("assignee_id", "group_id"):
        return f"{field.removesuffix('_id')} {_name(store, field, value)}"
    return f"{field} {previous or '–'} → {value or '–'}"


def _name(store: Store, field: str, number: str | None) -> str:
    if number is None:
        return "nobody"
    find = people.find_user if field == "assignee_id" else people.find_group
    found = find(store, int(number))
    return str(found["name"]) if found else "somebody gone"


def _comment(store: Store, audit: Doc, event: Doc) -> Doc:
    author = people.user(store, event["author_id"])
    return {
        "kind": "comment", "id": event["id"], "public": event["public"], "html": event["html_body"],
        "text": event["plain_body"], "attachments": event["attachments"], "at": audit["created_at"],
        "author": person(author), "staff": people.is_staff(author), "channel": audit["via"]["channel"],
        "flags": audit["metadata"].get("flags", []), "through": _through(store, audit, author),
        "marked": "countersign" in audit["metadata"]["custom"],
    }  # fmt: skip


def _through(store: Store, audit: Doc, author: Doc) -> str | None:
    """Who really wrote it, where that is somebody else than the author named."""
    if audit["author_id"] == author["id"]:
        return None
    return str(people.user(store, audit["author_id"])["name"])

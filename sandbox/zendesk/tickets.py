"""Tickets as rows, and their public shape."""

from __future__ import annotations

from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.state import Doc, Store, dump

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
BRAND_ID = 33144691000001
FORM_ID = 33144691000002
DELETED = "deleted"
CUSTOM_STATUS_IDS = {status: 33144691000010 + number for number, status in enumerate(STATUSES)}
HIDDEN = ("said_at",)  # for the agent page, not in the ticket


def blank(store: Store, requester_id: int, subject: str, via: Doc) -> Doc:
    stamp = store.stamp()
    return {
        "id": store.next_ticket_id(), "external_id": None, "via": via, "created_at": stamp, "updated_at": stamp,
        "type": None, "subject": subject, "raw_subject": subject, "description": "", "priority": None, "status": "new",
        "recipient": None, "requester_id": requester_id, "submitter_id": requester_id, "assignee_id": None,
        "organization_id": None, "group_id": None, "collaborator_ids": [], "follower_ids": [], "email_cc_ids": [],
        "forum_topic_id": None, "problem_id": None, "has_incidents": False, "is_public": True, "due_at": None,
        "tags": [], "custom_fields": [], "satisfaction_rating": None, "sharing_agreement_ids": [], "followup_ids": [],
        "ticket_form_id": FORM_ID, "brand_id": BRAND_ID, "allow_channelback": False, "allow_attachments": True,
        "from_messaging_channel": False, "said_at": stamp,
    }  # fmt: skip


def insert(store: Store, ticket: Doc) -> None:
    store.execute("INSERT INTO tickets VALUES (?, ?, ?)", ticket["id"], _moment(store), dump(ticket))
    store.bump()


def save(store: Store, ticket: Doc) -> None:
    store.execute("UPDATE tickets SET generated=?, doc=? WHERE id=?", _moment(store), dump(ticket), ticket["id"])
    store.bump()


def _moment(store: Store) -> float:
    """Strictly growing, so that an export cursor passes over no ticket."""
    last = store.rows("SELECT max(generated) FROM tickets")[0][0]
    return max(store.now(), (last or 0.0) + 0.000_01)


def get(store: Store, ticket_id: object) -> Doc:
    found = store.doc("SELECT doc FROM tickets WHERE id=?", ticket_id)
    if found is None or found["status"] == DELETED:
        raise record_not_found()
    return found


def delete(store: Store, ticket_id: int) -> Doc:
    """404 from now on; the export tells of it with the status `deleted`."""
    ticket = {**get(store, ticket_id), "status": DELETED, "updated_at": store.stamp()}
    save(store, ticket)
    return ticket


def erase(store: Store, ticket_id: int) -> None:
    """Nothing is left, not even for the export."""
    store.execute("DELETE FROM tickets WHERE id=?", ticket_id)
    store.execute("DELETE FROM audits WHERE ticket_id=?", ticket_id)
    store.bump()


def every(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM tickets WHERE json_extract(doc, '$.status') != 'deleted' ORDER BY id")


def shown(ticket: Doc, root: str) -> Doc:
    """As the API answers: `fields` doubles `custom_fields`, `url` ends in .json."""
    visible = {key: value for key, value in ticket.items() if key not in HIDDEN}
    return {
        "url": f"{root}/api/v2/tickets/{ticket['id']}.json", **visible,
        "custom_status_id": CUSTOM_STATUS_IDS.get(ticket["status"]), "fields": ticket["custom_fields"],
    }  # fmt: skip

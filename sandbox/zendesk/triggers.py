"""Business rules of the account: the trigger that mails the customer what staff wrote."""

from __future__ import annotations

from sandbox.zendesk import audits, people
from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.state import Doc, Store, dump

UPDATE_TITLE = "Notify requester and CCs of comment update"
RECEIVED_TITLE = "Notify requester and CCs of received request"


def install(store: Store) -> None:
    """Two standard triggers; the acknowledgement of new tickets is off."""
    add(store, UPDATE_TITLE, "Change", active=True, position=0)
    add(store, RECEIVED_TITLE, "Create", active=False, position=1)


def add(store: Store, title: str, update_type: str, *, active: bool, position: int) -> None:
    stamp = store.stamp()
    value = ["requester_and_ccs", "Re: {{ticket.title}}", "{{ticket.comments_formatted}}"]
    doc: Doc = {
        "id": store.next_id(), "title": title, "raw_title": title, "description": None, "active": active,
        "position": position, "default": True, "category_id": "1", "created_at": stamp, "updated_at": stamp,
        "conditions": {
            "all": [
                {"field": "update_type", "operator": "is", "value": update_type},
                {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"},
            ],
            "any": [],
        },
        "actions": [{"field": "notification_user", "value": value}],
    }  # fmt: skip
    store.execute("INSERT INTO triggers VALUES (?, ?)", doc["id"], dump(doc))


def every(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM triggers ORDER BY id")


def get(store: Store, trigger_id: object) -> Doc:
    found = store.doc("SELECT doc FROM triggers WHERE id=?", trigger_id)
    if found is None:
        raise record_not_found()
    return found


def update(store: Store, trigger_id: int, *, active: bool) -> Doc:
    with store.write():
        doc = {**get(store, trigger_id), "active": active, "updated_at": store.stamp()}
        store.execute("UPDATE triggers SET doc=? WHERE id=?", dump(doc), trigger_id)
    return doc


def switch_notifying(store: Store, *, active: bool) -> None:
    """The trigger that mails public replies, on or off."""
    for trigger in every(store):
        if trigger["title"] == UPDATE_TITLE:
            update(store, trigger["id"], active=active)


def notifying(store: Store) -> Doc | None:
    """The active trigger that mails public replies to the requester, if there is one."""
    return next((doc for doc in every(store) if doc["active"] and doc["title"] == UPDATE_TITLE), None)


def notification(store: Store, ticket: Doc, comment: Doc) -> list[Doc]:
    """The Notification event that goes with a public staff comment while the trigger is on."""
    trigger = notifying(store)
    author = people.user(store, comment["author_id"])
    if trigger is None or not comment["public"] or not people.is_staff(author):
        return []
    return [
        {
            "id": store.next_id(), "type": "Notification", "via": audits.via_rule(trigger),
            "subject": f"Re: {ticket['subject']}", "body": comment["plain_body"], "recipients": [ticket["requester_id"]],
        }
    ]  # fmt: skip

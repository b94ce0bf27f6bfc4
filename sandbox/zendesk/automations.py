"""Automations: rules that run by the hour. The sandbox lists them and never runs them."""

from __future__ import annotations

from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.state import Doc, Store

CLOSE = "Close ticket 4 days after status is set to solved"
REMIND = "Pending notification 24 hours"
ASK = "Request customer satisfaction rating (System Automation)"
MAIL = ["requester_id", "[{{ticket.account}}] {{ticket.title}}", "{{ticket.comments_formatted}}"]


def install(store: Store) -> None:
    """The three that come with an account: one closes, one mails the customer when it is on, one asks for a rating."""
    given: list[tuple[str, bool, str, str, Doc]] = [
        (CLOSE, True, "SOLVED", "96", {"field": "status", "value": "closed"}),
        (REMIND, False, "PENDING", "24", {"field": "notification_user", "value": MAIL}),
        (ASK, False, "SOLVED", "24", {"field": "satisfaction_score", "value": "offered"}),
    ]
    store.set_meta("automations", [_doc(store, number, *one) for number, one in enumerate(given)])


def _doc(store: Store, position: int, title: str, active: bool, since: str, hours: str, action: Doc) -> Doc:  # noqa: FBT001
    stamp = store.stamp()
    return {
        "id": store.next_id(), "title": title, "raw_title": title, "active": active, "position": position, "default": True,
        "created_at": stamp, "updated_at": stamp, "actions": [action],
        "conditions": {"all": [{"field": since, "operator": "is", "value": hours}], "any": []},
    }  # fmt: skip


def every(store: Store) -> list[Doc]:
    found: list[Doc] = store.meta("automations", [])
    return found


def get(store: Store, automation_id: int) -> Doc:
    for doc in every(store):
        if doc["id"] == automation_id:
            return doc
    raise record_not_found()


def switch(store: Store, automation_id: int, *, active: bool) -> Doc:
    with store.write():
        get(store, automation_id)
        changed = [{**doc, "active": active} if doc["id"] == automation_id else doc for doc in every(store)]
        store.set_meta("automations", changed)
    return get(store, automation_id)

"""Triggers of the account, and what they make of a ticket each time it is created or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.zendesk import audits, people
from sandbox.zendesk.errors import invalid, record_not_found
from sandbox.zendesk.state import Doc, Store, dump

UPDATE_TITLE = "Notify requester and CCs of comment update"
RECEIVED_TITLE = "Notify requester and CCs of received request"
MAIL = ["requester_and_ccs", "Re: {{ticket.title}}", "{{ticket.comments_formatted}}"]
PUBLIC = {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"}
NO_CONDITIONS: Doc = {"all": [], "any": []}
FIELDS = ("status", "priority", "type", "group_id", "assignee_id")


@dataclass(frozen=True)
class Moment:
    """What has just happened to a ticket: `comment` is the audit's event, if it has one."""

    ticket: Doc
    comment: Doc | None
    created: bool


# Keeping ---
def install(store: Store) -> None:
    """Two standard triggers; the acknowledgement of new tickets is off."""
    mail = [{"field": "notification_user", "value": MAIL}]
    add(store, {"title": UPDATE_TITLE, "conditions": _when("Change"), "actions": mail})
    add(store, {"title": RECEIVED_TITLE, "conditions": _when("Create"), "actions": mail, "active": False})


def _when(update_type: str) -> Doc:
    conditions: list[Doc] = [{"field": "update_type", "operator": "is", "value": update_type}, PUBLIC]
    return {"all": conditions, "any": []}


def add(store: Store, wanted: Doc) -> Doc:
    if not wanted.get("title") or not wanted.get("actions"):
        raise invalid("title", "Title: cannot be blank, and Actions: must have at least one")
    stamp, title = store.stamp(), wanted["title"]
    with store.write():
        doc: Doc = {
            "id": store.next_id(), "title": title, "raw_title": title, "description": wanted.get("description"),
            "active": wanted.get("active", True), "position": len(every(store)), "default": False, "category_id": "1",
            "created_at": stamp, "updated_at": stamp, "actions": wanted["actions"],
            "conditions": NO_CONDITIONS | (wanted.get("conditions") or {}),
        }  # fmt: skip
        store.execute("INSERT INTO triggers VALUES (?, ?)", doc["id"], dump(doc))
    return doc


def every(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM triggers ORDER BY id")


def get(store: Store, trigger_id: object) -> Doc:
    found = store.doc("SELECT doc FROM triggers WHERE id=?", trigger_id)
    if found is None:
        raise record_not_found()
    return found


def update(store: Store, trigger_id: int, wanted: Doc) -> Doc:
    with store.write():
        changed: Doc = {key: wanted[key] for key in ("title", "active", "conditions", "actions") if key in wanted}
        doc = get(store, trigger_id) | changed | {"updated_at": store.stamp()}
        store.execute("UPDATE triggers SET doc=? WHERE id=?", dump(doc), trigger_id)
    return doc


def delete(store: Store, trigger_id: int) -> None:
    with store.write():
        get(store, trigger_id)
        store.execute("DELETE FROM triggers WHERE id=?", trigger_id)


def switch_notifying(store: Store, *, active: bool) -> None:
    """The trigger that mails public replies, on or off."""
    for trigger in every(store):
        if trigger["title"] == UPDATE_TITLE:
            update(store, trigger["id"], {"active": active})


def notifying(store: Store) -> Doc | None:
    """The active trigger that mails public replies to the requester, if there is one."""
    return next((doc for doc in every(store) if doc["active"] and doc["title"] == UPDATE_TITLE), None)


# Firing ---
def fire(store: Store, ticket: Doc, audit: Doc, *, created: bool) -> Doc:
    """The ticket after all active triggers, in their order, each once; what they did is in the audit."""
    comment = next((event for event in audit["events"] if event["type"] == "Comment"), None)
    for trigger in every(store):
        moment = Moment(ticket, comment, created)
        if trigger["active"] and _applies(store, trigger["conditions"], moment):
            for action in trigger["actions"]:
                ticket, events = _done(store, trigger, action, moment)
                audit["events"] += events
                moment = Moment(ticket, comment, created)
    return ticket


def _applies(store: Store, conditions: Doc, moment: Moment) -> bool:
    each = [_holds(store, one, moment) for one in conditions["all"]]
    some = [_holds(store, one, moment) for one in conditions["any"]]
    return all(each) and (not some or any(some))


def _holds(store: Store, condition: Doc, moment: Moment) -> bool:
    """A condition that the sandbox does not know never holds."""
    field, operator, value = condition["field"], condition.get("operator"), condition.get("value")
    if field == "update_type":
        return moment.created == (value == "Create")
    if field == "comment_is_public":
        return _read_by_the_requester(store, moment)
    if field == "current_tags":
        found = bool(set(str(value).split()) & set(moment.ticket["tags"]))
        return found == (operator != "not_includes")
    if field in FIELDS:
        return (str(moment.ticket[field]) == str(value)) == (operator != "is_not")
    return False


def _read_by_the_requester(store: Store, moment: Moment) -> bool:
    """A public comment. On an update it must be news to the requester: not their own."""
    if moment.comment is None or not moment.comment["public"]:
        return False
    return moment.created or people.is_staff(people.user(store, moment.comment["author_id"]))


def _done(store: Store, trigger: Doc, action: Doc, moment: Moment) -> tuple[Doc, list[Doc]]:
    field, value = action["field"], action["value"]
    if field == "notification_user":
        return moment.ticket, [_notification(store, trigger, moment, value)]
    change = _changed(moment.ticket, field, value)
    if change is None:
        return moment.ticket, []
    name, after = change
    event = {
        "id": store.next_id(), "type": "Change", "field_name": name, "value": after,
        "previous_value": moment.ticket[name], "via": audits.via_rule(trigger),
    }  # fmt: skip
    return {**moment.ticket, name: after}, [event]


def _changed(ticket: Doc, field: str, value: Any) -> tuple[str, Any] | None:
    """The property and its new value; None where nothing changes."""
    tags = str(value).split()
    outcome = {
        "current_tags": ("tags", sorted({*ticket["tags"], *tags})),
        "set_tags": ("tags", sorted(set(tags))),
        "remove_tags": ("tags", [tag for tag in ticket["tags"] if tag not in tags]),
    }.get(field, (field, value))
    return outcome if outcome[0] in (*FIELDS, "tags") and ticket[outcome[0]] != outcome[1] else None


def _notification(store: Store, trigger: Doc, moment: Moment, value: list[str]) -> Doc:
    to = moment.ticket["requester_id"] if value[0].startswith("requester") else moment.ticket["assignee_id"]
    return {
        "id": store.next_id(), "type": "Notification", "via": audits.via_rule(trigger),
        "subject": value[1].replace("{{ticket.title}}", moment.ticket["subject"]),
        "body": moment.comment["plain_body"] if moment.comment else value[2],
        "recipients": [] if to is None else [to],
    }  # fmt: skip

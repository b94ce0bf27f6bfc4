"""The rules by which a ticket changes: every write, by whatever road, ends here."""

from __future__ import annotations

from typing import Any

from sandbox.zendesk import audits, events, faults, markup, people, receipts, tickets, triggers
from sandbox.zendesk.access import Caller
from sandbox.zendesk.change import Change, NewComment
from sandbox.zendesk.errors import conflict, invalid
from sandbox.zendesk.state import Doc, Store

MOST_COMMENTS = 5000
ORDER_FIELD = 27642
PRIORITIES = ("low", "normal", "high", "urgent")


def update(store: Store, ticket_id: int, change: Change, who: Caller) -> tuple[Doc, Doc]:
    """Apply all of it or nothing, in one transaction: ticket, audit, ledger row, events."""
    with store.write():
        before = tickets.get(store, ticket_id)
        _admit(store, before, change)
        after = _changed(store, before, change)
        audit = _audit(store, after, change, who)
        audit["events"] += audits.changes(store, _differences(before, after))
        if audit["events"]:
            after = triggers.fire(store, after, audit, created=False)
            _keep(store, after, audit, change, who)
        return after, audit


def create(store: Store, ticket: Doc, change: Change, who: Caller) -> tuple[Doc, Doc]:
    """A new ticket with its first comment."""
    with store.write():
        ticket = _assigned(store, {**ticket, **_checked(store, ticket, change.fields)}, change.fields)
        audit = _audit(store, ticket, change, who)
        audit["events"] += audits.creations(store, ticket)
        tickets.insert(store, ticket)
        ticket = triggers.fire(store, ticket, audit, created=True)
        _keep(store, ticket, audit, change, who, created=True)
        return ticket, audit


def delete(store: Store, ticket_id: int, who: Caller, *, permanently: bool = False) -> None:
    with store.write():
        before = tickets.get(store, ticket_id)
        ticket = before if permanently else tickets.delete(store, ticket_id)
        if permanently:
            tickets.erase(store, ticket_id)
        events.tell(store, ticket, "permanently_deleted" if permanently else "soft_deleted", {}, who)


def _admit(store: Store, ticket: Doc, change: Change) -> None:
    if ticket["status"] == "closed":
        raise invalid("status", "closed prevents ticket update")
    if change.refuses(ticket["updated_at"]):
        raise conflict()
    if change.comment and len(audits.Listing(store, ticket["id"], speaking=True)) >= MOST_COMMENTS:
        raise invalid("base", "Ticket has too many comments")
    if change.fields.get("status") == "solved":
        _admit_solving(store, ticket, change.fields.get("custom_fields") or [])


def _admit_solving(store: Store, ticket: Doc, new: list[Doc]) -> None:
    """Where the account demands it, an order number must be there first."""
    filled = [one for one in _merged_fields(ticket["custom_fields"], new) if one["id"] == ORDER_FIELD and one["value"]]
    if not filled and faults.strike(store, "required_on_solve", ticket["id"]):
        text = "Order number: is required when solving a ticket"
        raise invalid("base", text, error=None, ticket_field_id=ORDER_FIELD, ticket_field_type="FieldText")


def _changed(store: Store, before: Doc, change: Change) -> Doc:
    after = {**before, **_checked(store, before, change.fields)}
    after = _assigned(store, after, change.fields)
    comment = change.comment
    if comment and not people.is_staff(comment.author) and "status" not in change.fields:
        after = _after_customer_reply(after)
    return after


def _checked(store: Store, ticket: Doc, fields: Doc) -> Doc:
    """The new values, each one checked."""
    checked = dict(fields)
    if checked.get("status", "new") not in tickets.STATUSES:
        raise invalid("status", "Status: is invalid")
    if checked.get("status") == "new" and ticket["status"] != "new":
        raise invalid("status", "Status: cannot be reset to new")
    if checked.get("priority", "low") not in (*PRIORITIES, ticket["priority"]):
        raise invalid("priority", "Priority: cannot be reset")
    if "tags" in checked:
        checked["tags"] = normal_tags(checked["tags"])
    if "custom_fields" in checked:
        checked["custom_fields"] = _merged_fields(ticket["custom_fields"], checked["custom_fields"])
    if "subject" in checked:
        checked["raw_subject"] = checked["subject"]
    _check_people(store, checked)
    return checked


def _check_people(store: Store, fields: Doc) -> None:
    assignee = fields.get("assignee_id")
    found = people.find_user(store, assignee)
    if assignee is not None and (found is None or not people.is_staff(found)):
        raise invalid("assignee", "Assignee: is invalid")
    team = fields.get("group_id")
    if team is not None and team not in [doc["id"] for doc in people.groups(store)]:
        raise invalid("group", "Group: is invalid")


def _assigned(store: Store, ticket: Doc, fields: Doc) -> Doc:
    """An assignee brings their group along and opens a new ticket; a group alone may leave nobody in charge."""
    assignee = fields.get("assignee_id")
    if assignee is not None:
        teams = people.groups_of(store, assignee)
        if "group_id" not in fields and ticket["group_id"] not in teams and teams:
            ticket = {**ticket, "group_id": teams[0]}
        if ticket["status"] == "new":
            ticket = {**ticket, "status": "open"}
    return ticket


def _after_customer_reply(ticket: Doc) -> Doc:
    if ticket["status"] in ("pending", "hold", "solved"):
        return {**ticket, "status": "open"}
    return ticket


def _merged_fields(known: list[Doc], new: Any) -> list[Doc]:
    values = {entry["id"]: entry["value"] for entry in [*known, *new]}
    return [{"id": number, "value": value} for number, value in values.items()]


def normal_tags(tags: Any) -> list[str]:
    """Lower case, no blanks, each once, sorted: as Zendesk keeps them."""
    if isinstance(tags, str):
        tags = tags.split()
    return sorted({"_".join(str(tag).lower().split()) for tag in tags if str(tag).strip()})


def _differences(before: Doc, after: Doc) -> list[audits.Change]:
    """A custom field goes by its number."""
    silent = ("raw_subject", "said_at", "custom_fields")
    fields = [key for key in after if key not in silent and after[key] != before[key]]
    now, earlier = _by_number(after), _by_number(before)
    custom = [(key, value, earlier.get(key)) for key, value in now.items() if value != earlier.get(key)]
    return [*((key, _event_value(after[key]), _event_value(before[key])) for key in fields), *custom]


def _by_number(ticket: Doc) -> dict[str, Any]:
    return {str(one["id"]): one["value"] for one in ticket["custom_fields"]}


def _event_value(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _audit(store: Store, ticket: Doc, change: Change, who: Caller) -> Doc:
    flags = change.comment.flags if change.comment else ()
    dropped = bool(change.metadata) and faults.strike(store, "drop_metadata", ticket["id"]) is not None
    audit: Doc = {
        "id": store.next_id(), "ticket_id": ticket["id"], "created_at": store.stamp(), "author_id": who.user["id"],
        "metadata": audits.metadata(who.client, {} if dropped else change.metadata, flags), "events": [],
        "via": audits.via(who.channel, who.user),
    }  # fmt: skip
    if change.comment:
        audit["events"] = [_comment_event(store, ticket, change.comment, who, audit["id"])]
    return audit


def _comment_event(store: Store, ticket: Doc, new: NewComment, who: Caller, audit_id: int) -> Doc:
    html = markup.stored(new.html)
    public = _inherited(store, ticket) if new.public is None else new.public
    public = public and people.may_speak(new.author) and people.may_speak(who.user)
    text = markup.plain(html)
    return {
        "id": store.next_id(), "type": "Comment", "author_id": new.author["id"], "body": text, "html_body": html,
        "plain_body": text, "public": public, "attachments": list(new.attachments), "audit_id": audit_id,
    }  # fmt: skip


def _inherited(store: Store, ticket: Doc) -> bool:
    """Without `public` a comment is as visible as the first one was."""
    earlier = audits.Listing(store, ticket["id"], speaking=True)[:1]
    return bool(earlier[0]["public"]) if earlier else True


def _keep(store: Store, ticket: Doc, audit: Doc, change: Change, who: Caller, *, created: bool = False) -> None:
    comments = [event for event in audit["events"] if event["type"] == "Comment"]
    ticket["updated_at"] = audit["created_at"]
    if created and comments:
        ticket["description"] = comments[0]["plain_body"]
        ticket["is_public"] = comments[0]["public"]
    if any(comment["public"] for comment in comments):
        ticket |= {"is_public": True, "said_at": audit["created_at"]}
    tickets.save(store, ticket)
    audits.add(store, audit)
    if who.from_history:
        return
    for comment in comments:
        receipts.enter(store, ticket, audit, comment, change.metadata, who)
    events.announce(store, ticket, audit, who, created=created)

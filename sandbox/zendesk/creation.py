"""New tickets: from a caller's JSON, or as the follow-up of a closed one."""

from __future__ import annotations

from sandbox.zendesk import audits, change, people, tickets, updates
from sandbox.zendesk.access import Caller
from sandbox.zendesk.errors import invalid
from sandbox.zendesk.state import Doc, Store


def create(store: Store, body: Doc, who: Caller) -> tuple[Doc, Doc]:
    with store.write():
        return updates.create(store, _blank(store, body, who), change.read(store, body, who), who)


def _blank(store: Store, body: Doc, who: Caller) -> Doc:
    """A ticket needs a subject or a comment, and somebody who asks."""
    if body.get("comment") is None and not body.get("description"):
        raise invalid("base", "Description: cannot be blank")
    body.setdefault("comment", {"body": body.get("description")})
    asker = _requester(store, body, who)
    blank = tickets.blank(store, asker["id"], body.get("subject") or "", audits.via(who.channel, asker))
    source = body.get("via_followup_source_id")
    if source is None:
        return {**blank, "submitter_id": who.user["id"]}
    return follow_up(store, blank, int(source))


def _requester(store: Store, body: Doc, who: Caller) -> Doc:
    described = body.get("requester")
    if isinstance(described, dict) and described.get("email"):
        return people.requester(store, described.get("name") or described["email"], described["email"])
    return people.user(store, body.get("requester_id", who.user["id"]))


def follow_up(store: Store, blank: Doc, source_id: int) -> Doc:
    """A closed ticket lives on in another one."""
    source = tickets.get(store, source_id)
    if source["status"] != "closed":
        raise invalid("via_followup_source_id", "Source ticket must be closed")
    tickets.save(store, {**source, "followup_ids": [*source["followup_ids"], blank["id"]]})
    origin = {"ticket_id": source["id"], "subject": source["subject"]}
    via = {**blank["via"], "source": {**blank["via"]["source"], "from": origin, "rel": "follow_up"}}
    return {**blank, "group_id": source["group_id"], "tags": source["tags"], "via": via}

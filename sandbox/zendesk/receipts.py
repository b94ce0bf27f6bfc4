"""What the ledger keeps of a comment that a customer gets to read."""

from __future__ import annotations

from sandbox.ledger import text_hash
from sandbox.zendesk import people
from sandbox.zendesk.access import Caller
from sandbox.zendesk.state import Doc, Store, dump


def enter(store: Store, ticket: Doc, audit: Doc, comment: Doc, sent: Doc, who: Caller) -> None:
    """A public comment by staff is what the customer gets to read. `sent_metadata` survives a dropped marker."""
    author = people.user(store, comment["author_id"])
    if not comment["public"] or not people.is_staff(author):
        return
    entry = {
        "time": store.now(), "created_at": audit["created_at"], "ticket_id": ticket["id"], "comment_id": comment["id"],
        "audit_id": audit["id"], "author_id": author["id"], "author_email": author["email"], "updater_id": who.user["id"],
        "updater_email": who.user["email"], "via": who.channel, "text": comment["plain_body"],
        "text_hash": text_hash(comment["plain_body"]), "metadata": audit["metadata"]["custom"], "sent_metadata": sent,
        "mailed": any(event["type"] == "Notification" for event in audit["events"]),
    }  # fmt: skip
    store.execute("INSERT INTO ledger VALUES (?, ?)", comment["id"], dump(entry))
    store.enter(entry)

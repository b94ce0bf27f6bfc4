"""Satisfaction ratings: what customers thought of it."""

from __future__ import annotations

from sandbox.zendesk import tickets
from sandbox.zendesk.errors import invalid
from sandbox.zendesk.state import Doc, Store, dump

SCORES = ("good", "bad")


def rate(store: Store, ticket_id: int, wanted: Doc) -> Doc:
    """One for each ticket; a second one replaces it."""
    score, comment = wanted.get("score"), wanted.get("comment")
    if score not in SCORES:
        raise invalid("score", "Score: must be good or bad")
    with store.write():
        ticket = tickets.get(store, ticket_id)
        stamp = store.stamp()
        doc: Doc = {
            "id": store.next_id(), "ticket_id": ticket_id, "score": score, "comment": comment,
            "reason": wanted.get("reason") or "No reason provided", "reason_id": 0, "created_at": stamp,
            "updated_at": stamp, "assignee_id": ticket["assignee_id"], "group_id": ticket["group_id"],
            "requester_id": ticket["requester_id"],
        }  # fmt: skip
        store.execute("DELETE FROM ratings WHERE ticket_id=?", ticket_id)
        store.execute("INSERT INTO ratings VALUES (?, ?, ?)", doc["id"], ticket_id, dump(doc))
        tickets.save(store, {**ticket, "satisfaction_rating": {"id": doc["id"], "score": score, "comment": comment}})
    return doc


def every(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM ratings ORDER BY id")


def matching(docs: list[Doc], score: str | None, since: str | None) -> list[Doc]:
    """By a score as the list knows them: `bad`, `received_with_comment`, `good_without_comment` and so on."""
    kind, _, with_words = (score or "received").partition("_with")
    found = [doc for doc in docs if kind in ("received", doc["score"])]
    if with_words:
        found = [doc for doc in found if bool(doc["comment"]) == (with_words == "_comment")]
    return [doc for doc in found if since is None or doc["created_at"] >= since]

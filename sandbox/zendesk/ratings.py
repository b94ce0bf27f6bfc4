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
        given = f"{score}_with_comment" if comment else score
        stamp = store.stamp()
        doc: Doc = {
            "id": store.next_id(), "ticket_id": ticket_id, "score": score if not comment else given, "comment": comment,
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
    """`received_with_comment`, `bad` and so on; an unknown score matches nothing."""
    kind = (score or "").removeprefix("received_").removeprefix("received")
    found = [doc for doc in docs if kind in ("", doc["score"], doc["score"].partition("_")[0]) or _about(doc, kind)]
    return [doc for doc in found if since is None or doc["created_at"] >= since]


def _about(doc: Doc, kind: str) -> bool:
    said = bool(doc["comment"])
    return {"with_comment": said, "without_comment": not said, "good_without_comment": not said and doc["score"] == "good",
            "bad_without_comment": not said and doc["score"] == "bad"}.get(kind, False)  # fmt: skip

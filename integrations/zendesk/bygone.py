"""A ticket of Zendesk's export as a first look reads it: how the customer began, without a request for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.governance.bygone import Bygone
from integrations.zendesk.ticket import whole

Doc = dict[str, Any]


def bygone(doc: Doc) -> Bygone | None:
    """None: deleted, or without words."""
    text = whole(doc.get("description")).strip()
    if doc.get("status") == "deleted" or not text:
        return None
    return Bygone(
        ticket=str(doc["id"]),
        created_at=datetime.fromisoformat(doc["created_at"]),
        changed_at=datetime.fromisoformat(doc["updated_at"]),
        subject=whole(doc.get("subject")),
        text=text,
        tags=tuple(map(str, doc.get("tags") or ())),
        theirs=doc.get("submitter_id") == doc.get("requester_id"),
    )

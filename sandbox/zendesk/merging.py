"""Two tickets become one: the sources are closed and point to the target."""

from __future__ import annotations

from sandbox.zendesk import events, markup, tickets, updates
from sandbox.zendesk.access import Caller
from sandbox.zendesk.change import Change, NewComment
from sandbox.zendesk.errors import invalid
from sandbox.zendesk.state import Doc, Store

TAG = "closed_by_merge"


def merge(store: Store, target_id: int, source_ids: list[int], said: Doc, who: Caller) -> Doc:
    """All or nothing. Comments are internal unless the caller says otherwise."""
    with store.write():
        target = tickets.get(store, target_id)
        if target_id in source_ids or target["status"] == "closed":
            raise invalid("base", "Ticket merge failed: the target is closed or among the sources")
        for source_id in source_ids:
            _close(store, source_id, target_id, said, who)
        text = (
            said.get("target_comment")
            or f"Requests {', '.join(f'#{one}' for one in source_ids)} were merged into this one"
        )
        comment = _comment(who, text, public=bool(said.get("target_comment_is_public")))
        updates.update(store, target_id, Change(comment=comment), who)
    return {"action": "merge", "id": target_id, "status": "Merged"}


def _close(store: Store, source_id: int, target_id: int, said: Doc, who: Caller) -> None:
    source = tickets.get(store, source_id)
    text = said.get("source_comment") or f"This request was closed and merged into request #{target_id}"
    comment = _comment(who, text, public=bool(said.get("source_comment_is_public")))
    fields = {"status": "closed", "tags": [*source["tags"], TAG]}
    closed, _audit = updates.update(store, source_id, Change(fields, comment), who)
    events.tell(store, closed, "merged", {"target_ticket_id": str(target_id)}, who)


def _comment(who: Caller, text: str, *, public: bool) -> NewComment:
    return NewComment(who.user, markup.from_text(text), public)

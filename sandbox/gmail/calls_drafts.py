"""Drafts: made, replaced, sent, deleted."""

from __future__ import annotations

from sandbox.gmail import drafts, shapes
from sandbox.gmail.call import Call, must_be_free_to_send, page, raw_of, thread_of
from sandbox.gmail.search import matches
from sandbox.gmail.state import Doc


def _message(call: Call) -> Doc:
    found = call.body.get("message")
    return found if isinstance(found, dict) else {}


def create_draft(call: Call) -> Doc:
    return _saved(call, None)


def update_draft(call: Call) -> Doc:
    return _saved(call, call.id())


def _saved(call: Call, draft_id: str | None) -> Doc:
    message = _message(call)
    saved = drafts.save(call.store, call.mailbox, raw_of(message), thread_of(call, message), draft_id)
    return shapes.written_draft(saved, drafts.draft(call.store, call.mailbox, saved))


def get_draft(call: Call) -> Doc:
    return shapes.draft(call.id(), drafts.draft(call.store, call.mailbox, call.id()), call.form())


def list_drafts(call: Call) -> Doc:
    q = call.parameters.get("q") or ""
    found = [pair for pair in drafts.every(call.store, call.mailbox) if matches(pair[1], q, [], hidden=True)]
    shown, following = page(call, found)
    docs = [{"id": draft_id, "message": shapes.brief(one)} for draft_id, one in shown]
    return shapes.listed("drafts", docs, following, len(found))


def delete_draft(call: Call) -> None:
    drafts.delete(call.store, call.mailbox, call.id())


def send_draft(call: Call) -> Doc:
    must_be_free_to_send(call)
    named, message = call.body.get("id"), _message(call)
    with call.store.write():
        if named is None:
            return shapes.written(
                drafts.send(call.store, call.mailbox, raw_of(message), thread_of(call, message), "api")
            )
        if message.get("raw"):
            drafts.save(call.store, call.mailbox, raw_of(message), thread_of(call, message), str(named))
        return shapes.written(drafts.send_one(call.store, call.mailbox, str(named), "api"))

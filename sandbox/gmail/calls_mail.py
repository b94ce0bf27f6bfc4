"""Messages and threads."""

from __future__ import annotations

from sandbox.gmail import drafts, mailbox, mime, shapes
from sandbox.gmail.call import Call, must_be_free_to_send, page, raw_of, thread_of
from sandbox.gmail.errors import invalid
from sandbox.gmail.mailbox import Mail
from sandbox.gmail.search import matches
from sandbox.gmail.state import Doc


def _found(call: Call) -> list[Mail]:
    q, labels = call.parameters.get("q") or "", call.parameters.get("labelIds") or []
    hidden = call.parameters.get("includeSpamTrash") is True
    return [one for one in mailbox.everything(call.store, call.mailbox) if matches(one, q, labels, hidden=hidden)]


def list_messages(call: Call) -> Doc:
    found = _found(call)
    shown, following = page(call, found)
    return shapes.listed("messages", [shapes.brief(one) for one in shown], following, len(found))


def get_message(call: Call) -> Doc:
    return shapes.message(call.named(), call.form(), call.parameters.get("metadataHeaders") or ())


def get_attachment(call: Call) -> Doc:
    one = mailbox.mail(call.store, call.mailbox, str(call.parameters["messageId"]))
    number = call.id().removeprefix("ANGjdJ").replace("_", ".")
    for index, part in enumerate(one.parsed.walk()):
        content = part.get_payload(decode=True)
        if part.get_filename() and isinstance(content, bytes) and number in (str(index), str(index - 1), "0"):
            return {"size": len(content), "data": mime.encode(content)}
    raise invalid("Invalid attachment token")


def _relabelled(call: Call, found: list[Mail]) -> list[Mail]:
    add, remove = tuple(call.body.get("addLabelIds") or ()), tuple(call.body.get("removeLabelIds") or ())
    with call.store.write():
        return [mailbox.relabel(call.store, one, add, remove) for one in found]


def modify_message(call: Call) -> Doc:
    return shapes.written(_relabelled(call, [call.named()])[0])


def trash_message(call: Call) -> Doc:
    with call.store.write():
        return shapes.written(mailbox.relabel(call.store, call.named(), ("TRASH",), ("INBOX",)))


def delete_message(call: Call) -> None:
    with call.store.write():
        mailbox.delete(call.store, call.named())


def send_message(call: Call) -> Doc:
    raw = raw_of(call.body)
    must_be_free_to_send(call)
    with call.store.write():
        return shapes.written(drafts.send(call.store, call.mailbox, raw, thread_of(call, call.body), "api"))


def list_threads(call: Call) -> Doc:
    threads = {one.thread: one for one in reversed(_found(call))}  # the newest of each stands for it
    found = sorted(threads.values(), key=lambda one: (-one.at, one.id))
    shown, following = page(call, found)
    docs = [{"id": one.thread, "snippet": mime.snippet(one.parsed), "historyId": str(one.history)} for one in shown]
    return shapes.listed("threads", docs, following, len(found))


def get_thread(call: Call) -> Doc:
    found = mailbox.thread(call.store, call.mailbox, call.id())
    wanted = call.parameters.get("metadataHeaders") or ()
    messages = [shapes.message(one, call.form(), wanted) for one in found]
    return {"id": call.id(), "historyId": str(max(one.history for one in found)), "messages": messages}


def modify_thread(call: Call) -> Doc:
    found = _relabelled(call, mailbox.thread(call.store, call.mailbox, call.id()))
    return {"id": call.id(), "messages": [shapes.written(one) for one in found]}

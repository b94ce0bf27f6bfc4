"""The mailbox itself: profile, watch, labels, history, addresses."""

from __future__ import annotations

import json

from sandbox.gmail import mailbox, push, shapes
from sandbox.gmail.call import Call, page
from sandbox.gmail.errors import GoogleError, invalid, not_found
from sandbox.gmail.state import Doc


def get_profile(call: Call) -> Doc:
    found = mailbox.everything(call.store, call.mailbox)
    return {
        "emailAddress": call.mailbox,
        "messagesTotal": len(found),
        "threadsTotal": len({one.thread for one in found}),
        "historyId": str(call.store.newest_history_id()),
    }


def watch(call: Call) -> Doc:
    if not call.body.get("topicName"):
        raise invalid("Invalid topicName does not match projects/<project>/topics/<topic>")
    return push.watch(call.store, call.mailbox, call.body)


def stop(call: Call) -> None:
    push.stop(call.store, call.mailbox)


def list_labels(call: Call) -> Doc:
    return {"labels": mailbox.labels(call.store, call.mailbox)}


def get_label(call: Call) -> Doc:
    found = next((one for one in mailbox.labels(call.store, call.mailbox) if one["id"] == call.id()), None)
    if found is None:
        raise not_found()
    holding = [one for one in mailbox.everything(call.store, call.mailbox) if found["id"] in one.labels]
    unread = [one for one in holding if "UNREAD" in one.labels]
    return {
        **found, "messagesTotal": len(holding), "messagesUnread": len(unread),
        "threadsTotal": len({one.thread for one in holding}), "threadsUnread": len({one.thread for one in unread}),
    }  # fmt: skip


def create_label(call: Call) -> Doc:
    name = str(call.body.get("name") or "")
    if not name or any(one["name"].lower() == name.lower() for one in mailbox.labels(call.store, call.mailbox)):
        raise GoogleError(409, "Label name exists or conflicts", "aborted") if name else invalid("Invalid label name")
    with call.store.write():
        return mailbox.add_label(call.store, call.mailbox, f"Label_{call.store.next('next_label', 1)}", name)


def list_history(call: Call) -> Doc:
    """Raises GoogleError 404 where the start lies before the horizon."""
    start = call.parameters.get("startHistoryId")
    if start is None or not str(start).isdigit():
        raise invalid("Missing or invalid startHistoryId")
    if int(start) < int(call.store.meta("horizon", 0)):
        raise not_found()
    sql = "SELECT id, kind, doc FROM history WHERE mailbox=? AND id>? ORDER BY id"
    rows = [(one, kind, json.loads(text)) for one, kind, text in call.store.rows(sql, call.mailbox, int(start))]
    label, kinds = call.parameters.get("labelId"), call.parameters.get("historyTypes") or list(_TYPES)
    wanted = {_TYPES[kind] for kind in kinds}
    found = [row for row in rows if row[1] in wanted and (label is None or label in row[2]["message"]["labelIds"])]
    shown, following = page(call, found)
    records = [_record(*row) for row in shown]
    return {**shapes.listed("history", records, following), "historyId": str(call.store.newest_history_id())}


_TYPES = {
    "messageAdded": "messagesAdded", "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded", "labelRemoved": "labelsRemoved",
}  # fmt: skip


def _record(history_id: int, kind: str, doc: Doc) -> Doc:
    told = {key: doc["message"][key] for key in ("id", "threadId")}
    return {"id": str(history_id), "messages": [told], kind: [doc]}


def get_vacation(call: Call) -> Doc:
    return {"enableAutoReply": call.store.meta("vacation", False) is True}


def list_aliases(call: Call) -> Doc:
    found = mailbox.profile(call.store, call.mailbox)
    docs = [
        {
            "sendAsEmail": alias, "displayName": found["name"], "replyToAddress": "", "isPrimary": alias == call.mailbox,
            "isDefault": alias == call.mailbox, "treatAsAlias": True, "verificationStatus": "accepted",
        }
        for alias in found["aliases"]
    ]  # fmt: skip
    return {"sendAs": docs}

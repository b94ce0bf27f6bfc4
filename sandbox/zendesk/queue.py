"""Deliveries that wait: rows written in the transaction of their cause, so that a kill loses none."""

from __future__ import annotations

import os
import time
from typing import Any

from sandbox.zendesk import faults
from sandbox.zendesk.state import Doc, Store, dump

WAITING = "waiting"
UNDER_WAY = "under way"
HELD = "held"  # the announcement of a seed, until the app listens
HEAD_START = 0.3
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid() -> str:
    number = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10))
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def put(store: Store, event: Doc) -> None:
    """Queue an event for each webhook that wants it, once or, where a fault says so, more than once, late, out of
    order or not at all.
    """
    for webhook_id in listening(store, event["type"]):
        _put(store, webhook_id, event)


def listening(store: Store, kind: str) -> list[str]:
    found = store.docs("SELECT doc FROM webhooks ORDER BY rowid")
    return [doc["id"] for doc in found if doc["status"] == "active" and kind in doc["subscriptions"]]


def _put(store: Store, webhook_id: str, event: Doc) -> None:
    ticket = int(event["subject"].rpartition(":")[2])
    lost = faults.strike(store, "webhook_drop", ticket)
    late = faults.strike(store, "webhook_delay", ticket)
    again = faults.strike(store, "webhook_duplicate", ticket)
    due = store.now() + (late["seconds"] if late else 0.0)
    held = _held_back(store, ticket)
    if lost:
        # "Maybe lost, maybe late": with `seconds` a throttled event is tried again after all.
        insert(store, webhook_id, event, due + lost["seconds"] if lost["seconds"] else None, lost["status"])
        return
    copies = 1 + (again["copies"] if again else 0)
    ids = [insert(store, webhook_id, event, due + (held or 0.0), WAITING) for _copy in range(copies)]
    if held is not None:
        store.set_meta("held_back", ids)


def _held_back(store: Store, ticket: int) -> float | None:
    """Every second event waits until its successor has overtaken it, `seconds` at most; None: this one does not."""
    fault = faults.strike(store, "webhook_reorder", ticket)
    if fault is None:
        return None
    overtaken = store.meta("held_back", [])
    store.set_meta("held_back", [])
    for invocation in overtaken:
        sql = "UPDATE invocations SET due=? WHERE id=? AND status=?"
        store.execute(sql, store.now() + HEAD_START, invocation, WAITING)
    return None if overtaken else float(fault["seconds"] or 5.0)


def insert(store: Store, webhook_id: str, event: Doc, due: float | None, status: str) -> str:
    invocation = ulid()
    doc = {"event": event, "webhook_id": webhook_id, "attempts": 0, "created_at": store.stamp()}
    store.execute("INSERT INTO invocations VALUES (?, ?, ?, ?)", invocation, due, status, dump(doc))
    return invocation


def take(store: Store, most: int) -> list[tuple[str, Doc]]:
    """What is due, marked as under way. With nothing due nothing is written: each write wakes the thread that asks."""
    due = next_due(store)
    if due is None or due > store.now():
        return []
    with store.write():
        sql = "SELECT id FROM invocations WHERE due <= ? ORDER BY due, rowid LIMIT ?"
        taken = [(invocation, get(store, invocation)) for (invocation,) in store.rows(sql, store.now(), most)]
        for invocation, _doc in taken:
            store.execute("UPDATE invocations SET due=NULL, status=? WHERE id=?", UNDER_WAY, invocation)
    return taken


def resume(store: Store) -> None:
    """What was under way when the process ended is due again: the app may get it twice, never not at all."""
    with store.write():
        sql = "UPDATE invocations SET due=?, status=? WHERE status=?"
        store.execute(sql, store.now(), WAITING, UNDER_WAY)


def next_due(store: Store) -> float | None:
    found: float | None = store.rows("SELECT min(due) FROM invocations")[0][0]
    return found


def get(store: Store, invocation: str) -> Doc:
    return store.docs("SELECT doc FROM invocations WHERE id=?", invocation)[0]


def settle(store: Store, invocation: str, doc: Doc, attempt: Doc, status: str, due: float | None) -> None:
    """Write down one attempt and what follows from it."""
    with store.write():
        good = attempt["status_code"] is not None and attempt["status_code"] < 300
        row = (invocation, doc["webhook_id"], store.now(), good, dump(attempt))
        store.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?)", *row)
        tried = dump({**doc, "attempts": doc["attempts"] + 1})
        store.execute("UPDATE invocations SET due=?, status=?, doc=? WHERE id=?", due, status, tried, invocation)


def give_up(store: Store, invocation: str, status: str) -> None:
    """Without an attempt: lost, and the log says why."""
    with store.write():
        store.execute("UPDATE invocations SET due=NULL, status=? WHERE id=?", status, invocation)


def release(store: Store, seconds_between: float) -> int:
    """The announcements of the seeds become due, one after the other."""
    with store.write():
        held = store.rows("SELECT id FROM invocations WHERE status=? ORDER BY rowid", HELD)
        for number, (invocation,) in enumerate(held):
            due = store.now() + number * seconds_between
            store.execute("UPDATE invocations SET due=?, status=? WHERE id=?", due, WAITING, invocation)
    return len(held)


def history(store: Store, limit: int = 200) -> list[dict[str, Any]]:
    """Newest first, with every attempt."""
    shown = []
    for invocation, status in store.rows("SELECT id, status FROM invocations ORDER BY rowid DESC LIMIT ?", limit):
        doc = get(store, invocation)
        tries = store.docs("SELECT doc FROM attempts WHERE invocation_id=? ORDER BY rowid", invocation)
        event = doc["event"]
        shown.append({
            "id": invocation, "webhook_id": doc["webhook_id"], "status": status, "type": event["type"], "event_id": event["id"],
            "subject": event["subject"], "created_at": doc["created_at"], "attempts": tries,
        })  # fmt: skip
    return shown

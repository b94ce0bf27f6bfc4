"""Pub/Sub: a hint that a mailbox changed, signed, at least once, sometimes late, sometimes never."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime

import requests

from sandbox.gmail import faults
from sandbox.gmail.signing import Signer
from sandbox.gmail.state import Doc, Store, dump

SUBSCRIPTION = "projects/local/subscriptions/countersign"
TOPIC = "projects/local/topics/gmail"
WATCH_DAYS = 7
A_SECOND = 1.0  # for each mailbox; what comes faster is dropped
AGAIN = 1.0
TIMEOUT = 10.0


def watch(store: Store, mailbox: str, wanted: Doc) -> Doc:
    """For seven days; the first notification comes at once."""
    with store.write():
        until = int((store.now() + WATCH_DAYS * 86400) * 1000)
        store.set_meta(f"watch:{mailbox}", {"labels": wanted.get("labelIds") or [], "until": until})
        _publish(store, mailbox, store.newest_history_id(), 0.0)
    return {"historyId": str(store.newest_history_id()), "expiration": str(until)}


def stop(store: Store, mailbox: str) -> None:
    with store.write():
        store.set_meta(f"watch:{mailbox}", None)


def announce(store: Store, mailbox: str, history_id: int, labels: tuple[str, ...]) -> None:
    """Inside the transaction of the change."""
    standing = store.meta(f"watch:{mailbox}")
    if standing is None or standing["until"] < store.now() * 1000:
        return
    if standing["labels"] and not set(standing["labels"]) & set(labels):
        return
    if faults.strike(store, "push_drop", "push") or _too_soon(store, mailbox):
        return
    late = faults.strike(store, "push_delay", "push")
    doubled = faults.strike(store, "push_duplicate", "push")
    for _ in range(1 + (int(doubled["copies"]) if doubled else 0)):
        _publish(store, mailbox, history_id, float(late["seconds"]) if late else 0.0)


def _too_soon(store: Store, mailbox: str) -> bool:
    """At most one event a second for each mailbox, where the setting `limit_pushes` asks for it."""
    if not store.meta("limit_pushes", False):
        return False
    last = float(store.meta(f"pushed:{mailbox}", 0.0))
    if store.now() - last < A_SECOND:
        return True
    store.set_meta(f"pushed:{mailbox}", store.now())
    return False


def _publish(store: Store, mailbox: str, history_id: int, wait: float) -> None:
    doc = {"emailAddress": mailbox, "historyId": history_id}
    store.execute(
        "INSERT INTO pushes VALUES (?, ?, ?)", store.next("next_push", 2070443601311540), store.now() + wait, dump(doc)
    )


def body(store: Store, push_id: int, doc: Doc) -> Doc:
    """As Pub/Sub posts it; `historyId` as a number where the setting `history_as_number` says so."""
    number = doc["historyId"]
    told = {**doc, "historyId": number if store.meta("history_as_number", False) else str(number)}
    stamp = datetime.fromtimestamp(store.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    data = base64.b64encode(json.dumps(told).encode()).decode()
    message = {
        "data": data,
        "messageId": str(push_id),
        "message_id": str(push_id),
        "publishTime": stamp,
        "publish_time": stamp,
    }
    return {"message": message, "subscription": SUBSCRIPTION}


class Publisher:
    """One thread that posts what is due, again until it is acknowledged."""

    def __init__(self, store: Store, signer: Signer, endpoint: str) -> None:
        self._store, self._signer, self._endpoint = store, signer, endpoint
        self._stop = threading.Event()
        self._session = requests.Session()
        self._session.trust_env = False
        self._thread = threading.Thread(target=self._run, name="pushes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._store.changed.set()
        self._thread.join()
        self._session.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._store.changed.clear()
            for push_id, doc in self._due():
                self._post(push_id, doc)
            self._store.changed.wait(self._pause())

    def _due(self) -> list[tuple[int, Doc]]:
        rows = self._store.rows("SELECT id, doc FROM pushes WHERE due<=? ORDER BY due, id", self._store.now())
        return [(push_id, json.loads(text)) for push_id, text in rows]

    def _pause(self) -> float:
        (soonest,) = self._store.rows("SELECT min(due) FROM pushes")[0]
        return 1.0 if soonest is None else min(1.0, max(0.01, soonest - self._store.now()))

    def _post(self, push_id: int, doc: Doc) -> None:
        if self._stop.is_set():
            return
        headers = {"Authorization": f"Bearer {self._signer.push_token(self._endpoint)}"}
        try:
            answer = self._session.post(
                self._endpoint, json=body(self._store, push_id, doc), headers=headers, timeout=TIMEOUT
            )
            acknowledged = answer.status_code in (102, 200, 201, 202, 204)
        except requests.RequestException:
            acknowledged = False
        with self._store.write():
            if acknowledged:
                self._store.execute("DELETE FROM pushes WHERE id=?", push_id)
            else:
                self._store.execute("UPDATE pushes SET due=? WHERE id=?", self._store.now() + AGAIN, push_id)

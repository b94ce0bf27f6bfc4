"""The sender: signs at send time, delivers in the background, retries by Zendesk's rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import requests

from sandbox.zendesk import breaker, events, hooks, queue
from sandbox.zendesk.state import Doc, Store

TIMEOUT = 12.0
AT_ONCE = 8
RETRIES_AFTER_TIMEOUT = 5
RETRIES_AFTER_CONFLICT = 3
LONGEST_RETRY_AFTER = 60
LONGEST_BACKOFF = 30.0


def sign(secret: str, timestamp: str, raw: bytes) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode() + raw, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def headers(webhook: Doc, invocation: str, timestamp: str, raw: bytes) -> dict[str, str]:
    return {
        **hooks.proof(webhook),
        "X-Zendesk-Account-Id": str(events.ACCOUNT_ID),
        "X-Zendesk-Webhook-Id": webhook["id"],
        "X-Zendesk-Webhook-Invocation-Id": invocation,
        "X-Zendesk-Webhook-Signature": sign(webhook["secret"], timestamp, raw),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        "User-Agent": "Zendesk Webhook",
        "Content-Type": "application/json; charset=utf-8",
    }


class Sender:
    """One thread that looks for due deliveries, a few that make them. A REST call never waits for either."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, "webhook")
        self._local = threading.local()
        self._free = threading.Semaphore(AT_ONCE)
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        queue.resume(self._store)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._store.changed.set()
        self._thread.join()
        self._pool.shutdown()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._store.changed.clear()
            while self._free.acquire(timeout=0.2) and self._one_on_its_way():
                pass
            self._store.changed.wait(self._pause())

    def _one_on_its_way(self) -> bool:
        """With a free hand: take one delivery, if one is due."""
        for invocation, doc in queue.take(self._store, 1):
            self._pool.submit(self._deliver, invocation, doc).add_done_callback(self._finished)
            return True
        self._free.release()
        return False

    def _finished(self, done: Future[None]) -> None:
        self._free.release()
        done.result()  # a fault of ours is logged by the pool, not lost

    def _pause(self) -> float:
        due = queue.next_due(self._store)
        return 1.0 if due is None else min(1.0, max(0.01, due - self._store.now()))

    def _deliver(self, invocation: str, doc: Doc) -> None:
        webhook = next((one for one in hooks.every(self._store) if one["id"] == doc["webhook_id"]), None)
        if webhook is None:
            queue.give_up(self._store, invocation, "terminated")
        elif breaker.is_open(self._store, webhook["id"]):
            queue.give_up(self._store, invocation, breaker.BROKEN)
        else:
            self._attempt(webhook, invocation, doc)

    def _attempt(self, webhook: Doc, invocation: str, doc: Doc) -> None:
        raw = events.raw(doc["event"])
        timestamp = self._store.stamp()
        attempt: Doc = {"at": timestamp, "status_code": None, "error": None, "retry_after": None}
        try:
            answer = self._session().post(
                webhook["endpoint"], data=raw, headers=headers(webhook, invocation, timestamp, raw),
                timeout=TIMEOUT, allow_redirects=False,
            )  # fmt: skip
            attempt |= {"status_code": answer.status_code, "retry_after": answer.headers.get("Retry-After")}
        except requests.RequestException as error:
            attempt["error"] = type(error).__name__
        status, wait = fate(attempt, doc["attempts"])
        due = None if wait is None else self._store.now() + wait
        queue.settle(self._store, invocation, doc, attempt, status, due)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        session: requests.Session = self._local.session
        return session


def fate(attempt: Doc, earlier: int) -> tuple[str, float | None]:
    """The status of the invocation, and after how many seconds it is tried again."""
    code = attempt["status_code"]
    if code is None:
        return _again(earlier, RETRIES_AFTER_TIMEOUT, min(2.0**earlier, LONGEST_BACKOFF))
    if 200 <= code < 300:
        return "success", None
    if code == 409:
        return _again(earlier, RETRIES_AFTER_CONFLICT, min(2.0**earlier, LONGEST_BACKOFF))
    if code in (429, 503):
        seconds = attempt["retry_after"] or ""
        if seconds.isdigit() and int(seconds) < LONGEST_RETRY_AFTER:
            return _again(earlier, RETRIES_AFTER_TIMEOUT, float(seconds))
        return "failed", None
    return "terminated", None


def _again(earlier: int, most: int, wait: float) -> tuple[str, float | None]:
    return (queue.WAITING, wait) if earlier < most else ("failed", None)

"""The wire to Gmail: one try a request, to one address only; and what its refusals mean, in our words."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httplib2
import requests
from requests.adapters import HTTPAdapter

from app.grants import TokenStore
from app.host import LONGEST_WAIT, AccessLost, HostError, NotAllowed

SLOWER = 30.0  # seconds: where a refusal names none
PERMANENT = frozenset({400, 404, 405, 409, 410, 413, 415, 501})  # the same request would be refused again
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"})
A_MINUTE, ALLOWED = 60.0, 6000  # units of one mailbox, as Google counts them
RESERVED = 0.25  # of them, for what people wait for
UNITS = {
    "drafts.send": 100, "watch": 100, "stop": 50, "threads.get": 40, "messages.get": 20, "drafts.get": 20,
    "attachments.get": 20, "drafts.update": 15, "drafts.create": 10, "drafts.delete": 10, "threads.modify": 10,
    "messages.list": 5, "drafts.list": 5, "labels.create": 5, "history.list": 2,
}  # fmt: skip


class NotThere(HostError):
    """404: deleted, sent meanwhile, never there, or not ours to see."""


class Budget:
    """The units that this process has used of a mailbox's minute. Sends go first; nobody sleeps."""

    def __init__(self, allowed: int = ALLOWED, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = allowed
        self._clock = clock
        self._used = deque[tuple[float, int]]()
        self._slow_until = 0.0
        self._lock = threading.Lock()
        self.total = 0

    def note(self, method: str) -> None:
        with self._lock:
            self._used.append((self._clock(), UNITS.get(method, 1)))
            self.total += UNITS.get(method, 1)

    def slow_down(self, seconds: float) -> None:
        """Gmail said so: other processes use the same mailbox, and theirs are not counted here.

        For a minute at most, and then it is asked anew: a day's sends that are used up may be hours away, and customers'
        mail, with whatever is urgent in it, is read all the same.
        """
        with self._lock:
            self._slow_until = max(self._slow_until, self._clock() + min(seconds, A_MINUTE))

    def stand_back(self) -> None:
        """Call before a background read."""
        with self._lock:
            seconds = self._wait()
        if seconds > 0:
            raise HostError("Gmail's quota is nearly used up: replies go first", retry_after=seconds)

    def _wait(self) -> float:
        """Until so much of it is old that background reads fit in again."""
        now = self._clock()
        while self._used and self._used[0][0] <= now - A_MINUTE:
            self._used.popleft()
        over = sum(units for _, units in self._used) - self._allowed * (1 - RESERVED)
        until = self._slow_until
        for at, units in self._used:
            if over <= 0:
                break
            over, until = over - units, max(until, at + A_MINUTE)
        return until - now


class OneTry:
    """What google-api-python-client takes for an httplib2: each request goes out once and follows nothing.

    httplib2 repeats a request of any kind when the connection breaks before the answer, and google-auth's wrapper
    repeats it after a 401. A reply that is sent twice cannot be taken back.
    """

    def __init__(self, base_url: str, tokens: TokenStore, timeout: float) -> None:
        self._base = urlsplit(base_url)
        self._tokens = tokens
        self._timeout = timeout
        self._session = requests.Session()
        self._session.mount("https://", HTTPAdapter(max_retries=0))
        self._session.mount("http://", HTTPAdapter(max_retries=0))
        self._session.trust_env = self._base.scheme == "https"  # no proxy stands between us and this machine
        self.token = ""  # that the last request bore

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> tuple[httplib2.Response, bytes]:
        """As httplib2's."""
        parts = urlsplit(uri)
        if (parts.scheme, parts.netloc) != (self._base.scheme, self._base.netloc):
            raise HostError("Gmail's answer points to another host: not followed")
        self.token = self._tokens.access_token()
        told = {**(headers or {}), "Authorization": f"Bearer {self.token}"}
        told.pop("content-length", None)  # requests counts for itself
        answer = self._session.request(
            method, uri, data=body, headers=told, timeout=self._timeout, allow_redirects=False
        )
        return httplib2.Response({**answer.headers, "status": answer.status_code}), answer.content

    def close(self) -> None:
        """Ends the request's session: used by tests and by the client when a fork shares it no more."""
        self._session.close()


def refusal(status: int, headers: Mapping[str, str], content: bytes) -> HostError:
    """An answer outside 2xx in our words."""
    reason = _reason(content)
    if status == requests.codes.not_found:
        return NotThere("Gmail has no such thing any more (404)", permanent=True)
    if status == requests.codes.unauthorized:
        return AccessLost("Gmail does not accept our token (401): it was revoked or has expired. Connect Gmail again")
    if status == requests.codes.too_many_requests or reason in TOO_FAST:
        return HostError(f"Gmail asks us to slow down ({status})", retry_after=_seconds(headers) or SLOWER)
    if status == requests.codes.forbidden:
        return NotAllowed(f"Gmail does not allow this (403 {reason}): check the scopes and whose mailbox it is")
    lasting = status in PERMANENT and reason != "failedPrecondition"  # the mailbox is closed, perhaps for a while
    return HostError(f"Gmail refused ({status} {reason})", permanent=lasting, retry_after=_seconds(headers))


def _reason(content: bytes) -> str:
    """Google's word for it, which is one of a list; its sentences may quote what a customer wrote."""
    try:
        found = json.loads(content)["error"]["errors"][0]["reason"]
    except (ValueError, KeyError, TypeError, IndexError):
        return ""
    return found if isinstance(found, str) and found.isascii() and found.isalpha() else ""


def _seconds(headers: Mapping[str, str]) -> float:
    told = str(headers.get("retry-after") or headers.get("Retry-After") or "")
    return min(float(told), LONGEST_WAIT.total_seconds()) if told.isascii() and told.isdigit() else 0.0

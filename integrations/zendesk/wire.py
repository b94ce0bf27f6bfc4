"""The wire to Zendesk: one try a request, to one address only; and what its refusals mean, in our words."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from app.grants import TokenStore
from app.host import LONGEST_WAIT, AccessLost, HostError, NotAllowed, StaleFence

SLOWER = 30.0  # seconds: after a 429 that names none
MOST_WARNINGS = 100
RESERVED = 0.25  # of the account's limit, for what people wait for
PERMANENT = frozenset({400, 404, 405, 410, 413, 415, 422})  # the same request would be refused again


class NotThere(HostError):
    """404: deleted, merged away, never there, or not ours to see."""


class BearerOfTheMoment(AuthBase):
    """Ask for the token at each request: a refresh replaces it at any time."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._tokens.access_token()}"
        return request


def bearer(response: requests.Response) -> str:
    """The token that the request bore."""
    return response.request.headers.get("Authorization", "").removeprefix("Bearer ")


class Budget:
    """What the account's rate limit leaves for this minute, as Zendesk's last answer to this process told.

    Sends go first: what is read in the background stands back when little is left. Nobody sleeps.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._of, self._until = 1.0, 1.0, 0.0

    def note(self, headers: Mapping[str, str]) -> None:
        """Read it from the headers; where they do not tell, nothing is known and nobody stands back."""
        left = headers.get("ratelimit-remaining") or headers.get("X-Rate-Limit-Remaining") or ""
        of = headers.get("ratelimit-limit") or headers.get("X-Rate-Limit") or ""
        resets = headers.get("ratelimit-reset") or "60"
        if all(text.isascii() and text.isdigit() for text in (left, of, resets)):
            self._left, self._of, self._until = float(left), float(of), self._clock() + min(float(resets), 60)

    def stand_back(self) -> None:
        """Call before a background read."""
        seconds = self._until - self._clock()
        if seconds > 0 and self._left < self._of * RESERVED:
            raise HostError("Zendesk's rate limit is nearly used up: replies go first", retry_after=seconds)


class OneTrySession(requests.Session):
    """Each request goes out once, to one address only, and follows nothing.

    zenpy would otherwise mount urllib3's retries, which repeat a PUT whose answer was lost, and follow the page links
    of an answer wherever they point, token included.
    """

    def __init__(self, base_url: str, tokens: TokenStore, headers: Mapping[str, str], budget: Budget) -> None:
        super().__init__()
        self._budget = budget
        self._base = urlsplit(base_url)
        self.mount("https://", HTTPAdapter(max_retries=0))
        self.mount("http://", HTTPAdapter(max_retries=0))
        self.auth = BearerOfTheMoment(tokens)
        self.headers.update(headers)
        self.trust_env = self._base.scheme == "https"  # no proxy stands between us and this machine
        self.authorized = True  # zenpy: the session brings its own authorisation
        self.answer: requests.Response | None = None

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests, but pinned to our host; zenpy always says https, a sandbox may not."""
        parts = urlsplit(str(url))
        if parts.netloc != self._base.netloc:
            raise HostError("Zendesk's answer points to another host: not followed")
        self.answer = None
        pinned = urlunsplit(parts._replace(scheme=self._base.scheme))
        self.answer = super().request(method, pinned, *args, **(kwargs | {"allow_redirects": False}))
        self._budget.note(self.answer.headers)
        _warn_once(self.answer.headers.get("X-Zendesk-API-Warn"))
        return self.answer


_warned = set[str]()
log = logging.getLogger(__name__)


def _warn_once(text: str | None) -> None:
    """A property that Zendesk dropped without a word: it names our own keys, no customer's text."""
    if text and text not in _warned and len(_warned) < MOST_WARNINGS:
        _warned.add(text)
        log.warning("Zendesk ignores a part of our requests: %s", text[:300])


def refusal(response: requests.Response | None) -> HostError:
    """An answer outside 2xx in our words. Branch on the status only: the texts are not documented."""
    status = response.status_code if response is not None else 0
    if status == requests.codes.conflict:
        return StaleFence("Zendesk refused: the ticket changed meanwhile (409)")
    if status == requests.codes.not_found:
        return NotThere("Zendesk has no such record (404)", permanent=True)
    if status == requests.codes.unauthorized:
        return AccessLost(
            "Zendesk does not accept our token (401): it was revoked or has expired. Connect Zendesk again"
        )
    if status == requests.codes.forbidden:
        return NotAllowed("Zendesk does not allow this (403): check the scopes of the token and the role of its user")
    if status == requests.codes.too_many_requests:
        return slow_down(response)
    why = required_fields(response) if status == requests.codes.unprocessable else ""
    return HostError(f"Zendesk refused ({status}){why}", permanent=status in PERMANENT, retry_after=_seconds(response))


def required_fields(response: requests.Response | None) -> str:
    """Zendesk's own words on the ticket's fields, for the agent. Not on anything that a customer may have written."""
    try:
        told = response.json()["details"] if response is not None else {}
        entries = [entry for key in ("base", "status") for entry in told.get(key) or ()]
        words = "; ".join(str(entry["description"]) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return f": {words[:300]}" if words else ""


def slow_down(response: requests.Response | None) -> HostError:
    """429: the work waits for as long as Zendesk says, where it says so."""
    return HostError("Zendesk asks us to slow down (429)", retry_after=_seconds(response) or SLOWER)


def _seconds(response: requests.Response | None) -> float:
    """`Retry-After`, which may be missing, a date, or absurd."""
    told = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(told), LONGEST_WAIT.total_seconds()) if told.isascii() and told.isdigit() else 0.0

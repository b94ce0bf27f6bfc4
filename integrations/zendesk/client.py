"""The calls we make to Zendesk: the only file that knows zenpy, its traps and its errors."""

from __future__ import annotations

import itertools
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, TicketAudit
from zenpy.lib.exception import APIException, RatelimitBudgetExceeded, ZenpyException

from app.grants import TokenStore
from app.host import AccessLost, HostError
from integrations.zendesk.wire import Budget, OneTrySession, bearer, refusal, slow_down

Doc = dict[str, Any]

MOST_RECORDS = 10_000  # of one ticket; Zendesk stops at 5,000 comments
AT_ONCE = 100  # ids in one show_many


logging.getLogger("zenpy").setLevel(logging.INFO)  # its debug lines are whole requests and answers


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as read. `aged`: by Zendesk's own clock its stamp's second was over: any later change bears another."""

    ticket: Doc
    aged: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What the host made of an update. `ignored`: its own words about properties that it dropped."""

    ticket: Doc
    audit: Doc
    ignored: str | None


class ZendeskClient:
    """Plain dictionaries in and out; every failure is a HostError. Safe to share between threads.

    `base_url` is `https://acme.zendesk.com`, or `http://127.0.0.1:8001` for a sandbox. `headers` are sent with every
    call: the three marketplace headers, where they are needed.
    """

    def __init__(
        self, base_url: str, tokens: TokenStore, *, headers: Mapping[str, str] | None = None, timeout: float = 10.0
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"https", "http"} or "." not in parts.netloc or parts.path.strip("/"):
            raise ValueError(f"a Zendesk address looks like https://acme.zendesk.com, not like {base_url!r}")
        if parts.scheme == "http" and not (parts.hostname or "").startswith("127."):
            raise ValueError("plain http is for a sandbox on 127.0.0.1 only: the token would travel in the open")
        self.base_url = f"{parts.scheme}://{parts.netloc}"
        self._tokens = tokens
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._local = threading.local()
        self._budget = Budget()

    def ticket(self, ticket: int) -> Seen:
        with self._call() as zendesk:
            doc = _doc(zendesk.tickets(id=ticket))
            moment = datetime.fromisoformat(doc["updated_at"])  # raises unless it is a time
            date = self._header("Date")
            return Seen(doc, aged=bool(date) and parsedate_to_datetime(date) >= moment + timedelta(seconds=1))

    def comments(self, ticket: int) -> list[Doc]:
        """Oldest first, all pages."""
        with self._call() as zendesk:
            return _all(zendesk.tickets.comments(ticket))

    def audits(self, ticket: int) -> list[Doc]:
        """Oldest first, all pages."""
        with self._call() as zendesk:
            return _all(zendesk.tickets.audits(ticket, include=""))  # None would be sent as the word "None"

    def users(self, ids: Iterable[int]) -> list[Doc]:
        """Those of them that there are."""
        wanted = sorted(set(ids))
        with self._call() as zendesk:
            parts = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
            return [user for part in parts for user in _all(zendesk.users(ids=part))]

    def user(self, user: int) -> Doc:
        with self._call() as zendesk:
            return _doc(zendesk.users(id=user))

    def users_by_email(self, email: str) -> list[Doc]:
        with self._call() as zendesk:
            found = _all(zendesk.users.search(query=f"email:{email}"))
        return [user for user in found if str(user.get("email")).lower() == email.lower()]  # the search is fuzzy

    def staff(self) -> list[Doc]:
        """Agents and admins who may sign in."""
        with self._call() as zendesk:
            found = _all(zendesk.users(role=["agent", "admin"]))
        return [user for user in found if user.get("active") is not False and not user.get("suspended")]

    def group(self, group: int) -> Doc:
        with self._call() as zendesk:
            return _doc(zendesk.groups(id=group))

    def read(self, path: str) -> Doc:
        """What zenpy has no word for: one GET, `/apps/installations/77`."""
        with self._call():
            answer = self._local.session.request("GET", f"{self.base_url}/api/v2{path}.json", timeout=self._timeout)
            answer.raise_for_status()
            found = answer.json()
            if not isinstance(found, dict):
                raise HostError("Zendesk's answer cannot be read")
            return found

    def ask(self, method: str, path: str, body: Doc | None = None) -> None:
        """What zenpy has no word for, and whose answer says nothing more than that it was done."""
        with self._call():
            url = f"{self.base_url}/api/v2{path}.json"
            self._local.session.request(method, url, json=body, timeout=self._timeout).raise_for_status()

    def rules(self, kind: str) -> list[Doc]:
        """All triggers or automations."""
        self.stand_back()
        with self._call() as zendesk:
            return _all(getattr(zendesk, kind)())

    def changed_since(self, start: int, most: int) -> list[Doc]:
        """Tickets of the incremental export, oldest change first. Nothing of the last minute is ever in it."""
        self.stand_back()
        with self._call() as zendesk:
            pages = zendesk.tickets.incremental(start_time=start, per_page=min(most, 1000))
            return [_doc(ticket) for ticket in itertools.islice(pages, most)]

    def export_page(self, cursor: str | None, start: int, most: int) -> tuple[list[Doc], str, bool]:
        """One page of the incremental export by cursor, `start` for the first: (tickets, where the next begins, is it the last)."""
        self.stand_back()
        with self._call() as zendesk:
            if cursor:
                page = zendesk.tickets.incremental(cursor=cursor, per_page=most)
            else:
                page = zendesk.tickets.incremental(start_time=start, per_page=most)
            return [_doc(ticket) for ticket in page.process_page()], page.after_cursor or "", page.end_of_stream is True

    def stand_back(self) -> None:
        """Call before a background read: with little of the rate limit left it raises, and replies go first."""
        self._budget.stand_back()

    def update(self, ticket: int, comment: Doc | None = None, **fields: Any) -> Written:
        """One PUT. Only a 2xx with ticket and audit is an answer; StaleFence is a 409; all else means "unknown"."""
        body = Ticket(id=ticket, **fields)
        if comment is not None:
            body.comment = Comment(**comment)
        with self._call() as zendesk:
            answer = zendesk.tickets.update(body)
            if not isinstance(answer, TicketAudit):
                raise HostError("Zendesk's answer to the update cannot be read")
            return Written(_doc(answer.ticket), _doc(answer.audit), self._header("X-Zendesk-API-Warn"))

    def add_tag(self, ticket: int, tag: str) -> None:
        """The endpoint that adds; `ticket.tags` would replace all the others."""
        with self._call() as zendesk:
            zendesk.tickets.add_tags(ticket, [tag])

    def remove_tag(self, ticket: int, tag: str) -> None:
        with self._call() as zendesk:
            zendesk.tickets.delete_tags(ticket, [tag])

    def _header(self, name: str) -> Any:
        answer = self._local.session.answer
        return None if answer is None else answer.headers.get(name)

    def _zendesk(self) -> Zenpy:
        """A zenpy of this thread's own: it keeps the object being written in a shared field, and another thread's
        answer would empty ours before it is serialised.
        """
        if getattr(self._local, "process", None) != os.getpid():  # a fork must not share its parent's sockets
            self._local.process = os.getpid()
            # zenpy composes its host from two parts; forcing it by environment would bend every client of the process.
            subdomain, _, domain = urlsplit(self.base_url).netloc.partition(".")
            self._local.session = OneTrySession(self.base_url, self._tokens, self._headers, self._budget)
            self._local.zendesk = Zenpy(
                subdomain=subdomain,
                domain=domain,
                session=self._local.session,
                timeout=self._timeout,
                disable_cache=True,  # a cached ticket has a stale stamp
                ratelimit_budget=1,  # spent by the first second: never sleep, never repeat after a 429
            )
        return self._local.zendesk

    @contextmanager
    def _call(self) -> Iterator[Zenpy]:
        """`from None`: the words of zenpy's own errors are whole answers, customers' messages included."""
        try:
            yield self._zendesk()
        except RatelimitBudgetExceeded:
            raise slow_down(self._local.session.answer) from None
        except (APIException, requests.HTTPError) as error:
            raise self._refusal(error.response) from None
        except requests.RequestException as error:
            raise HostError(f"Zendesk did not answer: {type(error).__name__}") from None
        except (ZenpyException, ValueError, TypeError, KeyError, AttributeError) as error:
            # zenpy stumbles in many ways over an answer that is not the JSON it expects, or a Retry-After that is a date
            if self._header("Retry-After") is not None:
                raise slow_down(self._local.session.answer) from None
            raise HostError(f"Zendesk's answer cannot be read: {type(error).__name__}") from None

    def _refusal(self, response: requests.Response | None) -> HostError:
        """A 401 may only mean that another process has just replaced the token that we sent."""
        found = refusal(response)
        if isinstance(found, AccessLost) and response is not None and self._tokens.refused(bearer(response)):
            return HostError("Zendesk's token was renewed meanwhile", retry_after=1.0)
        return found


def _doc(thing: Any) -> Doc:
    """A zenpy object as the dictionary that it came from."""
    doc: Doc = thing.to_dict()
    return doc


def _all(things: Iterable[Any]) -> list[Doc]:
    docs = [_doc(thing) for thing in itertools.islice(things, MOST_RECORDS + 1)]
    if len(docs) > MOST_RECORDS:
        raise HostError("Zendesk's answer has no end", permanent=True)
    return docs

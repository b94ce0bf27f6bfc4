"""The calls we make to Gmail: the only file that knows google-api-python-client, its traps and its errors."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import httplib2
import requests
from googleapiclient import errors
from googleapiclient.discovery import build_from_document

from app.grants import TokenStore
from app.host import AccessLost, HostError
from integrations.gmail.wire import Budget, NotThere, OneTry, refusal

Doc = dict[str, Any]

GOOGLE = "https://gmail.googleapis.com"
MOST_PAGES = 100
LARGEST_TEXT = 2_000_000  # bytes of a body that Gmail shows only by reference: more characters than anybody reads

logging.getLogger("googleapiclient").setLevel(logging.WARNING)  # its other lines are whole requests


class GmailClient:
    """Plain dictionaries in and out; every failure is a HostError. One mailbox: the one whose token it is.

    Safe to share between threads. `base_url` is Google's, or `http://127.0.0.1:8002` for a sandbox.
    """

    def __init__(self, tokens: TokenStore, *, base_url: str = GOOGLE, timeout: float = 10.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"a Gmail address looks like {GOOGLE}, not like {base_url!r}")
        if parts.scheme == "http" and not parts.hostname.startswith("127."):
            raise ValueError("plain http is for a sandbox on 127.0.0.1 only: the token would travel in the open")
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._tokens = tokens
        self._timeout = timeout
        self._local = threading.local()
        self.budget = Budget()

    # --- the mailbox -------------------------------------------------------------------------------------------------
    def profile(self) -> Doc:
        return self._call("getProfile", lambda users: users.getProfile(userId="me"))

    def history(self, start: str, kinds: Sequence[str], page: str | None) -> Doc | None:
        """A page of what happened after that id. None: Gmail does not remember so far back."""
        asked = {"userId": "me", "startHistoryId": start, "historyTypes": list(kinds), "maxResults": 500}
        try:
            return self._call("history.list", lambda users: users.history().list(**asked, pageToken=page))
        except NotThere:
            return None

    def listed(self, label: str | None, after: datetime, page: str | None, before: datetime | None = None) -> Doc:
        """A page of the messages with that label since then; None: of all but spam and what was thrown away."""
        self.budget.stand_back()
        until = f" before:{int(before.timestamp())}" if before else ""
        asked = {"userId": "me", "q": f"after:{int(after.timestamp())}{until}", "maxResults": 500}
        asked |= {"labelIds": [label]} if label else {}
        return self._call("messages.list", lambda users: users.messages().list(**asked, pageToken=page))

    def labels(self) -> list[Doc]:
        found = self._call("labels.list", lambda users: users.labels().list(userId="me"))
        return list(found.get("labels", []))

    def create_label(self, name: str) -> Doc:
        return self._call("labels.create", lambda users: users.labels().create(userId="me", body={"name": name}))

    def aliases(self) -> list[Doc]:
        """The addresses that this mailbox may send as."""
        found = self._call("sendAs.list", lambda users: users.settings().sendAs().list(userId="me"))
        return list(found.get("sendAs", []))

    def vacation(self) -> Doc:
        return self._call("getVacation", lambda users: users.settings().getVacation(userId="me"))

    def watch(self, topic: str) -> Doc:
        """Notifications of all changes, for seven days."""
        return self._call("watch", lambda users: users.watch(userId="me", body={"topicName": topic}))

    def stop(self) -> None:
        self._call("stop", lambda users: users.stop(userId="me"))

    # --- reading -----------------------------------------------------------------------------------------------------
    def thread(self, thread: str, form: str = "full") -> Doc:
        """Its messages oldest first, drafts and deleted ones included. Large bodies are fetched with it."""
        asked = {"userId": "me", "id": thread, "format": form}
        found = self._call("threads.get", lambda users: users.threads().get(**asked))
        for message in found.get("messages", []):
            self._complete(message)
        return found

    def message(self, message: str) -> Doc:
        """One alone, at half the price of its thread. Raises NotThere."""
        found = self._call("messages.get", lambda users: users.messages().get(userId="me", id=message))
        self._complete(found)
        return found

    def _complete(self, message: Doc) -> None:
        for part in texts_apart(message.get("payload") or {}):
            if int(part["body"].get("size") or 0) <= LARGEST_TEXT:
                part["body"]["data"] = self._attachment(message["id"], part["body"]["attachmentId"])

    def _attachment(self, message: str, attachment: str) -> str:
        asked = {"userId": "me", "messageId": message, "id": attachment}
        found = self._call("attachments.get", lambda users: users.messages().attachments().get(**asked))
        return str(found.get("data", ""))

    def drafts(self) -> list[Doc]:
        """All of the mailbox: `{"id", "message": {"id", "threadId"}}`."""
        found, page = list[Doc](), None
        for _ in range(MOST_PAGES):
            told = self._drafts_page(page)
            found += told.get("drafts", [])
            page = told.get("nextPageToken")
            if not page:
                return found
        raise HostError("Gmail's list of drafts has no end")

    def _drafts_page(self, page: str | None) -> Doc:
        asked = {"userId": "me", "maxResults": 500, "pageToken": page}
        return self._call("drafts.list", lambda users: users.drafts().list(**asked))

    def draft(self, draft: str) -> Doc:
        """As it stands now. Raises NotThere."""
        asked = {"userId": "me", "id": draft, "format": "raw"}
        return self._call("drafts.get", lambda users: users.drafts().get(**asked))

    # --- writing, each one request ------------------------------------------------------------------------------------
    def create_draft(self, thread: str, raw: bytes) -> Doc:
        body = {"message": {"threadId": thread, "raw": encoded(raw)}}
        return self._call("drafts.create", lambda users: users.drafts().create(userId="me", body=body))

    def delete_draft(self, draft: str) -> None:
        self._call("drafts.delete", lambda users: users.drafts().delete(userId="me", id=draft))

    def send_draft(self, draft: str) -> Doc:
        """Exactly as it stands. Any failure but a clear refusal means "unknown"."""
        return self._call("drafts.send", lambda users: users.drafts().send(userId="me", body={"id": draft}))

    def relabel(self, thread: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        body = {"addLabelIds": list(add), "removeLabelIds": list(remove)}
        asked = {"userId": "me", "id": thread, "body": body}
        self._call("threads.modify", lambda users: users.threads().modify(**asked))

    # --- inside ------------------------------------------------------------------------------------------------------
    def _call(self, name: str, ask: Callable[[Any], Any]) -> Doc:
        """`num_retries=0`, and a transport that repeats nothing by itself."""
        self.budget.note(name)
        transport = self._transport()
        with self._spoken(transport):
            return _doc(ask(_users(self._base)).execute(http=transport, num_retries=0))

    def _transport(self) -> OneTry:
        """This thread's own: a fork must not share its parent's sockets."""
        if getattr(self._local, "process", None) != os.getpid():
            self._local.process = os.getpid()
            self._local.transport = OneTry(self._base, self._tokens, self._timeout)
        transport: OneTry = self._local.transport
        return transport

    @contextmanager
    def _spoken(self, transport: OneTry) -> Iterator[None]:
        """`from None`: the words of those errors may quote a customer's."""
        try:
            yield
        except errors.HttpError as error:
            found = refusal(int(error.resp.status), error.resp, error.content)
            if found.retry_after:
                self.budget.slow_down(found.retry_after)
            if isinstance(found, AccessLost) and self._tokens.refused(transport.token):
                found = HostError("Gmail's token was renewed meanwhile", retry_after=1.0)
            raise found from None
        except requests.RequestException as error:
            raise HostError(f"Gmail did not answer: {type(error).__name__}") from None
        except (errors.Error, httplib2.HttpLib2Error, ValueError, TypeError, KeyError) as error:
            raise HostError(f"Gmail's answer cannot be read: {type(error).__name__}") from None


@cache
def _users(base: str) -> Any:
    """Google's own description, its addresses replaced by ours: batch and uploads would go to Google otherwise."""
    text = files("googleapiclient").joinpath("discovery_cache/documents/gmail.v1.json").read_text(encoding="utf-8")
    here = {**json.loads(text), "rootUrl": f"{base}/", "baseUrl": f"{base}/"}
    here.pop("mtlsRootUrl", None)
    return build_from_document(here, http=httplib2.Http()).users()


def _doc(found: Any) -> Doc:
    """Calls without an answer of their own are given as they came: nothing, or an empty object."""
    doc = json.loads(found) if isinstance(found, str | bytes) and found.strip() else found or {}
    if not isinstance(doc, dict):
        raise TypeError("no object")
    return doc


def texts_apart(part: Doc) -> Iterator[Doc]:
    """Text that people read and Gmail shows only by reference, because it is long, and that is not here yet."""
    body = part.get("body") or {}
    is_text = str(part.get("mimeType", "")).startswith("text/") and not part.get("filename")
    if is_text and body.get("attachmentId") and not body.get("data"):
        yield part
    for inner in part.get("parts") or ():
        yield from texts_apart(inner)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def decoded(data: object) -> bytes:
    """Base64 in either alphabet, padded or not; what is none is empty."""
    text = str(data or "").rstrip("=").translate(str.maketrans("+/", "-_"))
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""

"""What changed in a mailbox since our own cursor: every page, and the whole mailbox anew where Gmail forgot so much."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from app.host import Arrival, Changes, HostError, TicketRef

Doc = Mapping[str, Any]
FIRST_LOOK = timedelta(days=1)  # what a newly connected mailbox catches up with
BACK = timedelta(days=31)  # Gmail keeps spam for 30 days: mail may be moved into the inbox so late
KINDS = ("messageAdded", "messageDeleted", "labelAdded")
LISTED = ("INBOX", "SENT")  # a person's own reply ends the waiting, so it is news as well
_NOT_MAIL = frozenset({"DRAFT", "SPAM", "TRASH", "CHAT"})


class Box(Protocol):
    """What is read of a mailbox here, a page at a time, as Gmail answers. Each raises HostError."""

    def profile(self) -> Doc:
        """With the history id of this moment."""
        ...

    def history(self, start: str, kinds: Sequence[str], page: str | None) -> Doc | None:
        """After that id. None: Gmail does not remember so far back."""
        ...

    def listed(self, label: str, after: datetime, page: str | None, /) -> Doc:
        """The messages with that label since then."""
        ...


def changes(box: Box, name: str, cursor: str | None, now: datetime) -> Changes:
    """Every arrival since the cursor, which the caller moves with the rows: a page that fails moves nothing.

    The cursor is a history id and when it was read. An arrival has the id of its message in its delivery key, so what
    is announced twice, or found again by a whole look, adds nothing.
    """
    if cursor is None:
        return _whole(box, name, now - FIRST_LOOK, now)
    start, read_at = _parsed(cursor, now)
    found = _since(box, name, start) if start else None
    if found is None:
        return _whole(box, name, min(read_at, now) - BACK, now)
    arrivals, newest = found
    return Changes(tuple(arrivals), _cursor(max(int(start), newest), now))


def _since(box: Box, name: str, start: str) -> tuple[list[Arrival], int] | None:
    arrivals, newest, page, pages = list[Arrival](), None, None, set[str]()
    while True:
        told = box.history(start, KINDS, page)
        if told is None:
            return None
        # The first page's: what came while the others were read may be in none of them.
        newest = _number(told.get("historyId")) if newest is None else newest
        for record in _list(told, "history"):
            arrivals += _of_record(name, record)
        page = _next(told, pages)
        if page is None:
            return arrivals, newest


def _whole(box: Box, name: str, since: datetime, now: datetime) -> Changes:
    """The history id first, then the list: what comes in between is found twice and not never."""
    newest = _number(box.profile().get("historyId"))
    found = [
        _message(name, doc) if _is_readable({"message": doc}) else _unusable(doc)
        for label in LISTED
        for doc in _listed(box, label, since)
    ]
    return Changes(tuple({arrival.delivery_key: arrival for arrival in found}.values()), _cursor(newest, now))


def _listed(box: Box, label: str, since: datetime) -> Iterator[Doc]:
    page, pages = None, set[str]()
    while True:
        told = box.listed(label, since, page)
        yield from _list(told, "messages")
        page = _next(told, pages)
        if page is None:
            return


def _next(told: Doc, before: set[str]) -> str | None:
    page = told.get("nextPageToken")
    if not page:
        return None
    if page in before:
        raise HostError("Gmail shows the same page again and again")
    before.add(page)
    return str(page)


# --- records -------------------------------------------------------------------------------------------------------------
def _of_record(name: str, record: Any) -> Iterator[Arrival]:
    """Of one step of the history. What cannot be read is shown to people and never passed over."""
    entries = [(kind, entry) for kind in _READ for entry in _list(record, kind)] if isinstance(record, Mapping) else []
    if not isinstance(record, Mapping) or not all(_is_readable(entry) for _, entry in entries):
        yield _unusable(record)
    for kind, entry in entries:
        if _is_readable(entry) and (arrival := _READ[kind](name, entry, _step(record))) is not None:
            yield arrival


def _step(record: Any) -> str:
    return str(record.get("id")) if isinstance(record, Mapping) else ""


def _added(name: str, entry: Doc, _step: str) -> Arrival | None:
    return _message(name, entry["message"]) if _is_mail(entry["message"]) else None


def _labelled(name: str, entry: Doc, step: str) -> Arrival | None:
    """Moved into the inbox, or thrown away by somebody, perhaps for the second time: the thread is read again."""
    moved = _labels(entry) & {"INBOX", "TRASH"}
    draft = "DRAFT" in _labels(entry["message"])
    return _again(name, entry, f"{'-'.join(sorted(moved)).lower()}:{step}") if moved and not draft else None


def _deleted(name: str, entry: Doc, _step: str) -> Arrival | None:
    """For good: our copy of a customer's words goes too. A draft comes and goes with each change of it."""
    labels = _labels(entry["message"])
    return None if "DRAFT" in labels else _again(name, entry, "deleted", removed=bool(labels & {"INBOX", "TRASH"}))


_READ: Mapping[str, Callable[[str, Doc, str], Arrival | None]] = {
    "messagesAdded": _added,
    "labelsAdded": _labelled,
    "messagesDeleted": _deleted,
}


def _list(doc: Doc, key: str) -> list[Any]:
    """Gmail leaves out what is empty."""
    found = doc.get(key, [])
    return found if isinstance(found, list) else [found]


def _is_readable(entry: Any) -> bool:
    message = entry.get("message") if isinstance(entry, Mapping) else None
    return isinstance(message, Mapping) and bool(message.get("id")) and bool(message.get("threadId"))


def _labels(doc: Doc) -> frozenset[str]:
    return frozenset(map(str, _list(doc, "labelIds")))


def _is_mail(message: Doc) -> bool:
    """In the inbox or sent by somebody. Drafts are never work, ours least of all; unknown labels are looked at."""
    labels = _labels(message)
    return not labels or (not labels & _NOT_MAIL and bool(labels & frozenset(LISTED)))


def _message(name: str, message: Doc) -> Arrival:
    return Arrival(f"message:{message['id']}", "message", TicketRef(name, str(message["threadId"])))


def _again(name: str, entry: Doc, what: str, *, removed: bool = False) -> Arrival:
    message, kind = entry["message"], what.partition(":")[0]
    return Arrival(f"{what}:{message['id']}", kind, TicketRef(name, str(message["threadId"])), removed=removed)


def _unusable(record: Any) -> Arrival:
    raw = json.dumps(record, sort_keys=True, default=str).encode()
    return Arrival(f"unusable:{raw.decode()}", "unusable", raw=raw)


# --- the cursor ----------------------------------------------------------------------------------------------------------
def _cursor(history_id: int, now: datetime) -> str:
    return f"{history_id} {now.astimezone(UTC).isoformat(timespec='seconds')}"


def _parsed(cursor: str, now: datetime) -> tuple[str, datetime]:
    """An id that cannot be read is as good as one that Gmail forgot."""
    history_id, _, moment = cursor.partition(" ")
    try:
        return history_id if history_id.isascii() and history_id.isdigit() else "", datetime.fromisoformat(moment)
    except ValueError:
        return "", now


def _number(value: object) -> int:
    """Ids are strings here and numbers there; anything else would lose our place."""
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).isdigit():
        return int(value)
    raise HostError("Gmail told no history id")

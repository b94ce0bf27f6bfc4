"""One call that was let in, and what several kinds of calls ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.gmail import mailbox, mime, shapes
from sandbox.gmail.errors import GoogleError, invalid, sending_limit
from sandbox.gmail.mailbox import Mail
from sandbox.gmail.state import Doc, Store

RAW_LIMIT = 36_700_160
DAY = 86400


@dataclass(frozen=True)
class Call:
    """One call that was let in: whose mailbox, with which parameters."""

    store: Store
    mailbox: str
    parameters: dict[str, Any]
    body: Doc

    def id(self) -> str:
        return str(self.parameters["id"])

    def form(self) -> str:
        return str(self.parameters.get("format") or "full")

    def named(self) -> Mail:
        """The message of this mailbox that `id` names."""
        return mailbox.mail(self.store, self.mailbox, self.id())


def page(call: Call, found: list[Any]) -> tuple[list[Any], str | None]:
    return shapes.page(found, int(call.parameters.get("maxResults") or 100), call.parameters.get("pageToken"))


def raw_of(message: Doc) -> bytes:
    raw = mime.decode(message.get("raw"))
    if len(raw) > RAW_LIMIT:
        raise invalid("Message size exceeds the limit")
    return raw


def thread_of(call: Call, message: Doc) -> str | None:
    """Raises GoogleError 400: a wrong thread is the caller's fault."""
    wanted = message.get("threadId")
    if wanted is None:
        return None
    try:
        mailbox.thread(call.store, call.mailbox, str(wanted))
    except GoogleError as error:
        raise invalid("Invalid thread_id value") from error
    return str(wanted)


def must_be_free_to_send(call: Call) -> None:
    most = call.store.meta("sends_a_day")
    sent = call.store.rows("SELECT count(*) FROM messages WHERE mailbox=? AND at>? AND labels LIKE '%\"SENT\"%'",
                           call.mailbox, (call.store.now() - DAY) * 1000)[0][0]  # fmt: skip
    if most is not None and sent >= most:
        raise sending_limit()

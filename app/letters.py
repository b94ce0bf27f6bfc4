"""Letters: a customer's message from a file, as a ticket with one comment, for judging without any host."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, Message, MIMEPart
from email.policy import EmailPolicy
from email.utils import parseaddr
from typing import Any

from app.governance import foreign
from app.host import Comment, Person, Ticket, TicketRef

_HOST = "file"
LONGEST_HEADER = 2000


class Unreadable(Exception):
    """What is wrong with the input, in one line."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `html` None: plain text only."""

    id: str
    subject: str
    text: str
    html: str | None
    sender: str
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[str, ...] = ()

    def as_ticket(self, now: datetime) -> Ticket:
        """The ticket that this message would open."""
        name, address = _named(self.sender)
        author = Person(id=address or "unknown", name=name or address or "the customer", email=address or None)
        comment = Comment(
            id=self.id,
            author=author,
            public=True,
            text=self.text,
            html=self.html,
            created_at=now,
            attachments=self.attachments,
            flags=(),
            headers=self.headers,
        )
        return Ticket(
            ref=TicketRef(_HOST, self.id),
            subject=self.subject,
            status="new",
            queue_keys=(),
            requester=author,
            cc=(),
            participants=(author.id,),
            comments=(comment,),
            url="",
            fence="",
        )


def from_json(value: Any, where: str) -> Letter:
    """`{"id","subject","text","from"}`; only `text` is needed. Raises Unreadable."""
    if not isinstance(value, Mapping) or not isinstance(value.get("text"), str):
        raise Unreadable(f'{where}: wants an object with a string "text"')
    fields = {name: value.get(name) or "" for name in ("id", "subject", "from")}
    for name, field in fields.items():
        if not isinstance(field, (str, int)):
            raise Unreadable(f'{where}: "{name}" wants a string')
    return Letter(str(fields["id"] or where), str(fields["subject"]), value["text"], None, str(fields["from"]))


def from_bytes(raw: bytes, where: str) -> Letter:
    """A mail, a JSON object or plain text, told apart by what it is. Raises Unreadable."""
    if b"\x00" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(f"{where}: binary, not a message")
    if raw.lstrip()[:1] == b"{":
        try:
            return from_json(foreign.from_json(raw), where)
        except json.JSONDecodeError as error:
            raise Unreadable(f"{where}: line {error.lineno}: not JSON ({error.msg})") from error
        except ValueError as error:
            raise Unreadable(f"{where}: not JSON ({error})") from error
    if where.endswith(".eml") or _looks_like_mail(raw):
        try:
            return _mail(raw, where)
        except RecursionError as error:
            raise Unreadable(f"{where}: its headers are nested too deeply") from error
    return Letter(where, "", raw.decode("utf-8", "replace"), None, "")


def _looks_like_mail(raw: bytes) -> bool:
    head = raw.partition(b"\n\n")[0].replace(b"\r", b"").lower()
    return any(line.startswith((b"from:", b"message-id:", b"received:")) for line in head.split(b"\n"))


def _named(sender: str) -> tuple[str, str]:
    """Name and address; a sender that is nested too deeply to be read is nobody."""
    try:
        return parseaddr(sender[:LONGEST_HEADER])
    except RecursionError:
        return "", ""


class _Bounded(HeaderRegistry):
    """Reading an address list takes the square of its length, so whoever sends an endless one gets its beginning read.

    A list that Python's own reader stumbles over (a group within a group) is read as the words that it is.
    """

    def __call__(self, name: str, value: Any) -> Any:
        words = str(value)[:LONGEST_HEADER]
        try:
            return super().__call__(name, words)
        except (AttributeError, LookupError, TypeError, ValueError, MessageError):
            return super().__call__("words", words)


_POLICY = EmailPolicy(header_factory=_Bounded())


def _mail(raw: bytes, where: str) -> Letter:
    parsed = email.message_from_bytes(raw, policy=_POLICY)
    assert isinstance(parsed, EmailMessage)  # noqa: S101 - the default policy makes nothing else
    headers = tuple((name, str(value)) for name, value in parsed.items())
    html = _content(parsed.get_body(("html",)))
    text = _content(parsed.get_body(("plain",))) or ""
    names = tuple(_names(parsed))
    subject, sender = str(parsed.get("Subject", "")), str(parsed.get("From", ""))
    return Letter(where, subject, text, html, sender, headers, names)


def _names(parsed: EmailMessage) -> Iterator[str]:
    """Every part that is no body, by its name or else its type. What a forwarded mail holds is not looked into."""
    parts: list[MIMEPart] = [parsed]
    while parts:
        part = parts.pop(0)
        name, kind = part.get_filename(), part.get_content_type()
        if part.get_content_maintype() == "multipart":
            parts[:0] = part.iter_parts()  # a calendar's part is often an alternative to the text
        elif name or kind not in ("text/plain", "text/html"):
            yield name or kind


def _content(part: Message | None) -> str | None:
    """The text of a part; an unknown charset is read as far as it goes."""
    if part is None:
        return None
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or "utf-8"
    try:
        return raw.decode(charset, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")

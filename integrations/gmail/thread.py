"""A thread's messages as Gmail shows them: labels, headers, words; odd charsets and missing parts included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.gmail import marker
from integrations.gmail.addressees import pairs
from integrations.gmail.client import decoded, texts_apart

Doc = dict[str, Any]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of a thread as Gmail shows it."""

    doc: Doc

    @property
    def id(self) -> str:
        return str(self.doc.get("id"))

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(self.doc.get("labelIds") or ())

    @property
    def headers(self) -> Headers:
        found = (self.doc.get("payload") or {}).get("headers") or ()
        return tuple((str(one.get("name")), whole(one.get("value"))) for one in found)

    @property
    def is_draft(self) -> bool:
        return "DRAFT" in self.labels

    @property
    def is_sent(self) -> bool:
        return "SENT" in self.labels and not self.is_draft

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(int(self.doc.get("internalDate") or 0) / 1000, UTC)

    @property
    def sign(self) -> marker.Sign | None:
        """Of a reply that a Countersign sent or is about to."""
        return marker.sign(self.headers, marker.ANSWER)

    @property
    def offer(self) -> marker.Sign | None:
        """Of a draft that a Countersign left for people."""
        return marker.sign(self.headers, marker.OFFER)

    @property
    def is_partial(self) -> bool:
        """Some of its words were too many to be fetched."""
        return any(texts_apart(self.doc.get("payload") or {}))

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def addresses(self, *names: str) -> tuple[tuple[str, str], ...]:
        """(name, address in lower case) of those headers."""
        values = [value for key, value in self.headers if key.lower() in {name.lower() for name in names}]
        return tuple((name, address.strip().lower()) for name, address in pairs(values) if "@" in address)


def mails(thread: Doc) -> tuple[Mail, ...]:
    """Oldest first, chats left out."""
    found = [Mail(doc) for doc in thread.get("messages") or () if "CHAT" not in (doc.get("labelIds") or ())]
    return tuple(sorted(found, key=lambda mail: (mail.at, mail.id)))


def whole(text: object) -> str:
    """Text that can be written down: half of a cut emoji is legal in JSON and nowhere else."""
    return str(text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def words(mail: Mail) -> tuple[str, str, tuple[str, ...]]:
    """Plain text, HTML and the names of what is attached. A mail shown in HTML is read as it is shown."""
    plain, markup, names = list[str](), list[str](), list[str]()
    for part in _parts(mail.doc.get("payload") or {}):
        kind, name = str(part.get("mimeType", "")), whole(part.get("filename"))
        if name or kind not in {"text/plain", "text/html"}:
            if name or not kind.startswith("multipart/"):
                names.append(name or kind)
        else:
            (markup if kind == "text/html" else plain).append(_text(part))
    return "\n".join(plain), "\n".join(markup) if "".join(markup).strip() else "", tuple(names)


def _parts(part: Doc) -> Iterable[Doc]:
    yield part
    for inner in part.get("parts") or ():
        yield from _parts(inner)


def _text(part: Doc) -> str:
    """Gmail gives UTF-8 whatever it came in; what it could not read stays visible as odd signs."""
    return decoded((part.get("body") or {}).get("data")).decode("utf-8", "replace")

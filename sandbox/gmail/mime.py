"""Raw mail and how Gmail shows it: a tree of parts, headers decoded, bodies in base64url."""

from __future__ import annotations

import base64
import binascii
import email
import html
import re
from email.header import decode_header, make_header
from email.message import Message

from sandbox.documents import Doc
from sandbox.gmail.errors import invalid

_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")


def parse(raw: bytes) -> Message:
    return email.message_from_bytes(raw)  # the lenient policy: a header that nobody can read stays as it is


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def decode(raw: object) -> bytes:
    """What a client sent as `raw`. Raises GoogleError 400."""
    text = raw if isinstance(raw, str) else ""
    try:
        found = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid value for ByteString") from error
    if not found:
        raise invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
    return found


def header(message: Message, name: str) -> str:
    """The first of that name, decoded; empty where there is none."""
    return _words(message[name]) if message[name] is not None else ""


def addresses(*values: str) -> tuple[str, ...]:
    """In lower case, each once."""
    return tuple(dict.fromkeys(found.lower() for value in values for found in _ADDRESS.findall(value)))


def subject(message: Message) -> str:
    """Without Re: and Fwd:, for comparing."""
    return (
        re.sub(r"^(?:\s*(?:re|aw|fwd?|wg|rv|tr)\s*:)+\s*", "", header(message, "Subject"), flags=re.I).strip().lower()
    )


def references(message: Message) -> set[str]:
    return set(re.findall(r"<[^<>\s]+>", f"{message['In-Reply-To'] or ''} {message['References'] or ''}"))


def payload(message: Message, part_id: str = "") -> Doc:
    """MessagePart: what `format=full` shows."""
    doc: Doc = {
        "partId": part_id,
        "mimeType": message.get_content_type(),
        "filename": message.get_filename() or "",
        "headers": [{"name": name, "value": _words(value)} for name, value in message.items()],
    }
    if message.is_multipart():
        doc["body"] = {"size": 0}
        parts = message.get_payload()
        doc["parts"] = [payload(one, f"{part_id}.{n}".lstrip(".")) for n, one in enumerate(parts)]
        return doc
    content = _content(message)
    doc["body"] = {"size": len(content), **_data(doc, content)}
    return doc


def _data(doc: Doc, content: bytes) -> Doc:
    if doc["filename"]:
        return {"attachmentId": f"ANGjdJ{doc['partId'].replace('.', '_') or '0'}"}
    return {"data": encode(content)} if content else {}


def _content(message: Message) -> bytes:
    """Text as UTF-8 whatever it came in; everything else as it is."""
    found = message.get_payload(decode=True)
    data = found if isinstance(found, bytes) else b""
    if message.get_content_maintype() != "text":
        return data
    try:
        return data.decode(message.get_content_charset() or "utf-8", "replace").encode()
    except LookupError:
        return data.decode("utf-8", "replace").encode()


def text(message: Message) -> str:
    """The first plain part, or the first HTML part without its tags: for snippets, searches and the ledger."""
    parts = [part for part in message.walk() if part.get_content_maintype() == "text" and not part.get_filename()]
    plain = [part for part in parts if part.get_content_subtype() == "plain"]
    chosen = (plain or parts)[:1]
    found = _content(chosen[0]).decode() if chosen else ""
    return found if plain else html.unescape(re.sub(r"<[^>]*>", " ", found))


def shown(part: Message) -> str:
    """One part's text, whatever it came in."""
    return _content(part).decode()


def snippet(message: Message) -> str:
    return html.escape(" ".join(text(message).split())[:190], quote=True)


def _words(value: object) -> str:
    """RFC 2047 words as text; what cannot be read stays as it came."""
    try:
        return str(make_header(decode_header(str(value)))).replace("\r\n", "").replace("\n", "")
    except (LookupError, UnicodeError, ValueError, binascii.Error):
        return str(value)

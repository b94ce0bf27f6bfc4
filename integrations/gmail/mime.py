"""A reply as mail: who gets it, in which thread, in which words. Nothing that a customer wrote can add a header."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage

from app.host import HostError
from integrations.gmail import marker

LONGEST_SUBJECT = 400
MOST_REFERENCES = 50  # the first and the newest tell the thread
_ID = re.compile(r"<[^<>\s]+>")
_AGAIN = re.compile(r"^\s*re\s*:", re.I)
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@]{1,64}@[^\s<>,;:\"()\[\]\\@]{1,190}")


@dataclass(frozen=True, slots=True)
class Parent:
    """What is replied to: the newest mail of the customer, and the thread's subject."""

    message_id: str
    references: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One reply before it is mail."""

    sender: str
    sender_name: str
    to: str
    cc: tuple[str, ...]
    parent: Parent
    body: str
    by: str = "assisted"  # auto, assisted, or draft for what a person is to send
    alone: bool = False  # nobody looked at it before it goes: RFC 3834 wants that said


def composed(letter: Letter, name: str, deployment: str, send_id: str, draft: str) -> tuple[bytes, marker.Sign]:
    """The raw mail and the sign of that name on it."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = _address(letter.sender, letter.sender_name)
    mail["To"] = _address(letter.to)
    if letter.cc:
        mail["Cc"] = tuple(_address(one) for one in letter.cc)
    mail["Subject"] = subject(letter.parent.subject)
    for header, ids in (("In-Reply-To", _ids(letter.parent.message_id)[:1]), ("References", references(letter.parent))):
        if ids:
            mail[header] = " ".join(ids)
    if letter.alone:
        mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"] = "auto-replied", "All"
    mail.set_content(_plain(letter.body), charset="utf-8")
    told = marker.digest(mail.as_bytes())
    if not told:  # nobody could tell later whether a person edited it
        raise HostError("more people are in copy than can be written to from here", permanent=True)
    sign = marker.Sign(deployment, send_id, draft, told)
    mail[name], mail[marker.AI] = str(sign), letter.by
    return mail.as_bytes(), sign


def subject(original: str) -> str:
    """`Re: ` once, on one line."""
    line = _line(original)[:LONGEST_SUBJECT]
    return line if _AGAIN.match(line) else f"Re: {line}".strip()


def references(parent: Parent) -> list[str]:
    """Those of the parent and itself, each once."""
    found = list(dict.fromkeys(_ids(f"{parent.references} {parent.message_id}")))
    return found if len(found) <= MOST_REFERENCES else [found[0], *found[1 - MOST_REFERENCES :]]


def _ids(text: str) -> list[str]:
    return [one for one in _ID.findall(text) if one.isascii()]


def _address(address: str, name: str = "") -> Address:
    """Raises HostError for what is not one plain address: a person must look."""
    if not _ADDRESS.fullmatch(address) or not address.isascii():
        raise HostError("the address cannot be written to as it stands", permanent=True)
    try:
        return Address(display_name=_line(name), addr_spec=address)
    except (HeaderParseError, ValueError):
        raise HostError("the address cannot be written to as it stands", permanent=True) from None


def _line(text: str) -> str:
    """One line without control characters: nothing in it can begin another header."""
    return " ".join("".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text).split())


def _plain(text: str) -> str:
    """Lines end one way, and half of a cut emoji is not mail."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "\n".join(whole.splitlines()).strip() + "\n"

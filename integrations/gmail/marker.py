"""Our own signs on mail, and what a mail says that a person would notice if it changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from typing import Any

from app.host import Marker
from integrations.gmail.addressees import pairs

ANSWER = "X-Countersign-Id"  # on what we send
OFFER = "X-Countersign-Offer"  # on a draft for people: whoever sends it has answered by hand
AI = "X-Countersign-AI"
LONGEST_HEADER = 5000  # fifty references, or a hundred people in copy
_BY_API = re.compile(r"by gmailapi\.google\.com with HTTPREST", re.I)

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sign:
    """Whose it is, of which send, which of its drafts, and what that draft said when we made it."""

    deployment: str
    send_id: str
    draft: str  # one for each draft, for ever
    digest: str

    def __str__(self) -> str:
        return f"{self.deployment}.{self.send_id}.{self.draft}.{self.digest}"

    @property
    def marker(self) -> Marker:
        return Marker(self.deployment, self.send_id)


def sign(headers: Headers, name: str = ANSWER) -> Sign | None:
    """The sign of that name, ours or another deployment's; half a one still tells that a Countersign wrote it."""
    value = next((value for key, value in headers if key.lower() == name.lower()), None)
    if value is None:
        return None
    deployment, send_id, draft, told = [*"".join(value.split()).rsplit(".", 3), "", "", ""][:4]
    return Sign(deployment, send_id, draft, told)


def by_api(headers: Headers) -> bool:
    """Gmail says that a program handed this in, and no person in a mail window."""
    return any(name.lower() == "received" and _BY_API.search(value) for name, value in headers)


class _Plain(HeaderRegistry):
    """Reading an address list takes the square of its length."""

    def __call__(self, name: str, value: Any) -> Any:
        if len(str(value)) > LONGEST_HEADER:
            raise ValueError("longer than any header of ours")
        return super().__call__(name, value)


_POLICY = policy.EmailPolicy(header_factory=_Plain())


def digest(raw: bytes) -> str:
    """Of who gets it, from whom, about what, and each word: the same however Gmail writes the same mail down."""
    try:
        told = _told(message_from_bytes(raw, policy=_POLICY))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""  # the library stumbles over some headers that people write: none of ours is like that
    return hashlib.sha256("\n".join(told).encode("utf-8", "replace")).hexdigest()[:16]


def _told(mail: EmailMessage) -> list[str]:
    return [
        *(f"{name}: {','.join(_addresses(mail, name))}" for name in ("From", "To", "Cc", "Bcc", "Reply-To")),
        *(f"{name}: {' '.join(str(mail.get(name, '')).split())}" for name in ("Subject", "In-Reply-To", "Auto-Submitted")),
        *(f"{part.get_content_type()} {part.get_filename() or ''}" for part in mail.walk()),
        _words(mail),
    ]  # fmt: skip


def _addresses(mail: EmailMessage, name: str) -> list[str]:
    values = [str(value) for value in mail.get_all(name, [])]
    return sorted(address.lower() for _, address in pairs(values))


def _words(mail: EmailMessage) -> str:
    """Of all its parts; white space at the end of a line is nobody's."""
    found = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    text = b"\n".join(part for part in found if isinstance(part, bytes)).decode("utf-8", "replace")
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def signed(raw: bytes, name: str = ANSWER) -> Sign | None:
    """As `sign`, of a raw mail."""
    mail = message_from_bytes(raw, policy=policy.default)
    return sign(((key, str(value)) for key, value in mail.items()), name)


def unsigned(raw: bytes) -> bytes:
    """The same mail without any sign of ours: what a person made of a draft is theirs."""
    mail = message_from_bytes(raw, policy=policy.SMTP)
    for name in (ANSWER, OFFER, AI):
        del mail[name]
    return mail.as_bytes()

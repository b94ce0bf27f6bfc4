"""Masks: personal data leaves this machine as keyed placeholders only, which what comes back must bring unchanged."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.ai.redact import redactions
from app.governance.placeholders import Facts
from app.governance.proposal import Redaction

KINDS = (
    "card_number", "iban", "account_number", "national_id", "passport", "driver_licence", "phone", "email", "address",
    "person", "date_of_birth", "password", "ip",
)  # fmt: skip
# What no reply may repeat: only its kind is told, and nothing is ever put in its place.
FOR_NOBODY = frozenset(
    {"card_number", "iban", "account_number", "national_id", "passport", "driver_licence", "password"}
)
_SIGNS = 8  # hexadecimal digits of each: enough that nobody who lacks the key makes one up
# Ours, or what may once have been one: other brackets, a digit lost, no digits at all. Round brackets are prose.
_NAMES = "|".join(KINDS)
_LIKE_ONE = re.compile(
    rf"[\[<{{]+\s*(?:{_NAMES})\s*(?:[-_ :#][^\])>}}]{{0,40}})?[\])>}}]+|\b(?:{_NAMES})[-_][0-9a-f]{{5,10}}\b", re.I
)


class Altered(Exception):
    """A placeholder came back that we never gave out, or not as we gave it out; the text is that placeholder."""


@dataclass(slots=True)
class Masks:
    """The placeholders of one message. The same value has the same one as long as the deployment has its key."""

    key: bytes
    stands_for: dict[str, str] = field(default_factory=dict)

    def over(self, text: str, names: Iterable[str] = ()) -> str:
        """The text with all personal data masked, and these names and addresses wherever they stand."""
        return self._masked(text, (*_named(text, names), *redactions(text)))

    def over_names(self, text: str, names: Iterable[str]) -> str:
        """The text with only these masked: an approved source's own telephone number is no secret."""
        return self._masked(text, tuple(_named(text, names)))

    def lifted(self, text: str) -> str:
        """The text with each value back in its place. Raises Altered."""
        signs = (one for one in self.stands_for if one[-_SIGNS - 1 : -1] in _LIKE_ONE.sub("", text))
        strange = (hit[0] for hit in _LIKE_ONE.finditer(text) if hit[0] not in self.stands_for)
        for one in (*strange, *signs):
            raise Altered(one)
        return _LIKE_ONE.sub(lambda hit: self.stands_for[hit[0]], text)

    def _masked(self, text: str, spans: tuple[Redaction, ...]) -> str:
        """The first of two that overlap stays."""
        parts, at = [], 0
        for span in sorted(spans, key=lambda span: (span.start, -span.end)):
            if span.start >= at:
                parts += [text[at : span.start], self._placeholder(span.kind, text[span.start : span.end])]
            elif span.end > at:
                parts.append(self._placeholder(span.kind, text[at : span.end]))  # what sticks out is no less personal
            at = max(at, span.end)
        return "".join((*parts, text[at:]))

    def _placeholder(self, kind: str, value: str) -> str:
        if kind in FOR_NOBODY:
            return f"[{kind}]"
        sign = hmac.new(self.key, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()[:_SIGNS]
        made = f"[{kind}-{sign}]"
        self.stands_for[made] = value
        return made


def names_of(facts: Facts | None) -> tuple[str, ...]:
    """How the host calls who asks: their whole name, its parts, their address."""
    if facts is None:
        return ()
    whole = " ".join(facts.requester.split())
    return tuple(filter(None, (facts.email, whole, *(part for part in whole.split() if len(part) > 2))))


def _named(text: str, names: Iterable[str]) -> Iterator[Redaction]:
    """Where these stand, as whole words; the longest first, so that a name is masked as one."""
    for name in sorted(names, key=len, reverse=True):
        kind = "email" if "@" in name else "person"
        for hit in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            yield Redaction(kind, *hit.span())

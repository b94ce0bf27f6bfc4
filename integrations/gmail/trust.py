"""Sender trust: what Gmail itself found out about a sender, and nothing that came along with the mail."""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrations.gmail.addressees import pairs

Headers = Sequence[tuple[str, str]]
AUTHORITY = "mx.google.com"
_RESULTS = "authentication-results"
_METHOD = re.compile(r"\s*([a-z0-9-]+)\s*(?:/\s*1\s*)?=\s*([a-z]+)(?=\s|$)", re.I)  # RFC 8601 §2.2: method, result
_PROPERTY = re.compile(r"\bheader\.from\s*=\s*([^\s;]+)", re.I)


def is_proven(headers: Headers) -> bool:
    """One From with one address, and Gmail's own dmarc=pass for exactly its domain. Everything else is doubt."""
    domain = _from_domain(headers)
    return domain is not None and domain == passed_domain(headers)


def passed_domain(headers: Headers) -> str | None:
    """The domain that passed DMARC when Gmail took the mail in.

    Gmail puts its result above all that was in the mail. So only the topmost counts, and only if it is Gmail's: one
    lower down, or under another name, is somebody else's word or a forgery.
    """
    topmost = next((value for name, value in headers if name.lower() == _RESULTS), "")
    authority, *results = _parts(topmost)
    if authority.split()[:1] != [AUTHORITY]:
        return None
    found = [part for part in results if (method := _METHOD.match(part)) and method[1].lower() == "dmarc"]
    if len(found) != 1:  # two results that may contradict each other prove nothing
        return None
    result, domain = _METHOD.match(found[0]), _PROPERTY.search(found[0])
    passed = result is not None and result[2].lower() == "pass"
    return domain[1].lower().rstrip(".") if passed and domain else None


def _from_domain(headers: Headers) -> str | None:
    senders = [value for name, value in headers if name.lower() == "from"]
    addresses = pairs(senders)
    if len(senders) != 1 or len(addresses) != 1:
        return None
    local, at, domain = addresses[0][1].rpartition("@")
    return domain.lower().rstrip(".") if local and at and domain else None


def _parts(value: str) -> list[str]:
    """Cut at the semicolons, without comments and quoted strings: both may hold whatever the sender chose."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for sign in value:
        if escaped:
            escaped = False
        elif sign == "\\" and (quoted or depth):
            escaped = True
        elif sign == '"' and not depth:
            quoted = not quoted
        elif quoted:
            pass
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif depth:
            pass
        elif sign == ";":
            parts.append("")
        else:
            parts[-1] += " " if sign.isspace() else sign
    return [part.strip() for part in parts] if depth == 0 and not quoted else [""]

"""The `q` of a list: the few operators that a client of ours could use; every other word is looked for in the text."""

from __future__ import annotations

import shlex

from sandbox.gmail import mime
from sandbox.gmail.mailbox import Mail

HIDDEN = {"TRASH", "SPAM"}


def matches(one: Mail, q: str, labels: list[str], *, hidden: bool) -> bool:
    """Does this message belong into that list?"""
    words = _words(q)
    everywhere = hidden or "in:anywhere" in words or bool(HIDDEN & set(labels))
    if not everywhere and HIDDEN & set(one.labels):
        return False
    return all(label in one.labels for label in labels) and all(_fits(one, word) for word in words)


def _words(q: str) -> list[str]:
    try:
        return shlex.split(q)
    except ValueError:
        return q.split()


def _fits(one: Mail, word: str) -> bool:
    if word.startswith("-") and len(word) > 1:
        return not _fits(one, word[1:])
    name, colon, value = word.partition(":")
    return _has(one, name.lower(), value.strip("()")) if colon else word.lower() in _spoken(one)


def _spoken(one: Mail) -> str:
    return f"{mime.header(one.parsed, 'Subject')} {mime.text(one.parsed)}".lower()


def _has(one: Mail, name: str, value: str) -> bool:
    if name in ("after", "before"):  # before the mail is parsed: most lists ask for this
        return value.isdigit() and (one.at >= int(value) * 1000) == (name == "after")
    parsed = one.parsed
    match name:
        case "rfc822msgid":
            return str(parsed["Message-ID"] or "").strip().strip("<>") == value.strip("<>")
        case "from" | "to" | "cc" | "subject":
            return value.lower() in mime.header(parsed, name).lower()
        case "in" | "is" | "label":
            return value == "anywhere" or value.upper() in {label.upper() for label in one.labels}
        case _:
            return False

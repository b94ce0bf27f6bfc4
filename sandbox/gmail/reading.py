"""What the page shows of a mailbox: threads in a list, one thread with its messages and drafts."""

from __future__ import annotations

from email.message import Message
from itertools import groupby

import nh3

from sandbox.gmail import drafts, mailbox, mime
from sandbox.gmail.mailbox import Mail
from sandbox.gmail.state import Doc, Store

TAGS = set(
    "a abbr b blockquote br center code div em font h1 h2 h3 h4 hr i li ol p pre s small span strong sub sup table tbody td th "
    "thead tr u ul".split()
)
ATTRIBUTES = {"*": {"style", "dir", "lang"}, "a": {"href"}, "font": {"color", "size", "face"}}
FOLDERS = {"inbox": "INBOX", "sent": "SENT", "drafts": "DRAFT"}


def threads(store: Store, box: str) -> list[Doc]:
    """Newest first, each with the folders that it is in."""
    found = sorted(mailbox.everything(store, box), key=lambda one: one.thread)
    rows = [_row(list(mails)) for _, mails in groupby(found, key=lambda one: one.thread)]
    return sorted(rows, key=lambda row: -int(row["at"]))


def _row(mails: list[Mail]) -> Doc:
    mails.sort(key=lambda one: (one.at, one.id))
    labels = {label for one in mails for label in one.labels}
    said = [one for one in mails if "DRAFT" not in one.labels] or mails
    names = [_name(one) for one in said]
    return {
        "id": mails[0].thread, "subject": mime.header(mails[0].parsed, "Subject"), "who": list(dict.fromkeys(names)),
        "snippet": mime.snippet(said[-1].parsed), "at": said[-1].at, "count": len(said), "unread": "UNREAD" in labels,
        "folders": [name for name, label in FOLDERS.items() if label in labels], "draft": "DRAFT" in labels,
    }  # fmt: skip


def _name(one: Mail) -> str:
    if "SENT" in one.labels or "DRAFT" in one.labels:
        return "me"
    return sender(one.parsed)[0]


def sender(parsed: Message) -> tuple[str, str]:
    """Name and address."""
    told = mime.header(parsed, "From")
    address = (mime.addresses(told) or (told,))[0]
    return told.partition("<")[0].strip(' "') or address, address


def thread(store: Store, box: str, thread_id: str) -> Doc:
    """Raises GoogleError 404."""
    found = mailbox.thread(store, box, thread_id)
    held = {mail.id: draft_id for draft_id, mail in drafts.every(store, box) if mail.thread == thread_id}
    names = {label["id"]: label["name"] for label in mailbox.labels(store, box) if label["type"] == "user"}
    labels = sorted({names[label] for one in found for label in one.labels if label in names})
    shown = [_draft(one, held[one.id]) if one.id in held else _message(one) for one in found]
    return {"id": thread_id, "subject": mime.header(found[0].parsed, "Subject"), "labels": labels, "messages": shown}


def _message(one: Mail) -> Doc:
    name, address = sender(one.parsed)
    files = [part.get_filename() for part in one.parsed.walk() if part.get_filename()]
    return {
        "id": one.id, "at": one.at, "name": name, "address": address, "to": mime.header(one.parsed, "To"),
        "sent": "SENT" in one.labels, "html": _html(one.parsed), "files": files,
    }  # fmt: skip


def _draft(one: Mail, draft_id: str) -> Doc:
    parsed = one.parsed
    shown = {"id": one.id, "at": one.at, "draft": draft_id, "to": mime.header(parsed, "To")}
    return {**shown, "subject": mime.header(parsed, "Subject"), "text": mime.text(parsed).rstrip("\n")}


def _html(parsed: Message) -> str:
    """The HTML part made harmless; or the words, kept as they were broken."""
    parts = [part for part in parsed.walk() if part.get_content_type() == "text/html" and not part.get_filename()]
    if parts:
        return nh3.clean(mime.shown(parts[0]), tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener noreferrer")
    return f"<pre>{nh3.clean_text(mime.text(parsed))}</pre>"

"""Drafts and what leaves: a draft is replaced as a whole, is sent once, and is gone then."""

from __future__ import annotations

from email.message import Message
from email.utils import format_datetime, localtime

from sandbox.gmail import mailbox, mime
from sandbox.gmail.errors import invalid, not_found
from sandbox.gmail.mailbox import Mail
from sandbox.gmail.state import Store, dump
from sandbox.ledger import text_hash

MARKER = "X-Countersign-Id"
HANDED_IN = "from 1058052472880 named unknown by gmailapi.google.com with HTTPREST"


def draft(store: Store, box: str, draft_id: str) -> Mail:
    """Raises GoogleError 404: a draft that was sent or deleted is gone."""
    found = store.rows("SELECT message FROM drafts WHERE mailbox=? AND id=?", box, draft_id)
    if not found:
        raise not_found()
    return mailbox.mail(store, box, found[0][0])


def every(store: Store, box: str) -> list[tuple[str, Mail]]:
    """Newest first."""
    rows = store.rows("SELECT id, message FROM drafts WHERE mailbox=? ORDER BY rowid DESC", box)
    return [(draft_id, mailbox.mail(store, box, message)) for draft_id, message in rows]


def save(store: Store, box: str, raw: bytes, thread_id: str | None, draft_id: str | None = None) -> str:
    """A new draft, or the whole of one replaced: its id stays, its message's does not."""
    with store.write():
        if thread_id is not None:
            mailbox.thread(store, box, thread_id)
        if draft_id is not None:
            mailbox.delete(store, draft(store, box, draft_id))
        place = mailbox.thread_of(store, box, mime.parse(raw), thread_id) if thread_id else None
        made = mailbox.put(store, box, raw, ("DRAFT",), place, store.now())
        draft_id = draft_id or store.next_draft_id()
        store.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)", draft_id, box, made.id)
    return draft_id


def delete(store: Store, box: str, draft_id: str) -> None:
    with store.write():
        mailbox.delete(store, draft(store, box, draft_id))
        store.execute("DELETE FROM drafts WHERE id=?", draft_id)


def send_one(store: Store, box: str, draft_id: str, by: str) -> Mail:
    """The draft is gone and a new message is sent, in one step: a second attempt finds nothing."""
    with store.write():
        found = draft(store, box, draft_id)
        sent = send(store, box, found.raw, found.thread if _is_reply(store, found) else None, by)
        mailbox.delete(store, found)
        store.execute("DELETE FROM drafts WHERE id=?", draft_id)
    return sent


def _is_reply(store: Store, found: Mail) -> bool:
    return len(mailbox.thread(store, found.mailbox, found.thread)) > 1


def send(store: Store, box: str, raw: bytes, thread_id: str | None, by: str) -> Mail:
    """Into Sent, into the ledger, and to every local mailbox that it is addressed to. Raises GoogleError 400."""
    parsed = mime.parse(raw)
    to = mime.addresses(*(mime.header(parsed, name) for name in ("To", "Cc", "Bcc")))
    if not to:
        raise invalid("Recipient address required")
    sender = mime.addresses(mime.header(parsed, "From"))
    mine = mailbox.profile(store, box)["aliases"]
    if sender and sender[0] not in mine:
        raise invalid("Invalid From header: not one of this account's addresses")
    with store.write():
        place = mailbox.thread_of(store, box, parsed, thread_id) if thread_id else None
        raw = _stamped(store, parsed, mine[0], by)
        sent = mailbox.put(store, box, raw, ("SENT",), place, store.now())
        _enter(store, sent, to, by)
        for local in mailbox.emails(store):
            if local != box and local in to:
                mailbox.receive(store, local, raw)
    return sent


def _stamped(store: Store, parsed: Message, sender: str, by: str) -> bytes:
    """As Gmail sends it: Bcc gone, From and Date set where they lack, its own Message-ID unless told otherwise."""
    del parsed["Bcc"]
    if not store.meta("keep_message_id", False) or parsed["Message-ID"] is None:
        del parsed["Message-ID"]
        parsed["Message-ID"] = f"<CA{store.next('next_rfc', 100000)}@mail.gmail.com>"
    if store.meta("drop_custom_headers", False):
        for name in [name for name in parsed if name.lower().startswith("x-")]:
            del parsed[name]
    if parsed["From"] is None:
        parsed["From"] = sender
    if parsed["Date"] is None:
        parsed["Date"] = format_datetime(localtime())
    if by == "api":
        parsed["Received"] = f"{HANDED_IN}; {parsed['Date']}"
    return parsed.as_bytes()


def _enter(store: Store, sent: Mail, to: tuple[str, ...], by: str) -> None:
    """What a customer gets to read: the oracle of the tests."""
    parsed = sent.parsed
    words = mime.text(parsed)
    entry = {
        "time": store.now(), "mailbox": sent.mailbox, "ticket_id": sent.thread, "comment_id": sent.id, "to": list(to),
        "subject": mime.header(parsed, "Subject"), "text": words, "text_hash": text_hash(words), "via": by,
        "marker": parsed[MARKER], "auto_submitted": parsed["Auto-Submitted"], "in_reply_to": parsed["In-Reply-To"],
    }  # fmt: skip
    store.execute("INSERT INTO ledger VALUES (?, ?)", sent.id, dump(entry))
    store.enter(entry)

"""What happens in mailboxes: mail comes, is labelled, drafted, sent, deleted; each change leaves its history."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message

from sandbox.gmail import mime, push
from sandbox.gmail.errors import invalid, not_found
from sandbox.gmail.state import Doc, Store, dump

SYSTEM = ("INBOX", "SENT", "DRAFT", "TRASH", "SPAM", "UNREAD", "STARRED", "IMPORTANT")
FIXED = {"SENT", "DRAFT"}  # nobody may set or take these


@dataclass(frozen=True)
class Mail:
    """One message of one mailbox."""

    id: str
    mailbox: str
    thread: str
    at: int  # milliseconds
    labels: tuple[str, ...]
    history: int
    raw: bytes

    @property
    def parsed(self) -> Message:
        return mime.parse(self.raw)


_COLUMNS = "SELECT id, mailbox, thread, at, labels, history, raw FROM messages"


def _mails(store: Store, where: str, *values: object) -> list[Mail]:
    rows = store.rows(f"{_COLUMNS} WHERE {where} ORDER BY at, id", *values)
    return [Mail(one, box, place, at, tuple(json.loads(labels)), *rest) for one, box, place, at, labels, *rest in rows]


def mail(store: Store, mailbox: str, message_id: str) -> Mail:
    """Raises GoogleError 404, and 400 for what is no id."""
    found = _mails(store, "mailbox=? AND id=?", mailbox, checked(message_id))
    if not found:
        raise not_found()
    return found[0]


def checked(some_id: str) -> str:
    """Raises GoogleError 400: ids are up to sixteen hexadecimal digits below 2^63."""
    try:
        number = int(some_id, 16)
    except ValueError as error:
        raise invalid("Invalid id value") from error
    if not 0 <= number < 1 << 63:
        raise invalid("Invalid id value")
    return some_id.lower()


def thread(store: Store, mailbox: str, thread_id: str) -> list[Mail]:
    """Oldest first. Raises GoogleError 404, also for the id of a reply."""
    found = _mails(store, "mailbox=? AND thread=?", mailbox, checked(thread_id))
    if not found:
        raise not_found()
    return found


def everything(store: Store, mailbox: str) -> list[Mail]:
    """Newest first."""
    return _mails(store, "mailbox=?", mailbox)[::-1]


def emails(store: Store) -> list[str]:
    """In the order in which they were opened."""
    return [row[0] for row in store.rows("SELECT email FROM mailboxes ORDER BY rowid")]


def profile(store: Store, mailbox: str) -> Doc:
    found = store.doc("SELECT doc FROM mailboxes WHERE email=?", mailbox)
    if found is None:
        raise not_found()
    return found


def open_mailbox(store: Store, email: str, name: str, aliases: tuple[str, ...] = ()) -> None:
    with store.write():
        doc = {"email": email, "name": name, "aliases": [email, *aliases]}
        store.execute("INSERT OR IGNORE INTO mailboxes VALUES (?, ?)", email, dump(doc))
        for label in SYSTEM:
            add_label(store, email, label, label, "system")


def add_label(store: Store, mailbox: str, label_id: str, name: str, kind: str = "user") -> Doc:
    doc = {"id": label_id, "name": name, "type": kind}
    store.execute("INSERT OR IGNORE INTO labels VALUES (?, ?, ?)", mailbox, label_id, dump(doc))
    return doc


def labels(store: Store, mailbox: str) -> list[Doc]:
    return store.docs("SELECT doc FROM labels WHERE mailbox=? ORDER BY rowid", mailbox)


# --- every change leaves its history -----------------------------------------------------------------------------------
def _note(store: Store, one: Mail, kind: str, changed: tuple[str, ...] = ()) -> int:
    history_id = store.next_history_id()
    doc: Doc = {"message": {"id": one.id, "threadId": one.thread, "labelIds": list(one.labels)}}
    if changed:
        doc["labelIds"] = list(changed)
    store.execute("INSERT INTO history VALUES (?, ?, ?, ?)", history_id, one.mailbox, kind, dump(doc))
    store.execute("UPDATE messages SET history=? WHERE id=?", history_id, one.id)
    store.bump()
    push.announce(store, one.mailbox, history_id, one.labels)
    return history_id


def put(store: Store, mailbox: str, raw: bytes, labelled: tuple[str, ...], thread_id: str | None, at: float) -> Mail:
    """One more message; `thread_id` None: a thread of its own."""
    message_id = store.next_message_id()
    parsed = mime.parse(raw)
    row = (message_id, mailbox, thread_id or message_id, int(at * 1000), json.dumps(labelled), 0)
    rfc_id = str(parsed["Message-ID"] or "").strip()
    store.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row, rfc_id, raw)
    made = mail(store, mailbox, message_id)
    _note(store, made, "messagesAdded")
    return mail(store, mailbox, message_id)


def relabel(store: Store, one: Mail, add: tuple[str, ...], remove: tuple[str, ...]) -> Mail:
    """Raises GoogleError 400 for a label that is unknown, or that nobody may set or take."""
    known = {label["id"] for label in labels(store, one.mailbox)}
    if unknown := [label for label in (*add, *remove) if label not in known]:
        raise invalid(f"Invalid label: {unknown[0]}")
    if fixed := FIXED & {*add, *remove}:
        raise invalid(f"Invalid label: {min(fixed)}")
    added = tuple(label for label in add if label not in one.labels)
    removed = tuple(label for label in remove if label in one.labels)
    now = tuple(label for label in (*one.labels, *added) if label not in removed)
    store.execute("UPDATE messages SET labels=? WHERE id=?", json.dumps(now), one.id)
    for kind, changed in (("labelsAdded", added), ("labelsRemoved", removed)):
        if changed:
            _note(store, mail(store, one.mailbox, one.id), kind, changed)
    return mail(store, one.mailbox, one.id)


def delete(store: Store, one: Mail) -> None:
    _note(store, one, "messagesDeleted")
    store.execute("DELETE FROM messages WHERE id=?", one.id)
    store.execute("DELETE FROM drafts WHERE message=?", one.id)  # a draft is nothing without its message


# --- mail comes --------------------------------------------------------------------------------------------------------
def receive(store: Store, mailbox: str, raw: bytes, at: float | None = None) -> Mail:
    """Somebody's mail arrives: in the thread that it refers to, if its subject is the same."""
    parsed = mime.parse(raw)
    with store.write():
        place = thread_of(store, mailbox, parsed)
        return put(store, mailbox, raw, ("INBOX", "UNREAD"), place, store.now() if at is None else at)


def thread_of(store: Store, mailbox: str, parsed: Message, only: str | None = None) -> str | None:
    """The thread with a message that this one refers to, and with its subject; `only`: no other thread will do."""
    wanted = sorted(mime.references(parsed))
    where, values = ("AND thread=?", [only]) if only else ("", [])
    marks = ", ".join("?" * len(wanted))
    for one in reversed(_mails(store, f"mailbox=? AND message_id IN ({marks}) {where}", mailbox, *wanted, *values)):
        if mime.subject(one.parsed) == mime.subject(parsed):
            return one.thread
    return None

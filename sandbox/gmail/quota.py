"""Units: what each call costs, and how many a mailbox has left in a minute."""

from __future__ import annotations

from sandbox.gmail.errors import too_fast
from sandbox.gmail.state import Store

UNITS = {
    "drafts.send": 100, "messages.send": 100, "watch": 100, "stop": 50, "messages.batchModify": 50, "messages.batchDelete": 50,
    "threads.get": 40, "messages.import": 25, "messages.insert": 25, "messages.get": 20, "drafts.get": 20,
    "messages.attachments.get": 20, "messages.trash": 20, "drafts.update": 15, "drafts.create": 10, "drafts.delete": 10,
    "threads.list": 10, "threads.modify": 10, "messages.delete": 10, "messages.list": 5, "drafts.list": 5, "messages.modify": 5,
    "labels.create": 5, "labels.update": 5, "labels.delete": 5, "history.list": 2,
}  # fmt: skip
A_MINUTE = 6000


def count(store: Store, mailbox: str, method: str) -> None:
    """Raises GoogleError 403 beyond the limit, where the setting `enforce_quota` asks for it: true, or another number."""
    now, limit = store.now(), store.meta("enforce_quota", False)
    with store.write():
        store.execute("DELETE FROM units WHERE at<?", now - 3600)
        if limit and used(store, mailbox, now - 60) >= (A_MINUTE if limit is True else limit):
            raise too_fast()
        store.execute("INSERT INTO units VALUES (?, ?, ?, ?)", mailbox, now, method, UNITS.get(method, 1))


def used(store: Store, mailbox: str, since: float) -> int:
    return int(store.rows("SELECT coalesce(sum(units), 0) FROM units WHERE mailbox=? AND at>=?", mailbox, since)[0][0])

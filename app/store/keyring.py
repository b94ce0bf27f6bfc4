"""The key ring: the deployment's root secret under its key-encryption key, and how another key takes that one's place.

The root names people and signs checkpoints, so it stays the same; every text and token is sealed under the key itself,
and is sealed anew when the key is replaced. Afterwards the old key opens nothing in this database.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from app.store import audit
from app.store.keys import KeyLost, Keys, seal, unseal
from app.store.tables import escalation, host_token, inbox, root_key, subject_key

LOST = (
    "COUNTERSIGN_KEY does not open this database: nothing is prepared, shown or sent. Give back the key it was made with. "
    "If `countersign keys rotate` was interrupted, the new key lies beside the old one in a file that ends in .new"
)
_SEALED: tuple[tuple[sa.Column[int] | sa.Column[str], sa.Column[bytes], str], ...] = (
    (subject_key.c.subject, subject_key.c.wrapped, "wrap"),
    (inbox.c.id, inbox.c.raw, "inbox"),
    (escalation.c.id, escalation.c.note, "escalation"),
    (escalation.c.id, escalation.c.next_action, "escalation"),
    (escalation.c.id, escalation.c.next_action, "escalation"),
    (escalation.c.id, escalation.c.closed_for, "escalation"),
    (host_token.c.host, host_token.c.sealed, "host token"),
)


def prepare(tx: Connection, kek: bytes) -> None:
    """Make the root at the first start; later, make sure that this key opens it. Raises KeyLost."""
    if tx.execute(sa.select(root_key.c.wrapped)).first() is None:
        tx.execute(root_key.insert().values(one=1, wrapped=seal(_root_wrap(kek), os.urandom(32))))
    root(tx, kek)


def root(tx: Connection, kek: bytes) -> bytes:
    """The root secret. Raises KeyLost: another key, or a database that was never prepared."""
    wrapped = tx.execute(sa.select(root_key.c.wrapped)).scalar()
    if wrapped is None:
        raise KeyLost("this database was never prepared: `countersign prepare` does that")
    try:
        return unseal(_root_wrap(kek), wrapped)
    except KeyLost as error:
        raise KeyLost(LOST) from error


def finder(readers: Engine, kek: bytes) -> Callable[[], bytes]:
    """How `Keys` find the root when they first need it."""

    def find() -> bytes:
        with readers.begin() as tx:
            return root(tx, kek)

    return find


def _root_wrap(kek: bytes) -> bytes:
    return Keys(kek).sealing("root")


def rotate(tx: Connection, old: bytes, new: bytes, by: str, now: datetime) -> int:
    """Seal everything under the new key, in the caller's transaction. How many texts. Raises KeyLost: the old is wrong."""
    tx.execute(sa.select(root_key.c.one).with_for_update()).all()
    secret = root(tx, old)
    tx.execute(root_key.update().values(wrapped=seal(_root_wrap(new), secret)))
    count = sum(_again(tx, *what, Keys(old), Keys(new)) for what in _SEALED)
    audit.append(tx, now, by, "key.rotated", "key", {"sealed_again": count})
    return count


def _again(
    tx: Connection, name: sa.Column[int] | sa.Column[str], column: sa.Column[bytes], purpose: str, old: Keys, new: Keys
) -> int:
    """That column of every row. Names first: what is being read must not be what is being written."""
    names = tx.execute(sa.select(name).where(column.is_not(None))).scalars().all()
    before, after = old.sealing(purpose), new.sealing(purpose)
    for one in names:
        plain = unseal(before, tx.execute(sa.select(column).where(name == one)).scalar_one())
        tx.execute(sa.update(name.table).where(name == one).values({column.name: seal(after, plain)}))
    return len(names)

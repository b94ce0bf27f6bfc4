"""Keys: one per customer, wrapped by the deployment's; what a customer wrote is unreadable without theirs."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.host import TicketRef
from app.store.glance import came_along, kept, tell
from app.store.tables import subject_key

_NONCE = 12


class KeyLost(Exception):
    """The deployment's key does not open what the database holds. Nothing may be sent."""


def seal(key: bytes, plain: bytes) -> bytes:
    """AES-256-GCM: nonce, then ciphertext."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """What was sealed. Raises KeyLost with any other key."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except InvalidTag as error:
        raise KeyLost("a stored text does not open with this deployment's key") from error


class Keys:
    """The deployment's key-encryption key, the root secret under it, and all that is derived from the two.

    `find_root` is asked once, at first need (`keyring.finder`). Without it the key is its own root.
    """

    def __init__(self, kek: bytes, find_root: Callable[[], bytes] | None = None) -> None:
        if len(kek) != 32:
            raise ValueError("the key-encryption key has 32 bytes")
        self._kek = kek
        self._find_root = find_root or (lambda: kek)
        self._root: bytes | None = None
        self._derived: dict[str, bytes] = {}
        self._sealing: dict[str, bytes] = {}

    def derived(self, purpose: str) -> bytes:
        """A key of its own for each purpose that outlives the key-encryption key: names, signatures. Raises KeyLost."""
        found = self._derived.get(purpose)
        if found is None:
            self._root = self._root or self._find_root()
            found = self._derived[purpose] = hmac.digest(self._root, purpose.encode(), "sha256")
        return found

    def sealing(self, purpose: str) -> bytes:
        """A key of its own for each kind of thing that is sealed, and sealed anew when the key is replaced."""
        found = self._sealing.get(purpose)
        if found is None:
            found = self._sealing[purpose] = hmac.digest(self._kek, b"seal " + purpose.encode(), "sha256")
        return found

    def check(self) -> None:
        """Does the key open this database as it is now? Raises KeyLost, also after somebody replaced the key."""
        self._find_root()

    def subject(self, host: str, person: str) -> str:
        """The name under which a customer's data is filed: keyed, so that it links to nobody."""
        return mac(self.derived("subject"), f"{host}:{person}")

    def host_id(self, name: str) -> str:
        """A host's id as the log holds it: equal ids look equal, and say nothing to others."""
        return mac(self.derived("host-id"), name)

    def ticket(self, ref: TicketRef) -> str:
        """A ticket as log and figures name it."""
        return f"{ref.host}:{self.host_id(f'{ref.host}:{ref.ticket}')}"

    def of(self, tx: Connection, subject: str) -> bytes:
        """That customer's key, made at first use."""
        return kept(tx, self._of, subject)

    def opened(self, tx: Connection, subject: str, wrapped: bytes | None) -> bytes:
        """The same, where it was read beside what it opens. None: it was not."""
        if wrapped is None:
            return self.of(tx, subject)
        return came_along(tx, self._of, self.unwrapped(wrapped), subject)

    def look(self, tx: Connection, subjects: Iterable[str]) -> None:
        """The keys of all of them, for a glance."""
        wanted = sa.select(subject_key.c.subject, subject_key.c.wrapped).where(subject_key.c.subject.in_(set(subjects)))
        tell(tx, self._of, {(row.subject,): self.unwrapped(row.wrapped) for row in tx.execute(wanted)})

    def _of(self, tx: Connection, subject: str) -> bytes:
        wrapped = tx.execute(_WRAPPED, {"whose": subject}).scalar()
        return self.unwrapped(wrapped) if wrapped is not None else self._made(tx, subject)

    def unwrapped(self, wrapped: bytes) -> bytes:
        """A customer's key as it is stored, opened. Raises KeyLost."""
        return unseal(self.sealing("wrap"), wrapped)

    def _made(self, tx: Connection, subject: str) -> bytes:
        key = os.urandom(32)
        made = {"subject": subject, "wrapped": seal(self.sealing("wrap"), key)}
        if tx.execute(_ADD[tx.dialect.name], made).scalar() is None:  # two tickets of one new customer at once
            key = self.unwrapped(tx.execute(_WRAPPED, {"whose": subject}).scalar_one())  # the first key stands
        return key


_WRAPPED = sa.select(subject_key.c.wrapped).where(subject_key.c.subject == sa.bindparam("whose"))
_ADD = {
    name: insert(subject_key).on_conflict_do_nothing().returning(subject_key.c.subject)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def mac(key: bytes, text: str) -> str:
    """A keyed hash: proves equality to us, says nothing to others."""
    return hmac.digest(key, text.encode(), "sha256").hex()

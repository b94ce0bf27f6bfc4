"""Staff: who answers and what they may do; the host's word, unless an admin set another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.host import Person
from app.store import audit, names
from app.store.tables import staff

RANK = ("agent", "reviewer", "admin")
HERE = "google"  # the host of those whom an admin named here; they prove by Google that they are it
GONE = "none"  # the host no longer names them as staff; no word of an admin outweighs that
_ASK_AGAIN = timedelta(seconds=30)  # while a host is silent, one request in this time waits for it and no other


@dataclass(frozen=True, slots=True)
class Member:
    """`id` is what the audit log calls them. `read_at`: when the host last said who they are."""

    id: str
    email: str
    name: str
    host: str
    host_id: str
    role: str
    read_at: datetime | None = None
    signed_out_at: datetime | None = None
    seen_at: datetime | None = None
    role_is_set: bool = False  # by an admin; otherwise the host's
    language: str | None = None  # which they chose; None: as their browser asks

    def may(self, role: str) -> bool:
        """Is their role at least that one?"""
        return self.role in RANK and RANK.index(self.role) >= RANK.index(role)

    def admits(self, started: datetime) -> bool:
        """Does what they began at that moment still count? Not after they were signed out everywhere, or left."""
        return self.role in RANK and (self.signed_out_at is None or started >= self.signed_out_at)

    def heard_within(self, span: timedelta, now: datetime) -> bool:
        """Is the host's word on them as young as that?"""
        return self.read_at is not None and now - self.read_at <= span


def meet(tx: Connection, host: str, person: Person, now: datetime) -> Member:
    """Note what the host says of them now; who they are is their id there, whatever their address is.

    Raises PermissionError for anybody who is not staff there.
    """
    if not person.is_staff or not person.email:
        raise PermissionError(f"{host} does not name them as staff")
    fresh = {"name": person.name, "email": person.email.lower(), "host_role": person.role, "read_at": now}
    mine = _at(host, person.id)
    others = sa.and_(staff.c.email == fresh["email"], sa.not_(mine))
    if tx.execute(sa.select(staff.c.id).where(others)).first():
        raise PermissionError("this address belonged to somebody else: an admin has to sort that out")
    if tx.execute(staff.update().where(mine).values(**fresh)).rowcount == 0:
        tx.execute(staff.insert().values(id=names.new(now), host=host, host_id=person.id, **fresh))
    member = _member(tx.execute(sa.select(staff).where(mine)).one_or_none())
    assert member is not None  # noqa: S101 - written a line ago, in this transaction
    return member


def leave(tx: Connection, host: str, host_id: str, now: datetime) -> None:
    """The host no longer names them as staff: they are out, and whatever they had open is closed."""
    known = sa.and_(_at(host, host_id), staff.c.host_role != GONE)
    row = tx.execute(sa.select(staff.c.id).where(known).with_for_update()).one_or_none()
    if row is not None:
        tx.execute(staff.update().where(known).values(host_role=GONE, read_at=now, signed_out_at=now))
        audit.append(tx, now, host, "staff.left", row.id, {})


def confirm(tx: Connection, member_id: str, now: datetime) -> None:
    """Our own word on them is as young as this look at it."""
    tx.execute(staff.update().where(staff.c.id == member_id).values(read_at=now))


def may_ask(tx: Connection, member_id: str, now: datetime) -> bool:
    """True for one caller in half a minute, whichever process it is in: a host that hangs must not hang all of us."""
    due = sa.or_(staff.c.asked_at.is_(None), staff.c.asked_at <= now - _ASK_AGAIN)
    return tx.execute(staff.update().where(staff.c.id == member_id, due).values(asked_at=now)).rowcount == 1


def seen(tx: Connection, member_id: str, now: datetime) -> None:
    """They are here."""
    tx.execute(staff.update().where(staff.c.id == member_id).values(seen_at=now))


def by_email(tx: Connection, email: str) -> Member | None:
    """The member with that address."""
    return _member(tx.execute(sa.select(staff).where(staff.c.email == email.lower())).one_or_none())


def by_id(tx: Connection, member_id: str) -> Member | None:
    """The member whom the log calls so."""
    return _member(tx.execute(_BY_ID, {"one": member_id}).one_or_none())


_BY_ID = sa.select(staff).where(staff.c.id == sa.bindparam("one"))


def names_of(tx: Connection, ids: Collection[str]) -> dict[str, str]:
    """What those of them who are known are called."""
    rows = tx.execute(sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_(ids)))
    return {row.id: row.name for row in rows}


def by_host_id(tx: Connection, host: str, host_id: str) -> Member | None:
    """The member whom that host calls so."""
    where = sa.and_(staff.c.host == host, staff.c.host_id == host_id)
    return _member(tx.execute(sa.select(staff).where(where)).one_or_none())


def everybody(tx: Connection) -> list[Member]:
    """All who ever were staff, by name: the log speaks of them."""
    rows = tx.execute(sa.select(staff).order_by(staff.c.name, staff.c.id))
    return [member for member in map(_member, rows) if member]


def present(tx: Connection) -> list[Member]:
    """All who are staff now, by name."""
    return [member for member in everybody(tx) if member.may("agent")]


def set_role(tx: Connection, email: str, role: str | None) -> None:
    """An admin's word in place of the host's; None: the host's again."""
    tx.execute(staff.update().where(staff.c.email == email.lower()).values(set_role=role))


def choose_language(tx: Connection, member_id: str, language: str | None) -> None:
    """What they read from now on; None: what their browser asks for."""
    tx.execute(staff.update().where(staff.c.id == member_id).values(language=language))


def sign_out(tx: Connection, member_id: str, now: datetime) -> None:
    """Whatever they have open anywhere counts no more."""
    tx.execute(staff.update().where(staff.c.id == member_id).values(signed_out_at=now))


def _at(host: str, host_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(staff.c.host == host, staff.c.host_id == host_id)


def _member(row: Row[tuple[object, ...]] | None) -> Member | None:
    if row is None:
        return None
    own = "admin" if row.host_role == "admin" else "agent"
    role = GONE if row.host_role == GONE else row.set_role or own
    return Member(
        row.id, row.email, row.name, row.host, row.host_id, role,
        read_at=row.read_at, signed_out_at=row.signed_out_at, seen_at=row.seen_at, role_is_set=row.set_role is not None,
        language=row.language,
    )  # fmt: skip

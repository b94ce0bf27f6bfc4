"""Staff: who answers and what they may do; the host's word, unless an admin set another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.host import Person
from app.store import names
from app.store.tables import staff

RANK = ("agent", "reviewer", "admin")


@dataclass(frozen=True, slots=True)
class Member:
    """`id` is what the audit log calls them."""

    id: str
    email: str
    name: str
    host: str
    host_id: str
    role: str

    def may(self, role: str) -> bool:
        """Is their role at least that one?"""
        return self.role in RANK and RANK.index(self.role) >= RANK.index(role)


def meet(tx: Connection, host: str, person: Person, now: datetime) -> Member:
    """Note what the host says of them now; who they are is their id there, whatever their address is.

    Raises PermissionError for anybody who is not staff there.
    """
    if not person.is_staff or not person.email:
        raise PermissionError(f"{host} does not name them as staff")
    fresh = {"name": person.name, "email": person.email.lower(), "host_role": person.role, "read_at": now}
    mine = sa.and_(staff.c.host == host, staff.c.host_id == person.id)
    others = sa.and_(staff.c.email == fresh["email"], sa.not_(mine))
    if tx.execute(sa.select(staff.c.id).where(others)).first():
        raise PermissionError("this address belonged to somebody else: an admin has to sort that out")
    if tx.execute(staff.update().where(mine).values(**fresh)).rowcount == 0:
        tx.execute(staff.insert().values(id=names.new(now), host=host, host_id=person.id, **fresh))
    member = _member(tx.execute(sa.select(staff).where(mine)).one_or_none())
    assert member is not None  # noqa: S101 - written a line ago, in this transaction
    return member


def by_email(tx: Connection, email: str) -> Member | None:
    """The member with that address."""
    return _member(tx.execute(sa.select(staff).where(staff.c.email == email.lower())).one_or_none())


def by_id(tx: Connection, member_id: str) -> Member | None:
    """The member whom the log calls so."""
    return _member(tx.execute(sa.select(staff).where(staff.c.id == member_id)).one_or_none())


def by_host_id(tx: Connection, host: str, host_id: str) -> Member | None:
    """The member whom that host calls so."""
    where = sa.and_(staff.c.host == host, staff.c.host_id == host_id)
    return _member(tx.execute(sa.select(staff).where(where)).one_or_none())


def everybody(tx: Connection) -> list[Member]:
    """All members by name."""
    members = [_member(row) for row in tx.execute(sa.select(staff).order_by(staff.c.name))]
    return [member for member in members if member]


def set_role(tx: Connection, email: str, role: str) -> None:
    """An admin's word in place of the host's."""
    tx.execute(staff.update().where(staff.c.email == email.lower()).values(set_role=role))


def _member(row: Row[tuple[object, ...]] | None) -> Member | None:
    if row is None:
        return None
    role = row.set_role or ("admin" if row.host_role == "admin" else "agent")
    return Member(row.id, row.email, row.name, row.host, row.host_id, role)

"""Sessions: who is signed in, by which road and until when. Whoever reads the table cannot use one: only hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.store import audit, names, staff
from app.store.staff import Member
from app.store.tables import session
from app.store.tables import staff as people

WEB, COMMAND_LINE = "web", "command-line"
LONGEST = timedelta(hours=8)  # of any session; then the host is asked again who this is
IDLE = timedelta(hours=1)  # a session on the pages that nobody uses
RENEW = timedelta(minutes=5)  # how often use is noted
ANSWER_WITHIN = timedelta(minutes=10)  # a command line waits so long for its person
_KEEP = timedelta(days=30)  # over, and of no more use to anybody; who signed in stands in the audit log
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # of the code that both screens show: no vowels, so no words


@dataclass(frozen=True, slots=True)
class Session:
    """One that counts now."""

    id: str
    member: Member
    kind: str
    label: str
    started: datetime
    renewed: datetime
    expires: datetime

    def due(self, now: datetime) -> bool:
        """Is it time to note that it is in use?"""
        return self.kind == WEB and now - self.renewed >= RENEW


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command line that asks to act for somebody; `code` is what both screens show."""

    code: str
    label: str
    asked_at: datetime


def open_one(tx: Connection, member: Member, now: datetime) -> str:
    """Signed in on the pages. Returns the secret, which is kept nowhere else."""
    tx.execute(session.delete().where(session.c.expires_at < now - _KEEP))
    secret = secrets.token_urlsafe(32)
    row = {"id": names.new(now), "sha256": _hash(secret), "kind": WEB, "label": "", "staff_id": member.id}
    tx.execute(session.insert().values(**row, started_at=now, renewed_at=now, expires_at=now + IDLE))
    staff.seen(tx, member.id, now)
    _note(tx, now, "session.opened", member, str(row["id"]), WEB)
    return secret


def ask(tx: Connection, label: str, now: datetime) -> tuple[str, str]:
    """A command line without a person yet: its secret, and the code that a person confirms."""
    secret = secrets.token_urlsafe(32)
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    code = f"{letters[:4]}-{letters[4:]}"
    row = {"id": names.new(now), "sha256": _hash(secret), "kind": COMMAND_LINE, "label": label[:120], "code": code}
    tx.execute(session.insert().values(**row, started_at=now, renewed_at=now, expires_at=now + ANSWER_WITHIN))
    return secret, code


def waiting(tx: Connection, code: str, now: datetime) -> Waiting | None:
    """The command line that shows that code and still waits."""
    row = tx.execute(sa.select(session).where(_waits(code, now))).one_or_none()
    return Waiting(row.code, row.label, row.started_at) if row else None


def confirm(tx: Connection, code: str, member: Member, now: datetime) -> bool:
    """Its person says yes. False: it waits no more."""
    row = tx.execute(sa.select(session.c.id).where(_waits(code, now)).with_for_update()).one_or_none()
    if row is None:
        return False
    given = {"staff_id": member.id, "code": None, "started_at": now, "renewed_at": now, "expires_at": now + LONGEST}
    tx.execute(session.update().where(session.c.id == row.id).values(**given))
    staff.seen(tx, member.id, now)
    _note(tx, now, "session.opened", member, row.id, COMMAND_LINE)
    return True


def read(tx: Connection, secret: str, kind: str, now: datetime) -> Session | None:
    """Whose it is; None once it ended, by whatever road, or while it still waits for its person."""
    wanted = sa.and_(session.c.sha256 == _hash(secret), session.c.kind == kind)
    row = tx.execute(sa.select(session).where(wanted, _counts(now))).one_or_none()
    member = staff.by_id(tx, row.staff_id) if row and row.staff_id else None
    if row is None or member is None or not member.admits(row.started_at):
        return None
    return _session(row, member)


def renew(tx: Connection, found: Session, now: datetime) -> None:
    """It is in use: another hour, eight at the most."""
    due = sa.and_(session.c.id == found.id, session.c.renewed_at <= now - RENEW)
    later = {"renewed_at": now, "expires_at": min(now + IDLE, found.started + LONGEST)}
    if tx.execute(session.update().where(due).values(**later)).rowcount:
        staff.seen(tx, found.member.id, now)


def end(tx: Connection, found: Session, now: datetime) -> None:
    """Signed out."""
    open_still = sa.and_(session.c.id == found.id, session.c.ended_at.is_(None))
    if tx.execute(session.update().where(open_still).values(ended_at=now)).rowcount:
        _note(tx, now, "session.ended", found.member, found.id, found.kind)


def _note(tx: Connection, now: datetime, what: str, member: Member, session_id: str, kind: str) -> None:
    audit.append(tx, now, member.id, what, member.id, {"session": session_id, "kind": kind, "role": member.role})


def open_now(tx: Connection, now: datetime) -> list[Session]:
    """All that count, the newest last."""
    joined = sa.select(session).join(people, people.c.id == session.c.staff_id)
    rows = tx.execute(joined.where(_counts(now)).order_by(session.c.started_at)).all()
    members = {member.id: member for member in staff.present(tx)}
    found = [_session(row, members[row.staff_id]) for row in rows if row.staff_id in members]
    return [one for one in found if one.member.admits(one.started)]


def _counts(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(session.c.ended_at.is_(None), session.c.expires_at > now)


def _waits(code: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(session.c.code == code.strip().upper(), session.c.staff_id.is_(None), _counts(now))


def _session(row: Row[tuple[object, ...]], member: Member) -> Session:
    return Session(row.id, member, row.kind, row.label, row.started_at, row.renewed_at, row.expires_at)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

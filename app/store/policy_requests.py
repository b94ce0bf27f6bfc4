"""Policy drafts and requests: each save and each request is a row of its own, so that nothing is lost or slipped in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store.tables import policy_draft as drafts
from app.store.tables import policy_request as requests

OPEN, PUBLISHED, WITHDRAWN, SUPERSEDED = "open", "published", "withdrawn", "superseded"


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that somebody writes. `parent`: the save that they went on from."""

    id: int
    parent: int | None
    base: int
    toml: str
    author: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A policy that somebody wants in force. Its id stands for exactly this text."""

    id: int
    sha256: str
    toml: str
    replaces: int
    verdict: str
    author: str
    reason: str
    asked_at: datetime
    state: str
    approved_by: str | None
    approved_at: datetime | None
    version: int | None


_DRAFT = [drafts.c[name] for name in Draft.__dataclass_fields__]
_REQUEST = [requests.c[name] for name in Request.__dataclass_fields__]


def sha256(toml: str) -> str:
    """What an approval is bound to."""
    return hashlib.sha256(toml.encode()).hexdigest()


def save(tx: Connection, toml: str, parent: int | None, base: int, author: str, now: datetime) -> Draft:
    """Keep a draft. What somebody else saved meanwhile stays beside it."""
    values = {"toml": toml, "parent": parent, "base": base, "author": author, "saved_at": now}
    row_id = tx.execute(drafts.insert().values(**values).returning(drafts.c.id)).scalar_one()
    return Draft(row_id, parent, base, toml, author, now)


def draft(tx: Connection, draft_id: int) -> Draft | None:
    """That save."""
    row = tx.execute(sa.select(*_DRAFT).where(drafts.c.id == draft_id)).one_or_none()
    return Draft(**row._mapping) if row else None


def newest_draft(tx: Connection, since: int) -> Draft | None:
    """The last save that went out from this version or a later one."""
    row = tx.execute(sa.select(*_DRAFT).where(drafts.c.base >= since).order_by(drafts.c.id.desc()).limit(1)).first()
    return Draft(**row._mapping) if row else None


def newest_drafts(tx: Connection, limit: int = 5) -> list[Draft]:
    """The last saves, whatever they went out from."""
    rows = tx.execute(sa.select(*_DRAFT).order_by(drafts.c.id.desc()).limit(limit))
    return [Draft(**row._mapping) for row in rows]


def siblings(tx: Connection, saved: Draft) -> list[Draft]:
    """What others saved from the same beginning."""
    same = drafts.c.parent == saved.parent if saved.parent is not None else drafts.c.parent.is_(None)
    where = sa.and_(same, drafts.c.base == saved.base, drafts.c.author != saved.author)
    rows = tx.execute(sa.select(*_DRAFT).where(where).order_by(drafts.c.id))
    return [Draft(**row._mapping) for row in rows]


def ask(tx: Connection, toml: str, replaces: int, verdict: str, author: str, reason: str, now: datetime) -> Request:
    """Write a request; whatever the same person had asked for before is superseded, with its approval."""
    mine = sa.and_(requests.c.author == author, requests.c.state == OPEN)
    tx.execute(requests.update().where(mine).values(state=SUPERSEDED))
    values = {"sha256": sha256(toml), "toml": toml, "replaces": replaces, "verdict": verdict, "author": author}
    row = requests.insert().values(**values, reason=reason, asked_at=now, state=OPEN)
    made = held(tx, tx.execute(row.returning(requests.c.id)).scalar_one())
    assert made is not None  # noqa: S101 - written a line ago, in this transaction
    return made


def find(tx: Connection, request_id: int) -> Request | None:
    """That request, for showing."""
    row = tx.execute(sa.select(*_REQUEST).where(requests.c.id == request_id)).one_or_none()
    return Request(**row._mapping) if row else None


def held(tx: Connection, request_id: int) -> Request | None:
    """That request, nobody else's to change until the caller commits."""
    row = tx.execute(sa.select(*_REQUEST).where(requests.c.id == request_id).with_for_update()).one_or_none()
    return Request(**row._mapping) if row else None


def listed(tx: Connection, *states: str) -> list[Request]:
    """Requests in these states, the newest first."""
    wanted = sa.select(*_REQUEST).where(requests.c.state.in_(states))
    return [Request(**row._mapping) for row in tx.execute(wanted.order_by(requests.c.id.desc()))]


def approve(tx: Connection, request_id: int, seen: str, approver: str, now: datetime) -> None:
    """A second person's yes to exactly this hash; SQL itself refuses the author, and another hash."""
    values = {"approved_by": approver, "approved_sha256": seen, "approved_at": now}
    tx.execute(requests.update().where(requests.c.id == request_id).values(**values))


def end(tx: Connection, request_id: int, state: str, version: int | None = None) -> None:
    """Published, or withdrawn."""
    tx.execute(requests.update().where(requests.c.id == request_id).values(state=state, version=version))

"""Stop links: made beforehand for one person, good once and for a while, and only for a stop."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store import audit, names
from app.store.keys import Keys
from app.store.tables import stop_link as table


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it was made."""

    id: str
    scope: str
    made_for: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Does it still stop? A link of tomorrow is one whose clock was set back: also that one stops."""
        return self.used_at is None and self.withdrawn_at is None and now < self.expires_at


_COLUMNS = [table.c[name] for name in Link.__dataclass_fields__]


def make(tx: Connection, scope: str, made_for: str, made_by: str, now: datetime, expires_at: datetime) -> Link:
    """Write it down; `token` signs it."""
    link = Link(names.new(now), scope, made_for, made_by, now, expires_at, None, None)
    tx.execute(table.insert().values({name: getattr(link, name) for name in Link.__dataclass_fields__}))
    header = {"scope": scope, "made_for": made_for, "expires_at": expires_at.isoformat()}
    audit.append(tx, now, made_by, "stop-link.made", f"stop-link:{link.id}", header)
    return link


def token(keys: Keys, link: Link) -> str:
    """What stands in the address: which link, and that we made exactly it."""
    said = f"{link.id}:{link.scope}:{link.made_for}:{link.expires_at.isoformat()}".encode()
    signed = hmac.digest(keys.derived("stop link"), said, sha256)[:24]
    return f"{link.id}.{urlsafe_b64encode(signed).decode()}"


def read(tx: Connection, keys: Keys, given: str, *, hold: bool = False) -> Link | None:
    """The link of that token, whatever became of it; None: we never made it. `hold`: until the caller commits."""
    wanted = sa.select(*_COLUMNS).where(table.c.id == given.partition(".")[0])
    row = tx.execute(wanted.with_for_update() if hold else wanted).one_or_none()
    link = Link(**row._mapping) if row else None
    signed = token(keys, link) if link else ""
    return link if link and hmac.compare_digest(signed.encode(), given.encode()) else None


def use(tx: Connection, link: Link, actor: str, now: datetime) -> None:
    """It stopped what it was made for, and stops nothing more."""
    tx.execute(table.update().where(table.c.id == link.id).values(used_at=now))
    header = {"scope": link.scope, "made_for": link.made_for}
    audit.append(tx, now, actor, "stop-link.used", f"stop-link:{link.id}", header)


def withdraw(tx: Connection, link_id: str, by: str, now: datetime) -> bool:
    """It works no more. False: there is no such link, or it is over."""
    mine = sa.and_(table.c.id == link_id, table.c.used_at.is_(None), table.c.withdrawn_at.is_(None))
    if not tx.execute(table.update().where(mine).values(withdrawn_at=now)).rowcount:
        return False
    audit.append(tx, now, by, "stop-link.withdrawn", f"stop-link:{link_id}", {})
    return True


def listed(tx: Connection, limit: int = 20) -> list[Link]:
    """The newest first."""
    rows = tx.execute(sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit))
    return [Link(**row._mapping) for row in rows]

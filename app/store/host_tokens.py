"""The token in force at a host: sealed, replaced as a pair, renewed by one process at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.grants import Grant
from app.store import audit
from app.store.keys import Keys, seal, unseal
from app.store.tables import host_token as table

HELD = timedelta(seconds=30)  # longer than any request to a host lasts


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a host's token. `access` None: there is none in force; `trouble` says why."""

    access: str | None
    refresh: str | None
    expires_at: datetime
    generation: int
    renewing: bool  # somebody is at it
    trouble: str | None
    changed_at: datetime

    def __repr__(self) -> str:
        return f"Kept(generation={self.generation})"  # never the tokens


def read(tx: Connection, keys: Keys, host: str, now: datetime) -> Kept | None:
    """None: this host was never connected. Raises KeyLost with another deployment's key."""
    row = tx.execute(sa.select(table).where(table.c.host == host)).one_or_none()
    if row is None:
        return None
    pair = json.loads(unseal(_key(keys), row.sealed)) if row.sealed is not None else {}
    renewing = row.renewing_until is not None and row.renewing_until > now
    more = (row.generation, renewing, row.trouble, row.changed_at)
    return Kept(pair.get("access"), pair.get("refresh"), row.expires_at or now, *more)


def hold(tx: Connection, host: str, generation: int, now: datetime) -> bool:
    """Renewing it is ours for a while. False: somebody else is at it, or has done it.

    A lease and no row lock: on SQLite a lock held while a host takes its time would keep a stop waiting.
    """
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
    tx.execute(insert.values(host=host, generation=0, changed_at=now).on_conflict_do_nothing())
    mine = sa.and_(table.c.host == host, table.c.generation == generation, table.c.trouble.is_(None))
    free = sa.or_(table.c.renewing_until.is_(None), table.c.renewing_until <= now)
    return tx.execute(table.update().where(mine, free).values(renewing_until=now + HELD)).rowcount == 1


def let_go(tx: Connection, host: str, generation: int) -> None:
    """The host did not answer: whoever needs it next tries again."""
    mine = sa.and_(table.c.host == host, table.c.generation == generation)
    tx.execute(table.update().where(mine).values(renewing_until=None))


def put(tx: Connection, keys: Keys, host: str, grant: Grant, now: datetime, actor: str = "countersign") -> None:
    """The pair in force from this commit on; whatever was wrong is over."""
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
    tx.execute(insert.values(host=host, generation=0, changed_at=now).on_conflict_do_nothing())
    pair = json.dumps({"access": grant.access, "refresh": grant.refresh}).encode()
    values = {"sealed": seal(_key(keys), pair), "expires_at": now + timedelta(seconds=grant.seconds)}
    cleared = {"renewing_until": None, "trouble": None, "changed_at": now}
    renewed = table.update().where(table.c.host == host).values(generation=table.c.generation + 1, **values, **cleared)
    generation = tx.execute(renewed.returning(table.c.generation)).scalar_one()
    audit.append(tx, now, actor, "token.put", host, {"generation": generation})


def lose(tx: Connection, host: str, generation: int, why: str, now: datetime, actor: str = "countersign") -> None:
    """Both tokens are forgotten; only an admin who connects anew ends this."""
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
    tx.execute(insert.values(host=host, generation=0, changed_at=now).on_conflict_do_nothing())
    mine = sa.and_(table.c.host == host, table.c.generation == generation)
    values = {"sealed": None, "renewing_until": None, "trouble": why, "changed_at": now}
    if tx.execute(table.update().where(mine).values(**values)).rowcount:
        audit.append(tx, now, actor, "token.lost", host, {"generation": generation})


def _key(keys: Keys) -> bytes:
    return keys.sealing("host token")

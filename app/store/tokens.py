"""Tokens that are good once, of signed pages and links: the same one again is a replay, until it expires by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.store.tables import used_token

KEEP = timedelta(minutes=1)  # past the token's own end, so that a leeway of seconds opens no gap


def use(tx: Connection, sha256: str, expires_at: datetime, now: datetime) -> bool:
    """Note that this token was used. False: it was used before."""
    tx.execute(used_token.delete().where(used_token.c.expires_at < now - KEEP))
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = insert(used_token).values(sha256=sha256, expires_at=expires_at).on_conflict_do_nothing()
    return tx.execute(statement).rowcount == 1


def was_used(tx: Connection, sha256: str) -> bool:
    """For saying so before somebody takes the trouble; only `use` decides."""
    return tx.execute(sa.select(used_token.c.sha256).where(used_token.c.sha256 == sha256)).first() is not None

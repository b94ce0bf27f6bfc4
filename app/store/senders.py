"""What else writes to customers at a host, as it was when we last looked."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from app.host import Sender
from app.store.tables import sender


def put(tx: Connection, host: str, found: Sequence[Sender]) -> None:
    """In the place of all that was known before."""
    tx.execute(sender.delete().where(sender.c.host == host))
    for place, one in enumerate(found):
        tx.execute(sender.insert().values(host=host, place=place, kind=one.kind, name=one.name, brings=one.brings))


def of(tx: Connection, host: str) -> list[Sender]:
    """In the host's order."""
    wanted = sa.select(sender.c.kind, sender.c.name, sender.c.brings).where(sender.c.host == host)
    return [Sender(*row) for row in tx.execute(wanted.order_by(sender.c.place))]

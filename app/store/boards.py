"""Boards: the figures of so many weeks as the clock counted them last, so that a page reads one row and not a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from app.store.tables import figures as table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """A board, when it was counted, and how long that took."""

    at: datetime
    seconds: float
    board: T


class Boards(Generic[T]):
    """Made once, at import: msgspec learns a type at its first use, and two threads that do so at once crash the process."""

    def __init__(self, kind: type[T]) -> None:
        self._pack, self._unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(kind).decode

    def keep(self, tx: Connection, weeks: int, counted: Counted[T]) -> None:
        """In place of the one before."""
        tx.execute(table.delete().where(table.c.weeks == weeks))
        values = {"weeks": weeks, "counted_at": counted.at, "seconds": counted.seconds}
        tx.execute(table.insert().values(**values, board=self._pack(counted.board)))

    def last(self, tx: Connection, weeks: int) -> Counted[T] | None:
        """None: nobody counted yet, or another release did, whose boards look otherwise."""
        row = tx.execute(sa.select(table).where(table.c.weeks == weeks)).one_or_none()
        try:
            return Counted(row.counted_at, row.seconds, self._unpack(row.board)) if row else None
        except msgspec.ValidationError:
            return None

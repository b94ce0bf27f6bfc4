"""Look-ups: the records that facts are read from, with time-out, size limit and cache; nothing is ever written there."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.fetching import Allowed, Unfetched, fetched
from app.governance.lookups import HTTPS, TABLE, Asker, LookUp, NoFact, Told, checked

LARGEST_TABLE = 20_000_000  # bytes
REMEMBERED = timedelta(minutes=1)  # an answer is asked for again after that, however long it would hold
MOST_REMEMBERED = 1_000

Row = Mapping[str, Any]


@dataclass(slots=True)
class LookUps:
    """Tables in a folder, addresses on an allow-list, and the ticket's own fields."""

    folder: Path
    allowed: Allowed
    now: Callable[[], datetime]
    _answers: dict[tuple[str, str, str], Told] = field(default_factory=dict)
    _tables: dict[str, tuple[tuple[int, int], list[Row]]] = field(default_factory=dict)

    def read(self, look_up: LookUp, key: str | None, asker: Asker) -> Told:
        """The one record of that key which is theirs. Raises NoFact."""
        if look_up.origin not in {TABLE, HTTPS}:
            return Told(asker.fields, self.now())
        asked = (look_up.place, key or "", asker.email.casefold())
        before = self._answers.get(asked)
        if before is not None and self.now() - before.read_at < REMEMBERED:
            return Told(checked(before.facts, look_up, asker), before.read_at)
        row = self._from_table(look_up, key, asker) if look_up.origin == TABLE else self._from_web(look_up, key, asker)
        told = Told(checked(row, look_up, asker), self.now())
        if len(self._answers) >= MOST_REMEMBERED:
            self._answers.clear()
        self._answers[asked] = told
        return told

    def _from_web(self, look_up: LookUp, key: str | None, asker: Asker) -> Row:
        try:
            return fetched(look_up.place, {"key": key or "", "requester": asker.email}, self.allowed)
        except Unfetched as error:
            raise NoFact(f"{look_up.place.partition('?')[0]}: {error}") from error

    def _from_table(self, look_up: LookUp, key: str | None, asker: Asker) -> Row:
        """Rows of the customer's own alone are looked at: another one's order is not there for them."""
        rows = self._table(look_up.place)
        wanted = {look_up.requester: asker.email, **({look_up.key: key} if key is not None else {})}
        if rows and (lacking := [name for name in wanted if name not in rows[0]]):
            raise NoFact(f"{look_up.place} has no column {lacking[0]}")
        theirs = [row for row in rows if all(_same(row[name], value) for name, value in wanted.items())]
        if len(theirs) > 1:
            raise NoFact(f"{look_up.place} has {len(theirs)} records for that")
        return theirs[0] if theirs else {}

    def _table(self, name: str) -> list[Row]:
        """Read anew whenever the file changed."""
        file = self.folder / name
        try:
            state = file.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            if state.st_size > LARGEST_TABLE:
                raise NoFact(f"{name} is too large to be read")
            if name not in self._tables or self._tables[name][0] != stamp:
                self._tables[name] = (stamp, _rows(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise NoFact(f"{name} cannot be read ({type(error).__name__})") from error
        return self._tables[name][1]


def _rows(file: Path) -> list[Row]:
    """Raises NoFact where a row has more or fewer cells than the head."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        names = reader.fieldnames or []
        rows = list(reader)
    if len(set(names)) != len(names):
        raise NoFact(f"{file.name} names a column twice")
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise NoFact(f"{file.name}, record {number}: another number of cells than in the head")
    return list(rows)


def _same(cell: str, wanted: str) -> bool:
    return cell.strip().casefold() == wanted.strip().casefold()

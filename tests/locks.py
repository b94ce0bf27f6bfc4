"""In which order transactions take their row locks on PostgreSQL: switch, proposal, outbox, audit tail, and never back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

ORDER = ("switch", "proposal", "outbox", "audit_tail")
LOCKS = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)|SELECT.*?\sFROM (\w+).*FOR (?:UPDATE|SHARE)", re.DOTALL)


@contextmanager
def watched(engine: Engine) -> Iterator[list[str]]:
    """What was locked too late, told as the two tables and the statement. Nobody waits for a row that we have just made."""
    found: list[str] = []

    def begin(connection: Connection) -> None:
        connection.info["locked"] = []

    def execute(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        match = LOCKS.match(statement)
        table = match and (match[1] or match[2])
        locked = connection.info.setdefault("locked", [])
        asked = match and match[2]  # a second SELECT … FOR UPDATE may be for other rows than the first
        if table in ORDER and (asked or table not in locked):
            late = [earlier for earlier in locked if ORDER.index(earlier) > ORDER.index(table)]
            if not statement.startswith("INSERT"):
                found.extend(f"{table} after {earlier}: {' '.join(statement.split())}" for earlier in late)
            locked.append(table)

    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", execute)
    try:
        yield found
    finally:
        event.remove(engine, "begin", begin)
        event.remove(engine, "before_cursor_execute", execute)

"""Searching the log finds what reading all of it would find, and never reads all of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.store import audit, searching
from app.store.engine import connect
from app.store.tables import audit as log

ACTORS, ACTIONS = ("countersign", "ana", "ben"), ("answer.intent", "answer.outcome", "role.changed", "log.pruned")
OBJECTS = ("one", "two", "log")
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def fill(engine: Engine) -> list[tuple[int, str, str, str]]:
    chance = Random(7)
    said = [(chance.choice(ACTORS), chance.choice(ACTIONS), chance.choice(OBJECTS)) for _ in range(60)]
    with engine.begin() as tx:
        seqs = [audit.append(tx, MOMENT, *one, {}) for one in said]
        gone = {"stored": b"", "action": audit.PRUNED, "object": "", "actor": ""}
        tx.execute(log.update().where(log.c.seq.in_(seqs[:10])).values(**gone))
    return [(seq, *one) for seq, one in zip(seqs[10:], said[10:], strict=True)]


def test_it_finds_the_newest_that_fit(engine: Engine) -> None:
    there = fill(engine)
    asked = product(((), ("one", "log")), ((), ("ana", "ben"), ("countersign",)), ("", "answer.", "role."), (None, 30))
    with engine.begin() as tx:
        for objects, actors, kind, before in asked:
            fit = [
                seq
                for seq, actor, action, about in reversed(there)
                if (not objects or about in objects)
                and (not actors or actor in actors)
                and action.startswith(kind)
                and (before is None or seq < before)
            ]
            assert searching.newest(tx, 5, objects, actors, kind, before) == fit[:5]


@pytest.mark.parametrize(("actors", "kind"), [(("ana",), ""), ((), "role."), (("ana", "ben"), "answer.")])
def test_no_search_reads_the_whole_log(sqlite_database: str, actors: tuple[str, ...], kind: str) -> None:
    engine, said = connect(sqlite_database), list[tuple[str, Any]]()
    fill(engine)
    sa.event.listen(engine, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
    with engine.begin() as tx:
        searching.newest(tx, 5, (), actors, kind, None)
        plans = [row[3] for one in list(said) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {one[0]}", one[1])]
    engine.dispose()
    assert len(plans) > 2
    assert [plan for plan in plans if not plan.startswith("SEARCH audit USING COVERING INDEX ix_audit_a")] == []

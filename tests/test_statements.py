"""How often one message asks the database, from its proposal to its answer: every message pays for each statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app import review
from app.store import proposals
from tests.house import House

MOST = (29, 22, 17, 37)  # prepared, noted, approved, sent
_WAITS = "SELECT pg_"  # for its turn, which SQLite asks for otherwise


@contextmanager
def asked(house: House) -> Iterator[list[str]]:
    """Each statement, however it is read or written."""
    made: list[str] = []
    heard = [(one, "before_cursor_execute", lambda *about: made.append(about[2])) for one in _engines(house)]
    for one in heard:
        sa.event.listen(*one)
    yield made
    for one in heard:
        sa.event.remove(*one)


def _engines(house: House) -> list[sa.Engine]:
    same = house.deps.engine.dialect.name == "postgresql"  # the readers are its sibling, with its listeners
    return [house.deps.engine] if same else [house.deps.engine, house.deps.readers]


def _count(made: list[str]) -> int:
    return sum(not one.startswith(_WAITS) for one in made)


def test_no_part_of_a_message_asks_more_than_it_must(house: House) -> None:
    with asked(house) as prepared:
        item = house.propose()
    with asked(house) as noted:
        house.deliver_due()
    seen = house.seen(item)
    with asked(house) as approved:
        review.approve(house.deps, item, seen, house.rosa)
    with asked(house) as sent:
        house.after_undo()
    assert house.state(item) == proposals.SENT
    assert all(_count(some) <= most for some, most in zip((prepared, noted, approved, sent), MOST, strict=True))


def test_a_note_asks_nothing_that_only_an_answer_needs(house: House) -> None:
    house.propose()
    with asked(house) as noted:
        house.deliver_due()
    needless = ("approval", "failure_pattern", "freeze", "escalation", "source", "citation", "staff")
    assert not [one for one in noted for table in needless if f"FROM {table} " in " ".join(one.split())]
    assert [one for one in noted if "FROM switch" in " ".join(one.split())]

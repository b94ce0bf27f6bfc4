"""The audit log: each entry follows from the one before, and whoever touches one is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from app.governance import chain
from app.store import audit
from app.store.engine import readers
from app.store.tables import audit as table
from tests.house import House
from tests.store import beside

MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ENTRIES = 6
APPEND = """
import sys
from datetime import UTC, datetime
from app.store import audit, engine
deployment = engine.connect(sys.argv[1])
for number in range(40):
    with deployment.begin() as tx:
        audit.append(tx, datetime.now(UTC), sys.argv[2], "tried", str(number), {"number": number})
"""


@pytest.fixture
def log(engine: Engine) -> Engine:
    with engine.begin() as tx:
        for number in range(ENTRIES):
            audit.append(tx, MOMENT, "rosa", "tried", f"thing {number}", {"number": number})
    return engine


def verdict(log: Engine) -> chain.Verdict:
    with log.begin() as tx:
        return audit.verify(tx)


def test_an_untouched_log_verifies(log: Engine) -> None:
    assert (verdict(log).size, verdict(log).broken_at) == (ENTRIES, None)


def test_an_empty_log_verifies(engine: Engine) -> None:
    assert verdict(engine) == chain.Verdict(0, chain.GENESIS)


# --- whoever touches an entry is found -----------------------------------------------------------------------------------
def row(tx: Connection, seq: int) -> dict[str, Any]:
    return dict(tx.execute(sa.select(table).where(table.c.seq == seq)).one()._mapping)


def change(tx: Connection, at: int, **values: Any) -> None:
    assert tx.execute(table.update().where(table.c.seq == at).values(**values)).rowcount == 1


def flip(column: str) -> Callable[[Connection], None]:
    def tamper(tx: Connection) -> None:
        raw = row(tx, 3)[column]
        change(tx, 3, **{column: raw[:-1] + bytes([raw[-1] ^ 1])})

    return tamper


def rewrite_the_leaf_too(tx: Connection) -> None:
    stored = row(tx, 3)["stored"].replace(b'"number":2', b'"number":9')
    change(tx, 3, stored=stored, leaf=chain.leaf(stored))


def rewrite_the_link_too(tx: Connection) -> None:
    rewrite_the_leaf_too(tx)
    change(tx, 3, chain=chain.link(row(tx, 2)["chain"], row(tx, 3)["leaf"]))


def delete_one(tx: Connection) -> None:
    tx.execute(table.delete().where(table.c.seq == 3))


def delete_one_and_close_the_gap(tx: Connection) -> None:
    delete_one(tx)
    for seq in range(4, ENTRIES + 1):
        change(tx, seq, seq=seq - 1)


def delete_the_first(tx: Connection) -> None:
    tx.execute(table.delete().where(table.c.seq == 1))


def insert_one(tx: Connection) -> None:
    for seq in range(ENTRIES, 2, -1):
        change(tx, seq, seq=seq + 1)
    forged = row(tx, 2) | {"seq": 3, "stored": b"{}", "leaf": chain.leaf(b"{}")}
    tx.execute(table.insert().values(**forged | {"chain": chain.link(forged["chain"], forged["leaf"])}))


def swap_two(tx: Connection) -> None:
    third, fourth = row(tx, 3), row(tx, 4)
    change(tx, 3, **{name: fourth[name] for name in ("stored", "leaf", "chain")})
    change(tx, 4, **{name: third[name] for name in ("stored", "leaf", "chain")})


def cut_the_tail(tx: Connection) -> None:
    tx.execute(table.delete().where(table.c.seq > 4))


def append_past_the_tail(tx: Connection) -> None:
    last = row(tx, ENTRIES)
    forged = {"seq": ENTRIES + 1, "stored": b"{}", "leaf": chain.leaf(b"{}")}
    tx.execute(table.insert().values(**last | forged | {"chain": chain.link(last["chain"], chain.leaf(b"{}"))}))


@dataclass(frozen=True)
class Tampering:
    act: Callable[[Connection], None]
    found_at: int


TAMPERINGS = {
    "a byte of the entry": Tampering(flip("stored"), 3),
    "a byte of its leaf": Tampering(flip("leaf"), 3),
    "a byte of its link": Tampering(flip("chain"), 3),
    "the entry and its leaf": Tampering(rewrite_the_leaf_too, 3),
    "the entry, its leaf and its link": Tampering(rewrite_the_link_too, 4),
    "an entry deleted": Tampering(delete_one, 4),  # the first that does not follow; the words name number 3
    "an entry deleted and the gap closed": Tampering(delete_one_and_close_the_gap, 3),
    "the first entry deleted": Tampering(delete_the_first, 2),
    "an entry put in between": Tampering(insert_one, 4),
    "two entries swapped": Tampering(swap_two, 3),
    "the end cut off": Tampering(cut_the_tail, 5),
    "an entry put behind the end": Tampering(append_past_the_tail, ENTRIES + 1),
}


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=list(TAMPERINGS))
def test_whoever_touches_an_entry_is_found_at_the_right_place(log: Engine, tampering: Tampering) -> None:
    with log.begin() as tx:
        tampering.act(tx)
    assert verdict(log).broken_at == tampering.found_at


def test_the_words_name_the_entry_that_is_missing(log: Engine) -> None:
    with log.begin() as tx:
        delete_one(tx)
    assert verdict(log).why == "entry 3 is missing"


# --- how it grows --------------------------------------------------------------------------------------------------------
def test_processes_that_write_at_once_never_fork_the_log(engine: Engine, database_url: str) -> None:
    beside.outputs([beside.start(APPEND, database_url, name) for name in ("rosa", "ben")])
    assert (verdict(engine).size, verdict(engine).broken_at) == (80, None)


class TurnedAway(Exception):
    """The change did not happen."""


def append_and_turn_away(log: Engine) -> None:
    with log.begin() as tx:
        audit.append(tx, MOMENT, "rosa", "tried", "nothing", {})
        raise TurnedAway


def test_a_change_that_is_undone_leaves_no_entry(log: Engine) -> None:
    with pytest.raises(TurnedAway):
        append_and_turn_away(log)
    assert (verdict(log).size, verdict(log).broken_at) == (ENTRIES, None)


def test_no_entry_holds_what_a_customer_wrote_or_who_they_are(engine: Engine, clock: Any, tmp_path: Path) -> None:
    house = House(engine, clock, tmp_path)
    item = house.propose("My parcel QUETZAL-4711 is late, says Casey.")
    house.approve(item)
    house.after_undo()
    assert house.host.reached
    with engine.begin() as tx:
        stored = b"\n".join(entry.stored for entry in audit.entries(tx)).lower()
    assert b"answer.outcome" in stored
    assert [word for word in (b"quetzal", b"casey", b"customer.example", b"standard delivery") if word in stored] == []


def test_a_log_that_grows_while_it_is_verified_is_whole(log: Engine) -> None:
    reading = readers(log)
    with reading.begin() as tx:
        tx.execute(sa.select(table.c.seq)).first()  # the walk has begun
        with log.begin() as other:
            audit.append(other, MOMENT, "rosa", "tried", "one more", {})
        seen = audit.verify(tx)
    reading.dispose()
    assert (seen.size, seen.broken_at) == (ENTRIES, None)
    assert (verdict(log).size, verdict(log).broken_at) == (ENTRIES + 1, None)


def test_whoever_only_reads_cannot_write(log: Engine) -> None:
    reading = readers(log)
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), reading.begin() as tx:
        audit.append(tx, MOMENT, "rosa", "tried", "one more", {})
    reading.dispose()


def test_what_was_taken_back_is_followed_by_nothing(log: Engine) -> None:
    with log.connect() as connection:
        taken_back = connection.begin()
        for number in range(2):
            audit.append(connection, MOMENT, "rosa", "tried", f"other {number}", {})
        taken_back.rollback()
        with connection.begin():
            last = audit.append(connection, MOMENT, "rosa", "tried", "again", {})
    assert last == ENTRIES + 1
    assert verdict(log).broken_at is None


def test_two_that_write_in_turn_on_open_connections_never_fork_the_log(log: Engine) -> None:
    with log.connect() as one, log.connect() as other:
        for connection in (one, other, one, other):
            with connection.begin():
                audit.append(connection, MOMENT, "rosa", "tried", "first", {})
                audit.append(connection, MOMENT, "rosa", "tried", "second", {})
    assert verdict(log).size == ENTRIES + 8
    assert verdict(log).broken_at is None

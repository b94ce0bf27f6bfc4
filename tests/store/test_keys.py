"""Keys: what a customer wrote is sealed under their own key, and another deployment's key opens nothing."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app import deliver as door
from app import desk
from app.governance.proposal import Draft, Sentence
from app.host import Arrival
from app.store import engine as store_engine
from app.store import inbox, outbox
from app.store.keys import KeyLost, Keys, seal, unseal
from tests.house import House

CANARY = "QUETZAL-4711"


@pytest.fixture
def house(engine: Engine, clock: Any, tmp_path: Path) -> House:
    return House(engine, clock, tmp_path)


def test_what_was_sealed_opens_with_its_key_only() -> None:
    sealed = seal(bytes(32), b"hello")
    assert unseal(bytes(32), sealed) == b"hello"
    with pytest.raises(KeyLost):
        unseal(bytes([1]) * 32, sealed)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_flipped_bit_opens_nothing(place: int) -> None:
    sealed = bytearray(seal(bytes(32), b"hello"))
    sealed[place] ^= 1
    with pytest.raises(KeyLost):
        unseal(bytes(32), bytes(sealed))


def test_the_same_words_are_never_sealed_alike() -> None:
    assert seal(bytes(32), b"hello") != seal(bytes(32), b"hello")


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keys(b"short")


def test_two_customers_have_two_keys_and_one_keeps_theirs(engine: Engine) -> None:
    keys = Keys(bytes(32))
    with engine.begin() as tx:
        casey, cleo = (keys.of(tx, keys.subject("zendesk", person)) for person in ("1", "2"))
        assert casey != cleo
        assert casey == keys.of(tx, keys.subject("zendesk", "1"))


def test_a_customers_name_in_the_database_leads_to_nobody() -> None:
    named = Keys(bytes(32)).subject("zendesk", "1")
    assert named != Keys(bytes([1]) * 32).subject("zendesk", "1")
    assert named != Keys(bytes(32)).subject("gmail", "1")


def test_with_another_key_nothing_is_shown_and_nothing_sent(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.clock.tick(6)
    lost = replace(house.deps, keys=Keys(b"x" * 32))
    with pytest.raises(KeyLost):
        desk.queue(lost)
    with house.deps.engine.begin() as tx:
        due = outbox.due(tx, house.clock.now())
    for row_id in due:
        with pytest.raises(KeyLost):
            door.deliver(lost, row_id)
    assert house.host.reached == []


@pytest.mark.threat("log-leak")
def test_neither_words_nor_address_of_a_customer_are_in_the_database_file(
    sqlite_database: str, clock: Any, tmp_path: Path
) -> None:
    engine = store_engine.connect(sqlite_database)
    house = House(engine, clock, tmp_path)
    ticket = house.host.new_ticket(f"My parcel {CANARY} is late.")
    said = f"My parcel {CANARY} is late."
    draft = Draft("It takes a violet week.", (Sentence("It takes a violet week.", ()),))
    item = house.prepare(ticket, text=said, full_text=said, draft=draft)
    house.approve(item)
    house.after_undo()
    assert house.host.reached
    assert CANARY in str(house.stored(item).proposal.text)
    engine.dispose()
    for word in (CANARY, "casey@customer.example", "Casey", "a violet week"):
        found = subprocess.run(["grep", "-rlaiF", word, tmp_path], capture_output=True, text=True, check=False)
        assert (word, found.returncode, found.stdout) == (word, 1, "")


def test_an_unusable_body_is_kept_sealed(house: House, tmp_path: Path) -> None:
    raw = CANARY.encode()
    with house.deps.engine.begin() as tx:
        inbox.add(tx, house.deps.keys, "zendesk", [Arrival("k", "unusable", raw=raw)], house.clock.now())
        kept = tx.exec_driver_sql("SELECT id, raw FROM inbox").one()
        assert raw not in bytes(kept.raw)
        assert inbox.unusable_body(tx, house.deps.keys, kept.id) == raw

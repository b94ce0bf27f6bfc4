"""The switch: LIVE → OFF → CONFIRMED in each scope, and back to LIVE by two people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app import review, sweep
from app.governance.decision import Switch
from app.store import audit, outbox, proposals, switch
from app.store.tables import approval
from tests.house import House


@pytest.fixture
def house(engine: Engine, clock: Any, tmp_path: Path) -> House:
    return House(engine, clock, tmp_path)


def setting(house: House, queue: str | None = "support") -> switch.Setting:
    with house.deps.engine.begin() as tx:
        return switch.read(tx, queue)


def standing(house: House, scope: str = "*") -> switch.ScopeState:
    with house.deps.engine.begin() as tx:
        return next(found for found in switch.scopes(tx) if found.scope == scope)


def off(house: House, scope: str = "*") -> bool:
    return review.roll_back(house.deps, scope, "rosa")


def restore(house: House, *people: str) -> list[bool]:
    asked = []
    for person in people:
        with house.deps.engine.begin() as tx:
            asked.append(switch.restore(tx, "*", person, house.clock.now()))
    return asked


# --- scopes ------------------------------------------------------------------------------------------------------------
def test_the_policy_installs_a_row_for_everything_and_for_each_queue(house: House) -> None:
    with house.deps.engine.begin() as tx:
        assert [found.scope for found in switch.scopes(tx)] == ["*", "billing", "support"]
    assert setting(house).state is Switch.LIVE


def test_everything_off_turns_every_queue_off(house: House) -> None:
    off(house)
    assert [setting(house, queue).state for queue in ("support", "billing", None)] == [Switch.OFF] * 3


def test_one_queue_off_leaves_the_others(house: House) -> None:
    off(house, "billing")
    assert [setting(house, queue).state for queue in ("support", "billing", None)] == [
        Switch.LIVE,
        Switch.OFF,
        Switch.LIVE,
    ]


def test_a_queue_that_nobody_installed_is_off(house: House) -> None:
    assert setting(house, "marketing") == switch.Setting(Switch.OFF, (0, 0))


def test_an_empty_switch_is_off(engine: Engine) -> None:
    with engine.begin() as tx:
        assert switch.read(tx, "support").state is Switch.OFF
        assert switch.read_locked(tx, "support").state is Switch.OFF


def test_publishing_again_never_turns_a_stopped_queue_on(house: House) -> None:
    off(house)
    with house.deps.engine.begin() as tx:
        switch.install(tx, "*", house.clock.now())
    assert setting(house).state is Switch.OFF


# --- generations ---------------------------------------------------------------------------------------------------------
def test_each_change_makes_a_new_generation(house: House) -> None:
    assert setting(house).generations == (1, 1)
    off(house)
    assert setting(house).generations == (2, 1)
    sweep.drain(house.deps)
    restore(house, "ana", "ben")
    assert setting(house).generations == (3, 1)
    off(house, "support")
    assert setting(house).generations == (3, 2)


def test_a_yes_from_before_a_stop_is_worth_nothing_after_the_restore(house: House) -> None:
    item = house.propose()
    seen = house.seen(item)
    off(house)
    sweep.drain(house.deps)
    assert restore(house, "ana", "ben") == [False, True]
    with pytest.raises(review.Changed):
        review.approve(house.deps, item, seen, house.rosa)


# --- OFF -----------------------------------------------------------------------------------------------------------------
def test_turning_off_twice_is_one_stop(house: House) -> None:
    assert off(house)
    assert not off(house)
    assert setting(house).generations == (2, 1)


def test_off_gives_approved_answers_back_to_people(house: House) -> None:
    item = house.propose()
    house.deliver_due()  # the note of the offer
    house.approve(item)
    off(house)
    assert house.state(item) == proposals.HUMAN
    assert standing(house).to_humans == 1
    with house.deps.engine.begin() as tx:
        assert tx.execute(sa.select(approval.c.void_reason)).scalars().all() == ["the switch was turned off"]
    house.clock.tick(3600)
    assert house.deliver_due() == []
    assert house.host.reached == []


def test_a_stop_in_one_queue_leaves_the_answers_of_the_others(house: House) -> None:
    item = house.propose()
    house.approve(item)
    off(house, "billing")
    house.after_undo()
    assert len(house.host.reached) == 1


# --- CONFIRMED -------------------------------------------------------------------------------------------------------------
def test_nothing_in_flight_is_confirmed_at_once(house: House) -> None:
    off(house)
    house.clock.tick(0.2)
    sweep.drain(house.deps)
    found = standing(house)
    assert (found.state, found.confirmed_at, found.sent_before, found.unclear) == (
        Switch.CONFIRMED,
        house.clock.now(),
        0,
        0,
    )


def test_a_live_switch_is_never_confirmed(house: House) -> None:
    with house.deps.engine.begin() as tx:
        assert not switch.confirm(tx, "*", house.clock.now())
    assert standing(house).state is Switch.LIVE


def in_flight(house: House) -> str:
    """An answer that was claimed and of which nothing more is known."""
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    stands = house.host.fetch(house.ref(item)).standing(house.stored(item).proposal.comment, "test")
    with house.deps.engine.begin() as tx:
        (row_id,) = outbox.due(tx, house.clock.now())
        assert isinstance(outbox.claim(tx, house.deps.keys, row_id, stands, house.clock.now()), tuple)
    return item


def test_a_send_in_flight_keeps_it_from_being_confirmed(house: House) -> None:
    item = in_flight(house)
    off(house)
    sweep.drain(house.deps)
    assert standing(house).state is Switch.OFF
    ticket = house.ref(item).ticket
    with house.deps.engine.begin() as tx:
        assert switch.in_flight(tx, "*") == [("zendesk", ticket)]
        assert switch.in_flight(tx, "billing") == []


def test_one_queue_is_confirmed_while_another_still_sends(house: House) -> None:
    in_flight(house)
    off(house, "billing")
    off(house)
    sweep.drain(house.deps)
    assert standing(house, "billing").state is Switch.CONFIRMED
    assert standing(house, "*").state is Switch.OFF


def test_confirmed_counts_what_was_sent_and_what_is_unclear(house: House) -> None:
    sent, unclear = in_flight(house), in_flight(house)
    off(house)
    with house.deps.engine.begin() as tx:
        stuck = [outbox.in_flight(tx, house.deps.keys, row) for row in outbox.stuck(tx, house.clock.now(), scope="*")]
    rows = {pair[0].ref: pair for pair in stuck if pair}
    permit, message = rows[house.ref(sent)]
    other, _ = rows[house.ref(unclear)]
    receipt = house.host.send(permit, message)
    with house.deps.engine.begin() as tx:
        assert outbox.record(tx, house.deps.keys, permit, receipt, house.clock.now())
    with house.deps.engine.begin() as tx:
        assert outbox.record_unclear(tx, other, house.clock.now())
    sweep.drain(house.deps)
    found = standing(house)
    assert (found.state, found.sent_before, found.unclear) == (Switch.CONFIRMED, 1, 1)


def test_what_was_sent_before_the_stop_is_not_counted(house: House) -> None:
    house.approve(house.propose())
    house.after_undo()
    house.clock.tick(1)
    off(house)
    sweep.drain(house.deps)
    assert standing(house).sent_before == 0


# --- restore ---------------------------------------------------------------------------------------------------------------
def test_one_person_alone_never_restores(house: House) -> None:
    off(house)
    sweep.drain(house.deps)
    assert restore(house, "ana", "ana", "ana") == [False, False, False]
    assert standing(house).state is Switch.CONFIRMED


def test_a_second_person_restores(house: House) -> None:
    off(house)
    sweep.drain(house.deps)
    assert restore(house, "ana", "ben") == [False, True]
    assert setting(house).state is Switch.LIVE


def test_nothing_is_restored_before_it_is_confirmed(house: House) -> None:
    off(house)
    assert restore(house, "ana", "ben") == [False, False]
    assert standing(house).state is Switch.OFF


def test_an_old_wish_to_restore_does_not_outlive_the_next_stop(house: House) -> None:
    off(house)
    sweep.drain(house.deps)
    restore(house, "ana", "ben")
    off(house)
    sweep.drain(house.deps)
    assert restore(house, "ben") == [False]


def test_each_step_is_in_the_log(house: House) -> None:
    off(house)
    sweep.drain(house.deps)
    restore(house, "ana", "ben")
    with house.deps.engine.begin() as tx:
        stored = [entry.stored for entry in audit.entries(tx)]
    for action in (b"switch.off", b"switch.confirmed", b"switch.restore-asked", b"switch.live"):
        assert sum(b'"action":"' + action + b'"' in entry for entry in stored) == 1

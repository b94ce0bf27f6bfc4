"""The switch: OFF stops at once, CONFIRMED means that nothing more arrives, back takes two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import review, sweep
from app.governance.decision import Switch
from app.governance.proposal import Trigger
from app.host import HostError
from app.store import outbox, proposals
from tests.house import House, answers, claimed, scope


@pytest.mark.threat("check-then-send")
def test_off_stops_what_was_approved_and_is_confirmed(house: House) -> None:
    item = house.propose()
    house.approve(item)
    review.roll_back(house.deps, "*", "rosa")
    house.after_undo()
    sweep.drain(house.deps)
    everything = scope(house, "*")
    assert answers(house) == []
    assert (everything.state, everything.to_humans) == (Switch.CONFIRMED, 1)


@pytest.mark.threat("check-then-send")
def test_off_is_not_confirmed_while_a_send_is_in_flight(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    permit, message = claimed(house)
    review.roll_back(house.deps, "support", "rosa")
    sweep.drain(house.deps)
    assert scope(house, "support").state is Switch.OFF
    receipt = house.host.send(permit, message)
    with house.deps.engine.begin() as tx:
        outbox.record(tx, house.deps.keys, permit, receipt, house.clock.now())
    sweep.drain(house.deps)
    assert scope(house, "support").state is Switch.CONFIRMED
    assert scope(house, "support").sent_before == 1


def test_a_drain_fences_what_lingers_and_nothing_arrives_afterwards(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    permit, message = claimed(house)
    review.roll_back(house.deps, "*", "rosa")
    house.clock.tick(11)
    sweep.drain(house.deps)
    assert scope(house, "*").state is Switch.CONFIRMED
    with pytest.raises(HostError):
        house.host.send(permit, message)
    assert answers(house) == []
    assert house.state(item) == proposals.HUMAN


def test_an_unreachable_host_never_gives_a_false_confirmed(house: House) -> None:
    house.propose()
    house.deliver_due()
    item = house.propose("Where is it?")
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    claimed(house)
    house.host.faults.down = HostError("Zendesk does not answer")
    review.roll_back(house.deps, "*", "rosa")
    house.clock.tick(600)
    sweep.drain(house.deps)
    assert scope(house, "*").state is Switch.OFF


def test_a_queue_that_is_off_leaves_the_other_alone(house: House) -> None:
    review.roll_back(house.deps, "billing", "rosa")
    item = house.propose()
    house.approve(item)
    house.after_undo()
    assert len(answers(house)) == 1


def test_what_was_seen_before_a_stop_is_stale_after_the_restore(house: House) -> None:
    item = house.propose()
    seen = house.seen(item)
    review.roll_back(house.deps, "*", "rosa")
    sweep.drain(house.deps)
    ben = replace(house.ana, member=replace(house.ana.member, id="ben"))
    assert not review.restore(house.deps, "*", house.ana)
    assert not review.restore(house.deps, "*", house.ana)  # the same person twice is one person
    assert review.restore(house.deps, "*", ben)
    with pytest.raises(review.Changed):
        review.approve(house.deps, item, seen, house.rosa)


def test_restoring_needs_admins(house: House) -> None:
    review.roll_back(house.deps, "*", "rosa")
    with pytest.raises(review.Forbidden):
        review.restore(house.deps, "*", house.rosa)


def test_an_escalation_leaves_its_note_also_while_off(house: House) -> None:
    review.roll_back(house.deps, "*", "rosa")
    item = house.propose(triggers=(Trigger("legal", "my lawyer"),))
    house.deliver_due()
    (note,) = house.host.notes(house.ref(item))
    assert "legal@acme.example" in note
    assert house.state(item) == proposals.ESCALATED


def test_a_click_that_meant_asking_never_grants(house: House) -> None:
    review.roll_back(house.deps, "*", "rosa")
    sweep.drain(house.deps)
    ben = replace(house.ana, member=replace(house.ana.member, id="ben"))
    review.restore(house.deps, "*", house.ana, granting=False)
    with pytest.raises(review.Changed, match="just asked"):
        review.restore(house.deps, "*", ben, granting=False)
    assert scope(house, "*").state is Switch.CONFIRMED
    assert review.restore(house.deps, "*", ben, granting=True)


def test_whoever_stops_again_takes_back_what_was_asked(house: House) -> None:
    review.roll_back(house.deps, "*", "rosa")
    sweep.drain(house.deps)
    review.restore(house.deps, "*", house.ana)
    review.roll_back(house.deps, "*", "rosa")
    ben = replace(house.ana, member=replace(house.ana.member, id="ben"))
    assert not review.restore(house.deps, "*", ben)
    assert scope(house, "*").state is Switch.CONFIRMED


def test_a_note_in_flight_is_not_counted_as_a_reply(house: House) -> None:
    house.propose()
    permit, message = claimed(house)  # the offer's note
    review.roll_back(house.deps, "*", "rosa")
    receipt = house.host.send(permit, message)
    with house.deps.engine.begin() as tx:
        outbox.record(tx, house.deps.keys, permit, receipt, house.clock.now())
    sweep.drain(house.deps)
    assert scope(house, "*").sent_before == 0

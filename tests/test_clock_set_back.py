"""A clock that is set back by an hour delays nothing and loses nothing: what was begun "tomorrow" is not waited for."""

from __future__ import annotations

from datetime import timedelta

from app import anchor, reconcile, review, sweep, watch
from app.governance.decision import Switch
from app.governance.proposal import Trigger
from app.host import HostError, TicketRef
from app.store import audit, checkpoints, heartbeats, inbox, outbox, proposals, replies, waits
from tests.house import House, answers, claimed, scope

HOUR = 3600


def sending(house: House) -> str:
    """An answer whose sender is gone."""
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    claimed(house)
    return item


def test_what_was_sending_is_settled(house: House) -> None:
    item = sending(house)
    house.clock.tick(-HOUR)
    sweep.settle_stuck(house.deps)
    assert house.state(item) == proposals.APPROVED  # never sent, so it may be tried again
    house.clock.tick(HOUR)
    house.deliver_due()
    assert (house.state(item), len(answers(house))) == (proposals.SENT, 1)


def test_an_answer_that_was_due_is_due_again_after_a_failed_try(house: House) -> None:
    house.clock.tick(HOUR)
    item = sending(house)
    house.clock.tick(60)
    sweep.settle_stuck(house.deps)
    house.clock.tick(-50)
    house.deliver_due()
    assert house.state(item) == proposals.SENT


def test_an_answer_that_was_put_off_in_the_wrong_hour_is_due(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(HOUR)
    house.host.faults.down = HostError("away")
    house.deliver_due()
    house.host.faults.down = None
    house.clock.tick(-HOUR + 60)
    house.deliver_due()
    assert house.state(item) == proposals.SENT


def test_a_note_for_people_that_was_filed_in_the_wrong_hour_is_due(house: House) -> None:
    house.clock.tick(HOUR)
    item = house.propose(triggers=(Trigger("legal", "my lawyer will"),))
    house.clock.tick(-HOUR)
    house.deliver_due()
    assert house.host.notes(house.ref(item))


def test_what_nobody_put_off_keeps_its_time_to_undo(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(-HOUR)
    house.deliver_due()
    assert house.state(item) == proposals.APPROVED


def test_an_answer_that_was_approved_in_the_wrong_hour_has_its_whole_time_to_undo_and_goes(house: House) -> None:
    house.clock.tick(HOUR)
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(-HOUR + 4)
    sweep.hold_anew(house.deps)
    house.clock.tick(4)
    sweep.hold_anew(house.deps)
    house.deliver_due()
    assert house.state(item) == proposals.APPROVED
    house.clock.tick(1)
    house.deliver_due()
    assert house.state(item) == proposals.SENT


def test_a_send_whose_lease_was_stretched_in_the_wrong_hour_is_settled(house: House) -> None:
    item = sending(house)
    with house.deps.engine.begin() as tx:
        permit = outbox.in_flight(tx, house.deps.keys, outbox.stuck(tx, house.clock.now() + timedelta(hours=2))[0])
        assert permit is not None
        waits.sending(tx, permit[0], house.clock.now() + timedelta(seconds=HOUR + 30))
    sweep.settle_stuck(house.deps)
    assert house.state(item) == proposals.APPROVED


def test_an_event_that_was_put_off_in_the_wrong_hour_is_looked_at(house: House) -> None:
    with house.deps.engine.begin() as tx:
        now = house.clock.now()
        ids = inbox.add(tx, house.deps.keys, "zendesk", [inbox.again(TicketRef("zendesk", "1"), "event")], now)
        inbox.later(tx, ids[0], now + timedelta(hours=1), "the host was away", timedelta(seconds=10))
        assert inbox.due(tx, now) == ids


def test_a_stop_is_confirmed(house: House) -> None:
    sending(house)
    review.roll_back(house.deps, "*", "rosa")
    house.clock.tick(-HOUR)
    sweep.drain(house.deps)
    assert scope(house, "*").state is Switch.CONFIRMED


def test_an_announced_ticket_is_looked_at(house: House) -> None:
    with house.deps.engine.begin() as tx:
        seen = inbox.again(TicketRef("zendesk", "1"), "event")
        ids = inbox.add(tx, house.deps.keys, "zendesk", [seen], house.clock.now())
        house.clock.tick(-HOUR)
        assert inbox.due(tx, house.clock.now()) == ids


def test_a_row_is_rung_for_again(house: House) -> None:
    house.propose()
    house.clock.tick(1)  # whoever filed it has rung for it
    ringer = sweep.Ringer()
    ringer.ring(house.deps)
    house.bell.rung.clear()
    ringer._rung = {key: at + timedelta(hours=1) for key, at in ringer._rung.items()}
    ringer.ring(house.deps)
    assert house.bell.rung


def test_the_installation_is_read_anew(house: House) -> None:
    watch.look(house.deps, "zendesk")
    with house.deps.readers.begin() as tx:
        assert watch.allowed(tx, house.deps, "zendesk")
        house.clock.tick(-HOUR)
        assert not watch.allowed(tx, house.deps, "zendesk")


def test_a_wait_is_over_when_its_time_has_passed_or_the_clock_was_set_back() -> None:
    wait = timedelta(seconds=10)
    assert [sweep.over(timedelta(seconds=passed), wait) for passed in (-1, 0, 9, 10)] == [True, False, False, True]


def test_the_log_is_signed_walked_and_compared_with_the_host(house: House) -> None:
    house.clock.tick(2 * HOUR)
    anchor.anchor(house.deps)
    anchor.verify_nightly(house.deps)
    reconcile.reconcile(house.deps, "zendesk")
    house.clock.tick(-HOUR)
    house.propose()
    for act in (anchor.anchor, anchor.verify_nightly, lambda deps: reconcile.reconcile(deps, "zendesk")):
        act(house.deps)
    with house.deps.engine.begin() as tx:
        last = checkpoints.last(tx)
        beats = {beat.name: beat.at for beat in heartbeats.everybody(tx)}
        rounds = replies.last(tx, "zendesk")
        assert audit.verify(tx).broken_at is None
    assert last is not None
    assert rounds is not None
    assert {last.signed_at, beats[anchor.SELF], rounds.at} == {house.clock.now()}

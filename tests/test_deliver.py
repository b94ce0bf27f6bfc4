"""The one door: at most one answer whatever happens, none after OFF, and everybody can see what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app import deliver as door
from app import review, sweep
from app.governance.decision import Switch
from app.host import HostError
from app.store import audit, outbox, proposals, switch
from tests.fakes import CASEY, ROSA
from tests.house import House


@pytest.fixture
def house(engine: Engine, clock: Any, tmp_path: Path) -> House:
    return House(engine, clock, tmp_path)


def answers(house: House) -> list[str]:
    return [text for _, text in house.host.reached]


def test_an_approved_draft_reaches_the_customer_once(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.after_undo()
    house.deliver_due()
    assert answers(house) == ["Standard delivery takes 3 to 5 days."]
    assert house.state(item) == proposals.SENT


def test_nothing_leaves_within_the_undo_time(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.clock.tick(4)
    house.deliver_due()
    review.undo(house.deps, item, house.rosa)
    house.clock.tick(60)
    house.deliver_due()
    assert answers(house) == []
    assert house.state(item) == proposals.OFFERED


def test_an_undone_draft_can_be_approved_again_and_is_sent_once(house: House) -> None:
    item = house.propose()
    house.approve(item)
    review.undo(house.deps, item, house.rosa)
    house.clock.tick(1)
    house.approve(item)
    house.after_undo()
    assert len(answers(house)) == 1


def test_a_double_click_is_one_approval(house: House) -> None:
    item = house.propose()
    assert house.approve(item) == house.approve(item)
    house.after_undo()
    assert len(answers(house)) == 1


def test_what_changed_since_it_was_seen_is_not_approved(house: House) -> None:
    item = house.propose()
    seen = house.seen(item)
    review.edit(house.deps, item, "Hello!\n\nWe will look into it.", house.rosa)
    with pytest.raises(review.Changed):
        review.approve(house.deps, item, seen, house.rosa)


def test_the_edited_words_are_what_the_customer_reads(house: House) -> None:
    item = house.propose()
    review.edit(house.deps, item, "Standard delivery takes 3 to 5 days. All the best, Rosa", house.rosa)
    house.approve(item)
    house.after_undo()
    assert answers(house) == ["Standard delivery takes 3 to 5 days. All the best, Rosa"]


def test_a_draft_mode_draft_cannot_be_approved(house: House) -> None:
    item = house.propose(category="refund-exception")
    with pytest.raises(review.Refused, match="draft mode"):
        house.approve(item)


def test_a_newer_customer_message_stops_an_approved_answer(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.host.says(house.ref(item), CASEY, "Never mind, it came.")
    house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.SUPERSEDED


def test_an_answer_by_hand_stops_an_approved_answer(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.host.says(house.ref(item), ROSA, "I have answered you myself.", by_hand=True)
    house.after_undo()
    assert answers(house) == ["I have answered you myself."]


def test_a_lost_answer_is_settled_as_sent_and_never_repeated(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.deliver_due()  # the note
    house.host.faults.lost_after = 1
    house.after_undo()
    sweep.sweep(house.deps)
    house.deliver_due()
    assert len(answers(house)) == 1
    assert house.state(item) == proposals.SENT


def test_a_lost_request_is_tried_again_and_sent_once(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.faults.lost_before = 1
    house.after_undo()
    house.deliver_due()
    assert len(answers(house)) == 1
    assert house.state(item) == proposals.SENT


def test_three_lost_requests_are_enough(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.faults.lost_before = 9
    for _ in range(5):
        house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.HUMAN


def test_without_markers_a_lost_answer_is_unclear_and_a_person_checks(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.faults.drop_metadata, house.host.faults.lost_after = True, 1
    house.after_undo()
    sweep.sweep(house.deps)
    house.after_undo()
    assert len(answers(house)) == 1
    assert house.state(item) == proposals.UNCLEAR


def test_a_worker_that_died_after_sending_is_settled_by_the_sweeper(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    permit, message = claimed(house)
    house.host.send(permit, message)  # … and the worker is gone
    house.clock.tick(60)
    sweep.sweep(house.deps)
    assert len(answers(house)) == 1
    assert house.state(item) == proposals.SENT


def claimed(house: House) -> Any:
    with house.deps.engine.begin() as tx:
        (row_id,) = outbox.due(tx, house.clock.now())
        order = outbox.order(tx, row_id)
        assert order is not None
        standing = house.host.fetch(order.ref).standing(order.comment, "test")
        return outbox.claim(tx, house.deps.keys, row_id, standing, house.clock.now())


def test_a_late_copy_of_a_settled_request_is_refused_by_the_host(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    permit, message = claimed(house)
    door.settle(house.deps, permit, message)  # fenced: proved unsent, so READY again
    with pytest.raises(HostError):
        house.host.send(permit, message)  # the endless pause is over
    house.deliver_due()
    assert len(answers(house)) == 1


def test_two_workers_get_one_permit(house: House) -> None:
    house.propose()
    house.deliver_due()
    item = house.propose("And mine?")
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    assert not isinstance(claimed(house), outbox.Refusal)
    with house.deps.engine.begin() as tx:
        assert outbox.due(tx, house.clock.now()) == []


def test_off_stops_what_was_approved_and_is_confirmed(house: House) -> None:
    item = house.propose()
    house.approve(item)
    review.roll_back(house.deps, "*", "rosa")
    house.after_undo()
    sweep.drain(house.deps)
    with house.deps.engine.begin() as tx:
        (everything, *_) = switch.scopes(tx)
    assert answers(house) == []
    assert (everything.state, everything.to_humans) == (Switch.CONFIRMED, 2)  # the answer, and the offer's note


def scope(house: House, name: str) -> switch.Standing:
    with house.deps.engine.begin() as tx:
        return next(found for found in switch.scopes(tx) if found.scope == name)


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
        outbox.record(tx, permit, receipt, house.clock.now())
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


def test_an_offer_leaves_one_internal_note(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.deliver_due()
    (note,) = house.host.notes(house.ref(item))
    assert "Standard delivery takes 3 to 5 days." in note
    assert answers(house) == []


def test_an_escalation_leaves_its_note_also_while_off(house: House) -> None:
    review.roll_back(house.deps, "*", "rosa")
    item = house.propose(triggers=(builders_trigger(),))
    house.deliver_due()
    (note,) = house.host.notes(house.ref(item))
    assert "legal@acme.example" in note
    assert house.state(item) == proposals.ESCALATED


def builders_trigger() -> Any:
    from app.governance.proposal import Trigger

    return Trigger("legal", "my lawyer")


def test_escalating_stops_an_approved_answer(house: House) -> None:
    item = house.propose()
    house.approve(item)
    due = house.clock.now() + timedelta(hours=4)
    review.escalate(house.deps, item, "legal@acme.example", due, house.rosa, "he mentioned a lawyer")
    house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.ESCALATED


def test_a_rejected_draft_is_not_sent(house: House) -> None:
    item = house.propose()
    review.reject(house.deps, item, "wrong answer", house.rosa)
    house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.REJECTED


def test_a_deleted_ticket_ends_with_a_person_and_a_reason(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.host.delete(house.ref(item))
    house.after_undo()
    assert house.state(item) == proposals.HUMAN


def test_a_host_that_is_away_makes_the_row_wait(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.host.faults.down = HostError("Zendesk does not answer")
    house.after_undo()
    assert house.state(item) == proposals.APPROVED
    house.host.faults.down = None
    house.clock.tick(60)
    house.deliver_due()
    assert len(answers(house)) == 1


def test_a_status_that_was_refused_leaves_the_reply_standing_and_says_so(house: House) -> None:
    item = house.propose()
    house.host.faults.refuse_status = True
    house.approve(item, status="solved")
    house.after_undo()
    assert len(answers(house)) == 1
    with house.deps.engine.begin() as tx:
        ending = outbox.ending(tx, item)
    assert ending is not None
    assert "a field is required" in ending.words


def test_the_log_tells_intent_before_outcome_and_verifies(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.after_undo()
    with house.deps.engine.begin() as tx:
        told = [entry.stored for entry in audit.entries(tx)]
        assert audit.verify(tx).broken_at is None
    actions = [name for line in told for name in (b"answer.intent", b"answer.outcome") if name in line]
    assert actions == [b"answer.intent", b"answer.outcome"]


def test_a_ticket_is_given_to_the_owner_whom_the_host_knows(house: House) -> None:
    item = house.propose()
    due = house.clock.now() + timedelta(hours=4)
    review.escalate(house.deps, item, "ana@acme.example", due, house.rosa)
    house.deliver_due()
    assignee = house.host.fetch(house.ref(item)).assignee
    assert assignee is not None
    assert assignee.email == "ana@acme.example"

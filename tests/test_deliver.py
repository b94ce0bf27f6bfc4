"""The one door: at most one answer whatever happens, and everybody can see what became of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import deliver as door
from app import jobs, review, sweep
from app.host import HostError
from app.store import audit, endings, outbox, outgoing, proposals
from app.store.keys import KeyLost
from app.store.tables import outbox as outbox_table
from app.store.tables import staff as staff_table
from tests.fakes import CASEY, ROSA
from tests.house import House, answers, claim, claimed


def test_an_approved_draft_reaches_the_customer_once(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.after_undo()
    house.deliver_due()
    assert answers(house) == ["Standard delivery takes 3 to 5 days."]
    assert house.state(item) == proposals.SENT


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
        ending = endings.ending(tx, item)
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


def test_a_lost_answer_is_looked_for_under_its_author(house: House) -> None:
    """Without markers only author, time and words are left: the sweeper must know who sent it."""
    item = house.propose()
    house.deliver_due()
    house.approve(item, status="solved")
    house.clock.tick(6)
    permit, message = claimed(house)
    with house.deps.engine.begin() as tx:
        assert outbox.in_flight(tx, house.deps.keys, permit.row) == (permit, message)
    assert (message.author, message.status) == (ROSA.id, "solved")


def test_a_refusal_for_good_goes_to_a_person_with_the_hosts_words(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.refuse = HostError("Rosa is no agent of this account", permanent=True)
    house.after_undo()
    assert house.state(item) == proposals.HUMAN
    with house.deps.engine.begin() as tx:
        ending = endings.ending(tx, item)
    assert ending is not None
    assert "Rosa is no agent" in ending.words


def test_a_ticket_that_changes_under_our_hands_costs_no_try(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.faults.stale = 4
    for _ in range(5):
        house.after_undo()
    assert len(answers(house)) == 1
    assert house.state(item) == proposals.SENT


def test_a_ticket_that_never_stops_changing_goes_to_a_person(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.faults.stale = 99
    for _ in range(12):
        house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.HUMAN


def test_a_stale_reading_supersedes_nothing(house: House) -> None:
    """A worker read the ticket, paused, and another one began the newer comment meanwhile."""
    first = house.propose()
    ref = house.ref(first)
    stale, read_at = house.host.fetch(ref), house.clock.now()
    house.clock.tick(1)
    house.host.says(ref, CASEY, "And to Norway?")
    newer = house.prepare(ref)
    comment = stale.newest_customer_comment()
    assert comment is not None
    with house.deps.engine.begin() as tx:
        begun = proposals.begin(tx, house.deps.keys, stale, comment, "support", read_at, house.clock.now())
    assert begun.stored is None
    assert (house.state(first), house.state(newer)) == (proposals.SUPERSEDED, proposals.OFFERED)


def test_one_row_that_cannot_be_settled_keeps_no_other_waiting(house: House) -> None:
    items = [house.propose(), house.propose("And mine?")]
    house.deliver_due()
    for item in items:
        house.approve(item)
    house.clock.tick(6)
    with house.deps.engine.begin() as tx:
        due = outbox.due(tx, house.clock.now())
    for row_id in due:
        claim(house, row_id)
    with house.deps.engine.begin() as tx:
        tx.execute(
            outbox_table.update().where(outbox_table.c.id == due[0]).values(body_sealed=b"unreadable by any key")
        )
    house.clock.tick(60)
    with pytest.raises(KeyLost):
        sweep.sweep(house.deps)
    assert {house.state(item) for item in items} == {proposals.SENDING, proposals.APPROVED}


def test_an_answer_that_the_host_kept_internal_is_a_persons(house: House) -> None:
    """A light agent as author: the comment stands, the customer never sees it."""
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.keep_internal = True
    house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.UNCLEAR


def test_what_breaks_before_the_claim_ends_with_a_person(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    with house.deps.engine.begin() as tx:
        tx.execute(outbox_table.update().values(body_sealed=b"unreadable by any key"))
    jobs.open_workshop(jobs.Workshop(house.deps, None))
    for _ in range(4):
        house.clock.tick(60)
        with house.deps.engine.begin() as tx:
            due = outbox.due(tx, house.clock.now())
        for row_id in due:
            with pytest.raises(KeyLost):
                jobs.deliver(row_id)
    assert due == []
    assert house.state(item) == proposals.HUMAN
    assert answers(house) == []


def test_an_approval_that_waited_an_hour_for_the_host_is_looked_at_again(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.host.faults.down = HostError("Zendesk does not answer")
    house.after_undo()
    house.clock.tick(3700)
    house.deliver_due()
    house.host.faults.down = None
    house.clock.tick(60)
    house.deliver_due()
    assert answers(house) == []
    assert house.state(item) == proposals.HUMAN


@pytest.mark.threat("recipients")
def test_somebody_put_in_copy_after_the_draft_is_shown_and_can_be_approved(house: House) -> None:
    item = house.propose()
    house.approve(item)
    also = ("casey@customer.example", "kim@customer.example")
    house.host.change(house.ref(item), cc=("kim@customer.example",), participants=also)
    house.after_undo()
    assert (answers(house), house.state(item)) == ([], proposals.OFFERED)
    house.approve(item)  # the page shows the ticket as the claim read it
    house.after_undo()
    assert len(answers(house)) == 1


def test_an_answer_by_hand_is_not_called_a_newer_message(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.host.says(house.ref(item), ROSA, "I have answered you myself.", by_hand=True)
    house.after_undo()
    assert house.state(item) == proposals.HUMAN


def test_what_was_prepared_for_an_answer_that_is_refused_is_taken_away(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.says(house.ref(item), CASEY, "One more thing …")
    house.after_undo()
    assert house.host.calls.count("discard") == 1


def test_what_another_worker_may_be_about_to_send_is_left_alone(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)

    def approved_anew() -> None:
        review.undo(house.deps, item, house.rosa)
        house.approve(item)

    house.host.faults.while_preparing = approved_anew
    (refusal,) = house.after_undo()
    assert isinstance(refusal, outbox.Refusal)  # its time to undo began anew
    assert "discard" not in house.host.calls


def test_whoever_approved_is_named_by_the_id_that_the_tickets_own_host_knows(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    _, message = claimed(house)
    assert (message.author, message.author_email) == (ROSA.id, ROSA.email)
    with house.deps.engine.begin() as tx:
        tx.execute(staff_table.update().values(host="gmail:support@acme.example"))
        (row_id,) = tx.execute(sa.select(outbox_table.c.id).where(outbox_table.c.purpose == "answer")).scalars()
        wanted = outgoing.prepared(tx, house.deps.keys, row_id)
    assert wanted is not None
    assert (wanted.author, wanted.author_email) == (None, ROSA.email)


def test_an_offer_is_left_to_whoever_filed_it_for_a_second_and_an_answer_is_rung_for_at_once(house: House) -> None:
    """Whoever read the ticket offers on it without reading it anew; the clock's bell would bring somebody else."""
    ringer, item = sweep.Ringer(), house.propose()
    house.bell.rung.clear()
    ringer.ring(house.deps)
    assert house.bell.rung == []
    house.clock.tick(1)
    ringer.ring(house.deps)
    assert [job for job, _ in house.bell.rung] == ["deliver"]
    house.deliver_due()
    house.approve(item)
    house.clock.tick(house.deps.settings.undo_seconds)
    ringer.ring(house.deps)
    assert [job for job, _ in house.bell.rung] == ["deliver", "deliver"]

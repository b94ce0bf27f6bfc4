"""Words that people remove at the host go here too, after whatever is on its way, unless a court wants them kept."""

from __future__ import annotations

import pytest

from app import forgetting, pipeline
from app.host import Arrival, TicketRef
from app.store import audit, inbox, proposals, subjects
from app.store.tables import audit as log
from app.store.tables import audit_text, erasure, outbox, proposal, subject_key
from tests.house import House, answers, claimed
from tests.test_forgetting import CASEY, rows, sent, verifies


def announced(house: House, **what: object) -> int:
    arrival = Arrival("gone", "removed", removed=True, **what)  # type: ignore[arg-type]
    with house.deps.engine.begin() as tx:
        (row_id,) = inbox.add(tx, house.deps.keys, "zendesk", [arrival], house.clock.now())
    return row_id


def removed(house: House, **what: object) -> None:
    pipeline.handle(house.deps, None, announced(house, **what))  # type: ignore[arg-type] - no mind is asked


@pytest.mark.threat("words-come-back")
def test_the_words_of_a_ticket_go_and_those_of_others_stay(house: House) -> None:
    one, other = sent(house), house.propose("and where is it?")
    removed(house, ref=house.ref(one))
    kept = {row.id: (row.state, row.sealed is None) for row in rows(house, proposal)}
    assert kept == {one: ("sent", True), other: ("offered", False)}
    assert rows(house, audit_text) == []
    assert len(rows(house, subject_key)) == 1
    assert verifies(house)
    assert [row.subject for row in rows(house, erasure)] == [subjects.of_ticket(TicketRef("zendesk", "1001"))]
    told = [row.action for row in rows(house, log) if row.action.startswith("erasure")]
    assert told == ["erasure.asked", "erasure.done"]


def test_a_person_who_is_deleted_there_is_forgotten_here(house: House) -> None:
    sent(house)
    removed(house, person="1")
    assert rows(house, subject_key) == []
    assert [row.sealed for row in rows(house, proposal)] == [None]
    assert {row.basis for row in rows(house, erasure)} == {forgetting.REMOVED}


def test_what_was_approved_over_removed_words_is_not_sent(house: House) -> None:
    item = house.propose()
    house.approve(item)
    removed(house, ref=house.ref(item))
    house.after_undo()
    assert answers(house) == []
    assert [row.state for row in rows(house, outbox) if row.purpose == "answer"] == ["HUMAN"]


def test_a_reply_on_its_way_is_waited_for(house: House) -> None:
    item = house.propose(group="Billing")
    ref = house.ref(item)
    house.approve(item)
    house.clock.tick(6)
    claimed(house)
    row_id = announced(house, ref=ref)
    pipeline.handle(house.deps, None, row_id)  # type: ignore[arg-type]
    assert house.stored(item).state == proposals.SENDING
    with house.deps.engine.begin() as tx:
        assert inbox.waiting(tx, row_id) is not None


def test_what_was_never_kept_is_no_entry(house: House) -> None:
    removed(house, person="4711")
    assert rows(house, erasure) == []


def test_under_a_legal_hold_the_removal_waits_and_is_done_when_it_is_lifted(house: House) -> None:
    item = sent(house)
    forgetting.hold(house.deps, CASEY, "case 7", "ana")
    removed(house, ref=house.ref(item))
    assert house.stored(item).proposal.text
    forgetting.lift(house.deps, CASEY, "ana")
    assert [row.sealed for row in rows(house, proposal)] == [None]
    with house.deps.engine.begin() as tx:
        assert audit.verify(tx).broken_at is None

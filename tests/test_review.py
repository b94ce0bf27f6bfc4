"""What people do with a proposal: each act once, on what they saw, and an escalation above all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import escalating, review
from app.governance.proposal import Finding, Tier
from app.store import escalations, proposals
from app.store.handling import Ending
from tests import builders
from tests.fakes import CASEY
from tests.house import House, answers


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


def test_a_yes_taken_back_and_given_again_within_one_moment_is_a_yes(house: House) -> None:
    one = house.propose()
    for _ in range(3):
        house.approve(one)
        review.undo(house.deps, one, house.rosa)
    house.approve(one)
    house.after_undo()
    assert len(answers(house)) == 1


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


@pytest.mark.threat("not-seen")
def test_what_changed_since_it_was_seen_is_not_approved(house: House) -> None:
    item = house.propose()
    seen = house.seen(item)
    review.edit(house.deps, item, "Hello!\n\nWe will look into it.", seen, house.rosa)
    with pytest.raises(review.Changed):
        review.approve(house.deps, item, seen, house.rosa)


def test_the_edited_words_are_what_the_customer_reads(house: House) -> None:
    item = house.propose()
    review.edit(
        house.deps, item, "Standard delivery takes 3 to 5 days. All the best, Rosa", house.seen(item), house.rosa
    )
    house.approve(item)
    house.after_undo()
    assert answers(house) == ["Standard delivery takes 3 to 5 days. All the best, Rosa"]


def test_a_draft_mode_draft_cannot_be_approved(house: House) -> None:
    item = house.propose(category="refund-exception")
    with pytest.raises(review.Refused, match="draft mode"):
        house.approve(item)


def test_an_offer_leaves_one_internal_note(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.deliver_due()
    (note,) = house.host.notes(house.ref(item))
    assert "Standard delivery takes 3 to 5 days." in note
    assert answers(house) == []


def test_escalating_stops_an_approved_answer(house: House) -> None:
    item = house.propose()
    house.approve(item)
    due = house.clock.now() + timedelta(hours=4)
    escalating.escalate(house.deps, item, "legal@acme.example", due, house.rosa, "he mentioned a lawyer")
    house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.ESCALATED


def test_a_rejected_draft_is_not_sent(house: House) -> None:
    item = house.propose()
    review.reject(house.deps, item, "wrong answer", house.rosa)
    house.after_undo()
    assert answers(house) == []
    assert house.state(item) == proposals.REJECTED


def test_a_ticket_is_given_to_the_owner_whom_the_host_knows(house: House) -> None:
    item = house.propose()
    due = house.clock.now() + timedelta(hours=4)
    escalating.escalate(house.deps, item, "ana@acme.example", due, house.rosa)
    house.deliver_due()
    assignee = house.host.fetch(house.ref(item)).assignee
    assert assignee is not None
    assert assignee.email == "ana@acme.example"


def test_a_second_escalation_leaves_a_second_note(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    for owner in ("ana@acme.example", "legal@acme.example"):
        house.clock.tick(60)
        escalating.escalate(house.deps, item, owner, house.clock.now() + timedelta(hours=4), house.rosa)
        house.deliver_due()
    assert sum("escalated by" in note for note in house.host.notes(house.ref(item))) == 2


def test_a_rejected_draft_cannot_be_approved_by_a_late_click(house: House) -> None:
    item = house.propose()
    seen = house.seen(item)
    review.reject(house.deps, item, "wrong answer", house.rosa)
    with pytest.raises(review.Changed):
        review.approve(house.deps, item, seen, house.rosa)


def test_an_escalation_stops_the_answer_to_another_message_of_the_ticket(house: House) -> None:
    first = house.propose()
    due = house.clock.now() + timedelta(hours=4)
    escalating.escalate(house.deps, first, "legal@acme.example", due, house.rosa)
    house.clock.tick(1)
    house.host.says(house.ref(first), CASEY, "And when does it come?")
    second = house.prepare(house.ref(first))
    assert house.state(second) == proposals.HUMAN
    with pytest.raises(review.Changed):
        house.approve(second)


def test_saving_the_same_words_heals_nothing(house: House) -> None:
    item = house.propose(findings=(Finding("support", "no source says so", 0),))
    with pytest.raises(review.Refused, match="nothing was changed"):
        review.edit(house.deps, item, builders.DRAFT.text, house.seen(item), house.rosa)


def test_an_edit_keeps_what_the_checks_said_of_the_words_it_leaves(house: House) -> None:
    found = (Finding("support", "no source says so", 0), Finding("injection", "the message talks to the assistant"))
    item = house.propose(findings=found)
    review.edit(house.deps, item, f"{builders.DRAFT.text} All the best, Rosa", house.seen(item), house.rosa)
    kept = house.stored(item).proposal.findings or ()
    assert {finding.check for finding in kept} == {"support", "injection"}
    with pytest.raises(review.Refused):
        house.approve(item)


def test_a_stale_edit_does_not_overwrite_a_newer_one(house: House) -> None:
    item = house.propose()
    seen = house.seen(item)
    review.edit(house.deps, item, "My own words.", seen, house.ana)
    with pytest.raises(review.Changed):
        review.edit(house.deps, item, "Other words.", seen, house.rosa)
    assert house.stored(item).proposal.draft is not None
    assert house.stored(item).proposal.draft.text == "My own words."  # type: ignore[union-attr]


def test_a_second_click_with_another_status_is_told_so(house: House) -> None:
    item = house.propose()
    house.approve(item, status="pending")
    with pytest.raises(review.Changed, match="undo that first"):
        house.approve(item, status="solved")


def test_confirming_a_category_takes_back_only_the_doubt(house: House) -> None:
    doubted = house.propose(tier=Tier.JUDGEMENT, judged=Tier.LOOKUP, confidence=0.4)
    judged = house.propose(tier=Tier.JUDGEMENT, judged=Tier.JUDGEMENT, confidence=0.4)
    for item in (doubted, judged):
        review.confirm_category(house.deps, item, house.rosa)
    assert house.stored(doubted).proposal.tier is Tier.LOOKUP
    assert house.stored(judged).proposal.tier is Tier.JUDGEMENT


def test_an_open_escalation_holds_its_ticket_until_somebody_closes_it(house: House) -> None:
    first = house.propose()
    escalating.escalate(house.deps, first, "ana@acme.example", house.clock.now() + timedelta(hours=4), house.rosa)
    with house.deps.engine.begin() as tx:
        (matter,) = escalations.still_open(tx, house.deps.keys)
    escalating.close(house.deps, matter.id, Ending(None, "a misunderstanding"), house.ana)
    house.clock.tick(1)
    house.host.says(house.ref(first), CASEY, "And when does it come?")
    second = house.prepare(house.ref(first))
    house.approve(second)
    house.after_undo()
    assert len(answers(house)) == 1

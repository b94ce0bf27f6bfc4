"""Outcomes: each proposal ends in one, told in the transaction of the act, and no outcome is ever taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app import escalating, pipeline, review, sweep
from app.governance.outcome import How
from app.governance.reviews import Outcome
from app.host import HostError
from app.store import audit, outcomes, proposals
from app.store.keys import Keys
from app.store.tables import audit as log
from app.store.tables import outcome as table
from tests import builders
from tests.fakes import BOT, CASEY, ROSA
from tests.house import House, answers

WORDS = "Hello,\n\nStandard delivery takes 3 to 5 days. It costs 4.90 euros.\n\nKind regards,\nAcme"
DRAFT = replace(builders.DRAFT, text=WORDS)


def ended(house: House, item: str) -> Any:
    with house.deps.readers.begin() as tx:
        return outcomes.of(tx, item)


def entries(house: House, item: str) -> int:
    with house.deps.readers.begin() as tx:
        return tx.execute(
            sa.select(sa.func.count()).where(log.c.object == item, log.c.action == "proposal.ended")
        ).scalar_one()


def looked(house: House, item: str) -> None:
    """A worker looks at that ticket again, as after any announcement."""
    ticket = house.host.fetch(house.ref(item))
    pipeline.consider(house.deps, None, ticket, house.clock.now())  # type: ignore[arg-type]  # nothing is drafted


# --- clicked -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "outcome", "kinds"),
    [
        (None, Outcome.ACCEPTED, ""),
        (WORDS.replace("Hello,", "Good morning Casey,"), Outcome.LIGHT_EDIT, ""),
        (WORDS.replace("4.90", "5.90"), Outcome.MATERIAL_EDIT, "money,number"),
    ],
)
def test_what_was_approved_is_compared_with_what_was_offered(
    house: House, text: str | None, outcome: Outcome, kinds: str
) -> None:
    item = house.propose(draft=DRAFT)
    if text:
        review.edit(house.deps, item, text, house.seen(item), house.rosa)
    house.rosa = replace(house.rosa, shown_ms=12_345)
    house.approve(item)
    assert ended(house, item) is None  # an approval can still be undone
    house.after_undo()
    row = ended(house, item)
    assert (row.outcome, row.how, row.by, row.kinds) == (outcome, How.CLICKED, house.rosa.member.id, kinds)
    assert (row.category, row.tier, row.drafted, row.hurried) == ("delivery-times", 1, True, False)
    assert entries(house, item) == 1


def test_an_edit_taken_back_is_an_accepted_draft(house: House) -> None:
    item = house.propose(draft=DRAFT)
    for text in (WORDS.replace("4.90", "5.90"), WORDS):
        review.edit(house.deps, item, text, house.seen(item), house.rosa)
    house.approve(item)
    house.after_undo()
    assert ended(house, item).outcome == Outcome.ACCEPTED


def test_one_of_many_is_told_from_a_single_yes(house: House) -> None:
    item = house.propose()
    review.approve(house.deps, item, house.seen(item), replace(house.rosa, via=outcomes.BATCH))
    house.after_undo()
    assert ended(house, item).how == How.BATCH


def test_a_rejection_keeps_its_reason(house: House) -> None:
    item = house.propose()
    review.reject(house.deps, item, "wrong source", house.rosa)
    row = ended(house, item)
    assert (row.outcome, row.reason, row.by) == (Outcome.REJECTED, "wrong source", house.rosa.member.id)


def test_a_draft_that_a_person_escalates_was_rejected(house: House) -> None:
    item = house.propose()
    escalating.escalate(house.deps, item, "ana@acme.example", house.clock.now() + timedelta(hours=1), house.rosa)
    assert ended(house, item).reason == "should be escalated"


def test_an_answer_whose_arrival_is_unclear_was_judged_all_the_same(house: House) -> None:
    item = house.propose()
    house.deliver_due()  # the note
    house.host.faults.lost_after, house.host.faults.drop_metadata = 1, True
    house.approve(item)
    house.after_undo()
    assert house.state(item) == proposals.UNCLEAR
    assert ended(house, item).outcome == Outcome.ACCEPTED


def test_an_answer_that_never_left_has_no_outcome_yet(house: House) -> None:
    item = house.propose()
    house.host.refuse = HostError("no", permanent=True)
    house.approve(item)
    house.after_undo()
    assert ended(house, item) is None


# --- by hand -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (WORDS, Outcome.ACCEPTED),
        (WORDS.replace("\n\n", "\n"), Outcome.ACCEPTED),
        (WORDS.replace("Kind regards,\nAcme", "All the best,\nRosa"), Outcome.LIGHT_EDIT),
        (WORDS.replace("takes", "does not take"), Outcome.MATERIAL_EDIT),
        ("I have looked it up for you: the parcel is with the driver now.", Outcome.OWN_ANSWER),
    ],
)
@pytest.mark.parametrize("category", ["delivery-times", "refund-exception"])  # assisted, draft mode
def test_a_draft_sent_with_the_hosts_own_button_is_known_again(
    house: House, text: str, outcome: Outcome, category: str
) -> None:
    item = house.propose(draft=DRAFT, category=category)
    house.host.says(house.ref(item), ROSA, text, by_hand=True)
    looked(house, item)
    row = ended(house, item)
    assert (row.outcome, row.how, row.by) == (outcome, How.BY_HAND, house.rosa.member.id)
    assert house.state(item) == proposals.HUMAN
    looked(house, item)
    assert entries(house, item) == 1


def test_without_a_draft_an_answer_is_the_agents_own(house: House) -> None:
    item = house.propose(draft=None, passages=())
    house.host.says(house.ref(item), ROSA, "Three days.", by_hand=True)
    looked(house, item)
    row = ended(house, item)
    assert (row.outcome, row.drafted) == (Outcome.OWN_ANSWER, False)


def test_no_bot_no_note_and_no_send_of_ours_is_taken_for_a_persons_answer(house: House) -> None:
    item = house.propose(draft=DRAFT)
    house.host.says(house.ref(item), BOT, WORDS)  # another integration, through the API
    house.host.says(house.ref(item), ROSA, WORDS, public=False, by_hand=True)
    looked(house, item)
    assert ended(house, item) is None
    sent = house.propose(draft=DRAFT)
    house.approve(sent)
    house.after_undo()
    looked(house, sent)
    assert ended(house, sent).how == How.CLICKED
    assert len(answers(house)) == 2


def test_a_match_is_found_even_when_the_customer_wrote_again_before_we_looked(house: House) -> None:
    item, other = house.propose(draft=DRAFT), house.propose(draft=DRAFT)
    house.host.says(house.ref(item), ROSA, WORDS, by_hand=True)
    house.host.says(house.ref(item), CASEY, "And to Spain?")
    house.host.says(house.ref(other), CASEY, "And to Spain?")
    house.host.says(house.ref(other), ROSA, "To Spain it takes a week, my colleagues tell me.", by_hand=True)
    with pytest.raises(AttributeError):  # the newer message would be thought about: there is no mind here
        looked(house, item)
    looked(house, other)
    assert ended(house, item).outcome == Outcome.ACCEPTED
    assert ended(house, other).outcome == Outcome.UNREVIEWED  # that answer was for the newer message


def test_an_outcome_by_click_is_not_changed_by_what_is_written_later(house: House) -> None:
    item = house.propose()
    review.reject(house.deps, item, "wrong tone", house.rosa)
    house.host.says(house.ref(item), ROSA, "Standard delivery takes 3 to 5 days.", by_hand=True)
    looked(house, item)
    assert ended(house, item).outcome == Outcome.REJECTED


# --- nobody ------------------------------------------------------------------------------------------------------------
def test_a_superseded_draft_was_not_reviewed(house: House) -> None:
    item = house.propose()
    house.clock.tick(1)
    house.host.says(house.ref(item), CASEY, "Hello?")
    house.prepare(house.ref(item))
    assert (ended(house, item).outcome, ended(house, item).reason) == (Outcome.UNREVIEWED, "superseded")


def test_an_approved_draft_that_the_customer_overtook_was_superseded(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.host.says(house.ref(item), CASEY, "Never mind.")
    house.after_undo()
    assert (house.state(item), ended(house, item).reason) == (proposals.SUPERSEDED, "superseded")


def test_what_nobody_looked_at_for_seven_days_ends_unreviewed(house: House) -> None:
    item = house.propose()
    house.clock.tick(7 * 86_400 - 1)
    sweep.leave_unreviewed(house.deps)
    assert ended(house, item) is None
    house.clock.tick(1)
    sweep.leave_unreviewed(house.deps)
    sweep.leave_unreviewed(house.deps)
    assert (ended(house, item).outcome, ended(house, item).reason) == (Outcome.UNREVIEWED, "not looked at")
    assert entries(house, item) == 1


@pytest.mark.parametrize("ask", [
    lambda tx: outcomes.overdue(tx, datetime(2026, 3, 2, tzinfo=UTC)),
    lambda tx: outcomes.open_on(tx, Keys(bytes(32)), "zendesk", "1"),
])  # fmt: skip
def test_what_has_not_ended_is_found_without_reading_all_there_ever_was(engine: Engine, ask: Any) -> None:
    said = list[tuple[str, Any]]()
    with engine.begin() as tx:
        sa.event.listen(engine, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        ask(tx)
        sqlite = engine.dialect.name == "sqlite"
        plan = "\n".join(str(row[3 if sqlite else 0]) for row in tx.exec_driver_sql(
            f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{said[0][0]}", said[0][1]
        ))  # fmt: skip
    assert [line for line in plan.splitlines() if "SCAN" in line and "COVERING" not in line] == []
    assert "SubPlan" not in plan  # PostgreSQL: all outcomes, once more for each message
    assert "outcome" in plan


# --- what is written stays ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("act", [table.delete(), table.update().values(outcome=Outcome.ACCEPTED)])
def test_a_failed_review_cannot_be_removed_or_mended(house: House, act: Any) -> None:
    item = house.propose()
    review.reject(house.deps, item, "wrong answer", house.rosa)
    with pytest.raises(DBAPIError, match="never changed or removed"), house.deps.engine.begin() as tx:
        tx.execute(act)
    assert ended(house, item).outcome == Outcome.REJECTED


def test_every_proposal_ends_in_exactly_one_and_the_log_tells_the_same(house: House) -> None:
    rejected, sent = house.propose(), house.propose()
    review.reject(house.deps, rejected, "other", house.rosa)
    house.approve(sent)
    house.after_undo()
    waiting = house.propose()
    house.clock.tick(8 * 86_400)
    sweep.leave_unreviewed(house.deps)
    with house.deps.readers.begin() as tx:
        counts = outcomes.counted(tx, "delivery-times")
        verdict = audit.verify(tx)
    assert {name: number for name, number in counts.items() if number} == {
        Outcome.REJECTED: 1, Outcome.ACCEPTED: 1, Outcome.UNREVIEWED: 1,
    }  # fmt: skip
    assert [entries(house, item) for item in (rejected, sent, waiting)] == [1, 1, 1]
    assert verdict.broken_at is None

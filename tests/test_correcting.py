"""People correct the machine: the message is judged anew, nothing is sent by it, and the word is kept for learning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import correcting, escalating, review
from app.correcting import Asked
from app.governance.correction import Correction, needs_reviewer
from app.governance.proposal import Tier, Trigger
from app.governance.reviews import Outcome
from app.host import TicketRef
from app.store import audit, controls, escalations, labels, outcomes, proposals, switch
from app.store.tables import audit as log
from app.store.tables import label as table
from tests import builders
from tests.door import Door
from tests.fakes import ANA, ROSA
from tests.house import House, answers

ASKED = "How long does standard delivery take within Europe?"
LAWYER = "My lawyer asks how long standard delivery takes within Europe. My lawyer will write to you."


@pytest.fixture
def door(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Door]:
    made = Door(tmp_path, sqlite_database, clock)
    yield made
    made.close()


def actor(door: Door, person: Any) -> review.Actor:
    return review.Actor(door.stage.member(person), "sidebar")


def told(door: Door, text: str) -> TicketRef:
    ref = door.host.new_ticket(text)
    look(door)
    return ref


def look(door: Door) -> None:
    door.clock.tick(1)
    door.poll()
    door.work()


def corrected(door: Door, asked: Asked, person: Any = ROSA) -> Any:
    """What comes of it."""
    correcting.correct(door.deps, door.only().id, asked, actor(door, person))
    assert door.only().state == proposals.WORKING
    door.work()
    return door.only()


def said(door: Door) -> list[tuple[str, str, str]]:
    with door.deps.readers.begin() as tx:
        return [(row.kind, row.said, row.was) for row in labels.of(tx, door.only().id)]


def seen(door: Door) -> str:
    with door.deps.readers.begin() as tx:
        return review.judged(door.deps, tx, door.only(), door.clock.now())[1].seen


# --- the category ------------------------------------------------------------------------------------------------------
def test_the_right_category_is_judged_anew_and_no_longer_doubted(door: Door) -> None:
    told(door, "zzz qqq xxx")
    assert door.only().proposal.category is None
    stored = corrected(door, Asked(category="delivery-times"))
    assert (stored.proposal.category, stored.proposal.tier) == ("delivery-times", Tier.LOOKUP)
    assert "unsure" not in [reason.rule for reason in stored.record.reasons]
    assert stored.confirmed_by == actor(door, ROSA).member.id
    assert said(door) == [("category", "delivery-times", "")]
    with door.deps.readers.begin() as tx:
        assert list(labels.categories(tx, door.deps.keys)) == [("zzz qqq xxx", "delivery-times")]


def test_another_categorys_tier_and_mode_count_from_then_on(door: Door) -> None:
    told(door, ASKED)
    before = seen(door)
    assert door.only().state == proposals.OFFERED
    stored = corrected(door, Asked(category="refund-exception"))
    assert (stored.proposal.tier, stored.state) == (Tier.JUDGEMENT, proposals.HUMAN)  # and it has no sources
    assert stored.proposal.draft is None
    assert seen(door) != before
    with pytest.raises(review.Changed):
        review.approve(door.deps, stored.id, before, actor(door, ROSA))


def test_a_correction_stops_an_approved_answer(door: Door) -> None:
    ref = told(door, ASKED)
    review.confirm_category(door.deps, door.only().id, actor(door, ROSA))
    review.approve(door.deps, door.only().id, seen(door), actor(door, ROSA))
    corrected(door, Asked(category="refund-exception"))
    door.clock.tick(60)
    assert [text for _, text in door.host.reached] == []
    assert door.host.fetch(ref).answered_since("") is None


# --- redo --------------------------------------------------------------------------------------------------------------
def test_a_redo_looks_for_the_words_of_the_instruction_too(door: Door) -> None:
    told(door, ASKED)
    first = door.only().proposal.draft
    stored = corrected(door, Asked(redo="Express delivery costs what?"))
    assert "9.90 euros" not in first.text
    assert "9.90 euros" in stored.proposal.draft.text
    assert stored.record.corrected.instruction.startswith("Express")
    assert stored.record.first.text == first.text
    assert said(door) == [("redo", "asked", "delivery-times")]


def test_what_no_source_says_is_not_said_because_somebody_asked(door: Door) -> None:
    told(door, ASKED)
    first = door.only().proposal.draft
    stored = corrected(door, Asked(redo="Promise a refund of 500 euros"))
    assert stored.proposal.draft == first
    assert "500" not in stored.proposal.draft.text


def test_the_instruction_lies_sealed(door: Door, sqlite_database: str) -> None:
    told(door, ASKED)
    corrected(door, Asked(redo="Casey lives on a houseboat"))
    with door.deps.readers.begin() as tx:
        kept = tx.execute(sa.select(log.c.stored)).scalars().all() + tx.execute(sa.select(table.c.said)).scalars().all()
    assert not any("houseboat" in str(text) for text in kept)
    assert b"houseboat" not in Path(sqlite_database.removeprefix("sqlite:///")).read_bytes()


# --- no escalation -----------------------------------------------------------------------------------------------------
def test_a_code_trigger_takes_a_reviewer_and_then_everything_is_decided_anew(door: Door) -> None:
    told(door, LAWYER)
    assert door.only().state == proposals.ESCALATED
    with pytest.raises(review.Forbidden):
        correcting.correct(door.deps, door.only().id, Asked(not_escalation=True), actor(door, ROSA))
    assert door.only().state == proposals.ESCALATED
    stored = corrected(door, Asked(not_escalation=True), ANA)
    assert stored.proposal.triggers == ()
    assert stored.state in {proposals.OFFERED, proposals.HUMAN}
    assert said(door) == [("not-escalation", "no", "legal")]
    with door.deps.readers.begin() as tx:
        assert escalations.still_open(tx, door.deps.keys) == []
        assert audit.verify(tx).broken_at is None
    assert door.host.reached == []


def test_an_escalation_is_not_corrected_around(door: Door) -> None:
    told(door, LAWYER)
    with pytest.raises(review.Refused, match="a reviewer says first"):
        correcting.correct(door.deps, door.only().id, Asked(category="delivery-times"), actor(door, ANA))


def test_what_a_person_escalated_is_that_persons_matter(door: Door) -> None:
    told(door, LAWYER)
    due = door.clock.now() + timedelta(hours=1)
    escalating.escalate(door.deps, door.only().id, "legal@acme.example", due, actor(door, ROSA))
    with pytest.raises(review.Refused, match="a person escalated it"):
        correcting.correct(door.deps, door.only().id, Asked(not_escalation=True), actor(door, ANA))


@pytest.mark.parametrize(
    ("changes", "reviewer"),
    [
        ({"triggers": (Trigger("press", "the press", "model"),)}, False),
        ({"triggers": (Trigger("press", "the press", "model"), Trigger("legal", "my lawyer"))}, True),
        ({"triggers": (Trigger("press", "the press", "model"),), "tier": Tier.HIGH_STAKES}, True),
        ({"tier": Tier.HIGH_STAKES}, True),
        ({"tier": None}, True),
        ({"triggers": None}, True),
    ],
)
def test_who_may_say_that_it_is_no_escalation(changes: dict[str, Any], *, reviewer: bool) -> None:
    assert needs_reviewer(builders.proposal(**changes)) is reviewer


def test_only_the_triggers_that_were_seen_are_cleared() -> None:
    legal, press = Trigger("legal", "my lawyer"), Trigger("press", "the press")
    heard = Trigger("legal", "you will hear from us", "model")
    said = Correction(cleared=("words:legal",)).and_then(Correction(instruction="shorter"))
    assert said.left((legal, press, heard)) == (press,)
    assert Correction(cleared=("model:legal",)).left((legal, press, heard)) == (legal, press)  # words weigh more
    assert said.instruction == "shorter"
    assert Correction(category="a").and_then(Correction(category="b")).category == "b"
    assert not Correction()


# --- refusals ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(), "say what is wrong"),
        (Asked(category=" ", redo=" "), "say what is wrong"),
        (Asked(category="no-such-thing"), "no category"),
        (Asked(redo="x" * 501), "at most 500"),
        (Asked(not_escalation=True), "no escalation"),
    ],
)
def test_a_correction_that_says_nothing_usable_is_refused(house: House, asked: Asked, why: str) -> None:
    item = house.propose()
    with pytest.raises(review.Refused, match=why):
        correcting.correct(house.deps, item, asked, house.rosa)
    assert house.state(item) == proposals.OFFERED


def test_while_the_switch_is_off_nothing_is_judged_anew(house: House) -> None:
    item = house.propose()
    review.roll_back(house.deps, "*", "rosa")
    with pytest.raises(review.Refused, match="people answer"):
        correcting.correct(house.deps, item, Asked(redo="shorter"), house.rosa)


@pytest.mark.parametrize("act", ["reject", "send"])
def test_what_is_over_is_not_corrected(house: House, act: str) -> None:
    item = house.propose()
    if act == "reject":
        review.reject(house.deps, item, "other", house.rosa)
    else:
        house.approve(item)
        house.after_undo()
    with pytest.raises(review.Changed):
        correcting.correct(house.deps, item, Asked(redo="shorter"), house.rosa)


# --- nothing goes by itself --------------------------------------------------------------------------------------------
def test_whatever_was_touched_by_a_person_is_never_sent_without_one(house: House) -> None:
    item = house.propose()
    review.confirm_category(house.deps, item, house.rosa)
    untouched = house.propose()
    records = [(house.stored(item), True), (house.stored(untouched), False)]
    with house.deps.engine.begin() as tx:
        for stored, touched in records:
            setting = switch.read(tx, "support")
            facts = controls.read(tx, house.deps.keys, stored, setting, stored.as_last_read(), house.clock.now())
            assert facts.controls.corrected is touched


def test_a_redone_draft_counts_against_the_first_one(house: House) -> None:
    item = house.propose()
    stored = house.stored(item)
    first = replace(stored.record.first, text="Delivery takes 10 days.")  # what it offered before the redo
    with house.deps.engine.begin() as tx:
        redone = replace(stored, record=replace(stored.record, first=first, corrected=Correction(instruction="right")))
        proposals.rewrite(tx, house.deps.keys, redone, replace_decision(redone, house), house.clock.now())
    house.approve(item)
    house.after_undo()
    with house.deps.readers.begin() as tx:
        row = outcomes.of(tx, item)
    assert (row.outcome, row.corrected) == (Outcome.MATERIAL_EDIT, True)
    assert len(answers(house)) == 1


def replace_decision(stored: Any, house: House) -> Any:
    with house.deps.readers.begin() as tx:
        return review.judged(house.deps, tx, stored, house.clock.now())[0]

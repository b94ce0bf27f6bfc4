"""Evidence in the store: a plan before the first review, one for each fingerprint, and every offered draft under it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import figures, review, story
from app.governance.decision import Freeze
from app.governance.fingerprint import Tools
from app.governance.freezing import Kind
from app.governance.gate import Gate
from app.governance.proposal import Abstention, Tier
from app.store import evidence, freezes, policies, sources
from app.store.evidence import Registered, Report
from app.store.tables import audit as log
from app.store.tables import drill, proposal
from tests import builders
from tests.house import POLICY, House

TOOLS = Tools(model="embedded", prompts={"texts": "a1"}, retrieval={"most": "6"})
SOURCE = """+++
id = "shipping-times"
title = "Delivery"
owner = "ana@acme.example"
review_by = 2030-01-01
audience = "public"
language = "en"
+++
## Standard
Standard delivery takes {days} days.
"""


@pytest.fixture
def house(house: House) -> House:
    house.made_with = TOOLS
    return house


def report(house: House) -> Report:
    (found,) = figures.evidence(house.deps)
    return found


def plans(house: House) -> tuple[Registered, ...]:
    with house.deps.readers.begin() as tx:
        return evidence.plans(tx, "delivery-times")


def planned(house: House) -> list[dict[str, Any]]:
    """What the log says of plans."""
    with house.deps.readers.begin() as tx:
        rows = tx.execute(
            sa.select(log.c.stored).where(log.c.action == "evidence.planned").order_by(log.c.seq)
        ).scalars()
        return [json.loads(row)["header"] for row in rows]


def accepted(house: House, **changes: Any) -> str:
    """Offered, read for a minute and approved by Rosa, sent."""
    item = house.propose(**changes)
    house.clock.tick(60)
    house.approve(item)
    house.after_undo()
    return item


def add_source(house: House, days: str) -> dict[str, Any]:
    """In force from now on; returns what a draft that rests on it has."""
    with house.deps.engine.begin() as tx:
        sources.add(tx, SOURCE.format(days=days), "shipping.md", "ana", house.clock.now())
    return builders.resting_on(SOURCE.format(days=days))


def test_before_the_first_draft_nothing_is_promised(house: House) -> None:
    found = report(house)
    assert (found.registered, found.verdict.outcome) == (None, Gate.INCONCLUSIVE)
    assert found.verdict.next_step is not None
    assert planned(house) == []


def test_the_plan_is_written_down_with_the_first_draft_and_never_again(house: House) -> None:
    for _ in range(3):
        house.propose()
    (plan,) = plans(house)
    assert plan.plan.sha256 == plan.sha256
    assert (plan.plan.p0, plan.plan.floor, plan.plan.per_customer) == (0.98, 224, 23)
    (entry,) = planned(house)
    assert (entry["sha256"], entry["policy_version"], entry["changed"]) == (plan.sha256, 1, [])
    assert plan.by == "policy version 1"


def test_a_changed_source_starts_a_new_plan_and_keeps_the_old_one(house: House) -> None:
    accepted(house, **add_source(house, "3 to 5"))
    assert report(house).verdict.tally.good == 1
    newer = add_source(house, "4 to 6")
    waiting = report(house)  # nothing was offered yet under the new one
    assert waiting.changed == ("sources",)
    assert "counting starts anew" in next(line.words for line in waiting.verdict.lines if line.name == "reviews")
    accepted(house, **newer)
    found = report(house)
    assert (found.verdict.tally.good, found.earlier, found.changed) == (1, 1, ())
    assert [entry["changed"] for entry in planned(house)] == [[], ["sources"]]


def test_who_comes_back_to_the_old_drafts_finds_their_evidence(house: House) -> None:
    accepted(house)
    house.made_with = replace(TOOLS, model="another")
    accepted(house)
    house.made_with = TOOLS
    accepted(house)
    assert (report(house).verdict.tally.good, len(plans(house))) == (2, 2)


def test_a_policy_that_changes_something_else_voids_nothing(house: House) -> None:
    accepted(house)
    with house.deps.engine.begin() as tx:
        policies.publish(tx, POLICY.replace('rollback = "ben@', 'rollback = "eva@'), "ana", "ben", house.clock.now())
    accepted(house)
    assert (report(house).verdict.tally.good, len(plans(house))) == (2, 1)


def test_another_promise_starts_anew(house: House) -> None:
    accepted(house)
    standard = POLICY.replace('ceiling = "auto"', 'ceiling = "auto"\nevidence = "standard"')
    with house.deps.engine.begin() as tx:
        policies.publish(tx, standard, "ana", "ben", house.clock.now())
    assert report(house).changed == ("rules",)
    accepted(house)
    assert report(house).registered.plan.floor == 88  # type: ignore[union-attr]


def test_each_end_of_a_draft_is_counted_or_shown_as_left_out(house: House) -> None:
    accepted(house)
    edited, rejected, waiting, replaced = (house.propose() for _ in range(4))
    review.edit(house.deps, edited, "Standard delivery takes 9 days.", house.seen(edited), house.rosa)
    house.clock.tick(60)
    house.approve(edited)
    house.after_undo()
    review.reject(house.deps, rejected, "wrong answer", house.rosa)
    ref = house.ref(replaced)
    house.host.says(ref, house.host.people["1"], "And another thing: when?")
    house.prepare(ref)
    tally = report(house).verdict.tally
    assert (tally.good, tally.failed, tally.waiting, tally.withdrawn) == (1, 2, 2, 1)
    assert house.state(waiting) == "offered"


def test_what_rosa_waved_through_in_a_second_is_no_evidence(house: House) -> None:
    items = [house.propose() for _ in range(5)]
    house.clock.tick(60)
    for item in items:
        house.clock.tick(1)
        house.approve(item)
    house.after_undo()
    tally = report(house).verdict.tally
    assert (tally.good, tally.hurried) == (1, 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"tier": Tier.JUDGEMENT},
        {"category": None},
        {"draft": None, "findings": None, "abstained": Abstention("no-source", "no approved source answers this")},
    ],
)
def test_what_could_never_go_by_itself_is_no_evidence(house: House, changes: dict[str, Any]) -> None:
    house.propose(**changes)
    assert (planned(house), report(house).verdict.tally.waiting) == ([], 0)


def test_another_category_given_later_takes_nothing_out(house: House) -> None:
    item = house.propose()
    review.reject(house.deps, item, "wrong answer", house.rosa)
    with house.deps.engine.begin() as tx:
        tx.execute(proposal.update().values(category="refund-exception"))
    assert report(house).verdict.tally.failed == 1


def test_nobody_looked_for_a_week(house: House) -> None:
    from app import sweep

    house.propose()
    house.clock.tick(timedelta(days=8).total_seconds())
    sweep.leave_unreviewed(house.deps)
    assert report(house).verdict.tally.failed == 1


def test_a_category_that_is_frozen_says_why(house: House) -> None:
    accepted(house)
    scope, cause = freezes.Scope(category="delivery-times"), "invents delivery days"
    with house.deps.engine.begin() as tx:
        freezes.freeze(tx, scope, Freeze.DRAFT_ONLY, Kind.PATTERN, cause, "ana", house.clock.now())
    assert report(house).verdict.next_step == "Close known failure patterns: invents delivery days."


def test_a_rehearsal_that_passed_counts_for_ninety_days(house: House) -> None:
    def owner() -> str:
        return next(line.words for line in report(house).verdict.lines if line.name == "owner")

    def rehearsed(*, well: bool) -> None:
        now = house.clock.now()
        row = {"queue": "canary", "started_by": "ben", "started_at": now, "step": "over", "seen": "{}"}
        with house.deps.engine.begin() as tx:
            tx.execute(drill.insert().values(**row, ended_at=now, passed=well))

    rehearsed(well=False)
    assert owner() == "Rehearse a rollback."
    rehearsed(well=True)
    assert owner() == "Rollback owner: ben@acme.example."
    house.clock.tick(timedelta(days=91).total_seconds())
    assert owner() == "Rehearse a rollback: the last was over 90 days ago."


def test_a_receipt_names_what_its_draft_was_made_with(house: House) -> None:
    item = house.propose()
    receipt = story.receipt(house.deps, item)
    assert receipt is not None
    made = receipt["made_with"]
    assert (made["model"], made["prompts"]) == (TOOLS.model, dict(TOOLS.prompts))

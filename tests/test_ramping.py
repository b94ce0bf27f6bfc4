"""The ramp: two people raise it, anybody lowers it, and what no longer holds lowers it by itself."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from app import ramping, review
from app.governance.decision import Freeze
from app.governance.ramp import Step
from app.store import proposals
from app.store.tables import ramp_step
from tests import earned
from tests.earned import CATEGORY, actor, failing, frozen, inbound, log
from tests.house import House


@pytest.fixture
def house(earner: House) -> House:
    """A category that has passed the gate."""
    return earner


@pytest.fixture
def raised(house: House) -> House:
    assert earned.raised(house) is Step.FIVE_A_DAY
    return house


def why_not(house: House, item: str) -> set[str]:
    return {reason.rule for reason in house.stored(item).record.reasons}


def test_one_person_raises_nothing(house: House) -> None:
    request = ramping.ask(house.deps, CATEGORY, "the gate holds", house.ana)
    with pytest.raises(review.Refused, match="second person"):
        ramping.grant(house.deps, request.id, house.ana)
    with pytest.raises(review.Forbidden):
        ramping.grant(house.deps, request.id, house.rosa)
    assert ramping.standings(house.deps)[0].step is Step.OFF
    with pytest.raises(DBAPIError), house.deps.engine.begin() as tx:  # and SQL says the same
        tx.execute(ramp_step.insert().values(
            category=CATEGORY, from_step=0, to_step=1, plan="x", asked_by="ana", asked_at=house.clock.now(), reason="",
            granted_by="ana", in_force_at=house.clock.now()))  # fmt: skip


def test_a_request_is_judged_anew_when_it_is_granted(house: House) -> None:
    request = ramping.ask(house.deps, CATEGORY, "the gate holds", house.ana)
    frozen(house, Freeze.AUTO_OFF)
    with pytest.raises(review.Refused, match="guardrail"):
        ramping.grant(house.deps, request.id, actor(house, "ben@acme.example"))


def test_a_request_that_something_overtook_is_no_longer_granted(raised: House) -> None:
    ramping.lower(raised.deps, CATEGORY, Step.OFF, "", "ben")
    first = ramping.ask(raised.deps, CATEGORY, "again", raised.ana)
    ramping.ask(raised.deps, CATEGORY, "again, really", raised.ana)
    with pytest.raises(review.Changed):
        ramping.grant(raised.deps, first.id, actor(raised, "ben@acme.example"))


def test_the_next_step_waits_for_fifty_matured_answers(raised: House) -> None:
    with pytest.raises(review.Refused, match="50 more answers"):
        ramping.ask(raised.deps, CATEGORY, "more", raised.ana)


def test_evidence_of_other_drafts_raises_nothing(raised: House) -> None:
    earned.fingerprinted(raised, model="another")
    item = inbound(raised)
    assert raised.state(item) == proposals.OFFERED
    ramping.fall_back(raised.deps)
    assert log(raised, "ramp.lowered")[-1]["why"].startswith("drafts are made otherwise")
    raised.made_with = earned.TOOLS  # who comes back to the old drafts still needs two people
    assert raised.state(inbound(raised, 551)) == proposals.OFFERED


def test_too_many_failures_end_it_by_themselves(raised: House) -> None:
    failing(raised)
    ramping.fall_back(raised.deps)
    assert ramping.standings(raised.deps)[0].step is Step.OFF
    assert "failed" in log(raised, "ramp.lowered")[-1]["why"]


def test_mere_upkeep_only_pauses_it(raised: House) -> None:
    raised.clock.tick(80 * 24 * 3600)
    item = inbound(raised)  # no review for months, the drill overdue
    assert "evidence-missing" in why_not(raised, item)
    ramping.fall_back(raised.deps)
    assert ramping.standings(raised.deps)[0].step is Step.FIVE_A_DAY

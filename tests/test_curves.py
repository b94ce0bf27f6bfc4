"""The evidence curve: it is the gate's own decision, review by review, and the picture says nothing else."""

from __future__ import annotations

import pytest

from app import curves
from app.governance.reviews import Outcome, counted_of, tally
from tests.governance.test_gate import CLEAN, PLAN, clean, gate, review


def walked(*failures: int, count: int = 90) -> list[curves.Step]:
    """So many reviews, these of them rejected; asked of the gate at the same time."""
    reviews = [review(at, outcome=Outcome.REJECTED) if at in failures else one for at, one in enumerate(clean(count))]
    verdict = gate(PLAN, tally(reviews, PLAN), CLEAN)
    counted = sorted(counted_of(reviews, PLAN), key=lambda one: one.at or one.offered_at)
    found = list(curves.steps(counted, verdict.bar, PLAN.floor))
    assert (found[-1].good, found[-1].failed, found[-1].bound) == (
        verdict.tally.good,
        verdict.tally.failed,
        verdict.bound,
    )
    assert found[-1].opens == (verdict.needed <= 0)
    return found


@pytest.mark.parametrize(("failures", "first"), [((), 88), ((3,), 134), ((3, 60), 174)])
def test_the_curve_crosses_where_the_gate_opens(failures, first):
    found = walked(*failures, count=180)
    assert next(one.number for one in found if one.opens) == first
    for one in found:
        assert one.opens == (one.bound >= PLAN.p0 and one.number >= PLAN.floor)


def test_a_failure_lowers_it_at_once():
    found = walked(40)
    assert found[40].bound < found[39].bound
    assert [one.number for one in found if not one.was_good] == [41]

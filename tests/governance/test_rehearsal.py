"""What makes a drill a good one, and how far a canary's own policy reaches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.governance import canary
from app.governance.decision import Action, decide
from app.governance.rehearsal import Measured, faults
from tests.builders import OPEN, policy, proposal

GOOD = Measured(
    sent_by_workers=1, in_flight=2, killed=True, to_humans=1, off_ms=4, confirmed_ms=10_400, late_refused=1, after_confirmed=0
)  # fmt: skip
CASES = {
    "all was seen": (GOOD, None),
    "the workers are dead": (replace(GOOD, sent_by_workers=0), "running sender"),
    "nothing was in flight": (replace(GOOD, in_flight=0), "in flight"),
    "nobody was killed": (replace(GOOD, killed=False), "killed"),
    "nothing was held back": (replace(GOOD, to_humans=0), "given back"),
    "it was not thrown": (replace(GOOD, off_ms=None), "thrown"),
    "it was not confirmed": (replace(GOOD, confirmed_ms=None), "confirmed in time"),
    "nothing came late": (replace(GOOD, late_refused=0), "late request"),
    "nobody looked": (replace(GOOD, after_confirmed=None), "nobody looked"),
    "something came after": (replace(GOOD, after_confirmed=1), "after CONFIRMED"),
}
CANARY = canary.filled(proposal(host=canary.HOST, queue=canary.QUEUE, participants=()))
APPROVED = replace(OPEN, approved=True, ramped=False)


@pytest.mark.parametrize(("seen", "why"), CASES.values(), ids=CASES)
def test_a_drill_passes_only_if_everything_was_seen(seen, why):
    found = faults(seen)
    assert len(found) == (why is not None)
    assert all(why in words for words in found)


def test_a_drill_that_saw_nothing_proves_nothing():
    assert len(faults(Measured())) == 8


def test_a_canary_is_judged_like_any_other_under_a_policy_of_its_own():
    mine = canary.policy_for(CANARY, policy())
    assert decide(CANARY, mine, APPROVED).action is Action.SEND
    assert decide(CANARY, mine, replace(APPROVED, approved=False)).action is Action.OFFER_DRAFT
    assert decide(CANARY, policy(), APPROVED).action is not Action.SEND


def test_without_a_policy_a_canary_goes_nowhere():
    assert canary.policy_for(CANARY, None) is None


def test_no_customers_message_is_ever_judged_by_the_canarys_policy():
    ours = policy()
    assert canary.policy_for(proposal(queue=canary.QUEUE, category=canary.CATEGORY), ours) is ours

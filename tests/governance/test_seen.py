"""Seen: whatever a person looked at is in it, and an unrelated change of the policy is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.governance.policy import Mode, Queue, Rule
from app.governance.proposal import Draft
from app.governance.seen import seen
from tests.builders import category, policy, proposal

KEY = bytes(32)
CLEAN = seen(KEY, proposal(), policy(), (1, 1))

CHANGES = {
    "another word": (proposal(draft=Draft("Another word.", ())), policy(), (1, 1)),
    "another recipient": (proposal(requester="8"), policy(), (1, 1)),
    "somebody in copy": (proposal(cc=("x@example.com",)), policy(), (1, 1)),
    "a newer message": (proposal(comment="12"), policy(), (1, 1)),
    "another subject": (proposal(subject="Refund"), policy(), (1, 1)),
    "other rules for the category": (proposal(), policy(category(ceiling=Mode.ASSISTED)), (1, 1)),
    "other rules for the queue": (
        proposal(),
        policy(queues=(Queue("support", ("zendesk:group:Support",), note_on_offer=False, hours=""),)),
        (1, 1),
    ),
    "a row about the category": (
        proposal(),
        policy(rules=(Rule("no", allows=False, mode=Mode.AUTO, categories=("delivery-times",)),)),
        (1, 1),
    ),
    "a row about everything": (proposal(), policy(rules=(Rule("no", allows=False, mode=Mode.AUTO),)), (1, 1)),
    "the switch thrown and restored": (proposal(), policy(), (2, 1)),
    "the queue's switch thrown and restored": (proposal(), policy(), (1, 2)),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.threat("recipients")
@pytest.mark.threat("not-seen")
def test_a_change_voids_what_was_seen(name: str) -> None:
    assert seen(KEY, *CHANGES[name]) != CLEAN


def test_another_customers_key_gives_another_hash() -> None:
    assert seen(bytes([1] * 32), proposal(), policy(), (1, 1)) != CLEAN


@pytest.mark.threat("not-seen")
def test_an_unrelated_policy_change_voids_nothing() -> None:
    other = category("opening-hours")
    assert seen(KEY, proposal(), policy(category(), other), (1, 1)) == CLEAN
    elsewhere = Rule("no", allows=False, mode=Mode.AUTO, categories=("opening-hours",))
    assert seen(KEY, proposal(), policy(category(), other, rules=(elsewhere,)), (1, 1)) == CLEAN
    taught = replace(category(), examples=("When does it come?",))
    assert seen(KEY, proposal(), policy(taught), (1, 1)) == CLEAN

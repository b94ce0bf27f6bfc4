"""Every state of the sending protocol is visited: whatever dies, waits or is lost, nothing is sent late, twice or untold.

The whole protocol with 2 workers, a sweeper, 2 messages, 2 attempts and 2 disturbances (kills and human edits) has FULL
states: 30 s of one core and 0.5 GB, so it runs in `make test`. A pause, short or without end, costs no disturbance: it
is a process that takes no step, and every such order of steps is among those visited. A lost request or answer is one
that never arrives. A fence write that arrives late only changes the stamp once more, as a human edit does.
"""

from __future__ import annotations

import pytest

from tests.protocol.explore import Explorer
from tests.protocol.model import DELETING, FORBIDDING, Weakening
from tests.protocol.stories import FALLS, LATE, TWICE, UNTOLD, told

FULL = 4_710_090
QUICK = {Weakening.NO_FENCE, *FORBIDDING, *DELETING}  # the others only in `make test-all`
TABLE = [pytest.param(weak, marks=[] if weak in QUICK else pytest.mark.slow) for weak in Weakening]


@pytest.mark.threat("check-then-send")
@pytest.mark.threat("twice-or-late")
def test_the_whole_protocol_sends_nothing_late_twice_or_untold_and_always_ends() -> None:
    found = Explorer(disturbances=2).explore()
    assert (found.stories, found.dead_ends) == ({}, [])
    assert found.states == FULL  # fewer would mean that the model lost a way to go wrong


@pytest.mark.slow
def test_a_fence_that_is_a_draft_to_be_deleted_keeps_the_same_promises() -> None:
    """Gmail's: what is gone and cannot be found ends as unclear, for a person to look at."""
    found = Explorer(disturbances=1, deletes=True).explore()
    assert (found.stories, found.dead_ends) == ({}, [])


@pytest.mark.parametrize("weak", TABLE)
@pytest.mark.threat("twice-or-late")
def test_without_one_safeguard_the_promise_falls(weak: Weakening) -> None:
    found = Explorer(weak, disturbances=1).explore(until=FALLS[weak])
    print(f"\nweakened: {weak}", *told(found), sep="\n")  # noqa: T201 - `pytest -rP` shows how it goes wrong
    assert found.stories.keys() == FALLS[weak]


@pytest.mark.slow
def test_even_without_the_attempt_in_a_result_nothing_is_sent_twice() -> None:
    found = Explorer(Weakening.NO_ATTEMPT_CAS, disturbances=0).explore()
    assert found.stories.keys() == {LATE, UNTOLD}


@pytest.mark.slow
def test_a_read_back_that_overlooks_a_send_never_makes_a_late_one() -> None:
    found = Explorer(Weakening.ANY_COPY_READ, disturbances=0).explore()
    assert found.stories.keys() == {TWICE, UNTOLD}


@pytest.mark.slow
def test_a_network_that_repeats_requests_changes_nothing() -> None:
    found = Explorer(disturbances=0, repeats=True).explore()
    assert (found.stories, found.dead_ends) == ({}, [])


@pytest.mark.slow  # ten million states: a minute of one core and 1 GB
def test_a_host_that_says_no_whatever_it_did_proves_nothing_and_holds_up_nothing() -> None:
    found = Explorer(disturbances=0, forbids=True).explore()
    assert (found.stories, found.dead_ends) == ({}, [])

"""Named crash points: the sender dies exactly there, and the customer still gets one answer."""

from __future__ import annotations

import signal

import pytest

from tests.crash.deployment import SENDER, Deployment, end, wait_for

pytestmark = pytest.mark.crash


@pytest.mark.parametrize(
    ("point", "replies_at_death"), [("before-claim", 0), ("after-claim", 0), ("after-send", 1), ("after-read-back", 1)]
)
def test_a_sender_that_dies_at_a_named_point_answers_once(
    deployment: Deployment, point: str, replies_at_death: int
) -> None:
    ((proposal, ref),) = deployment.offered(1).items()
    if point == "after-read-back":  # nothing is read back while all goes well
        deployment.zendesk.fault("drop_connection", ref, on="reply", times=1)
    doomed = deployment.child(SENDER, CRASHPOINT=point)
    deployment.desk.approve(proposal)
    assert wait_for(doomed.poll, f"the death at {point}") == -signal.SIGKILL
    assert deployment.zendesk.replies(ref) == replies_at_death
    assert deployment.row(proposal).state == ("READY" if point == "before-claim" else "SENDING")
    deployment.let_leases_end(after=0)
    successor = [deployment.child(SENDER)] if replies_at_death == 0 else []  # the clock settles what was applied
    wait_for(lambda: deployment.row(proposal).state in {"SENT", "HUMAN"}, "the outcome")
    for sender in successor:
        end(sender)
    assert deployment.zendesk.replies(ref) == 1
    assert (deployment.row(proposal).state, deployment.row(proposal).fate) == ("SENT", "sent")

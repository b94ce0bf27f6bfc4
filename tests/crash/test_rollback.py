"""A stop in the middle of a burst: whatever the host was doing, nothing reaches a customer after CONFIRMED."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from app import desk, review
from app.store import staff
from tests.crash.deployment import SENDER, Deployment, children_of, end, kill, parsed, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.slow]  # the short form is test_points.py
KEYS = {"state", "off_ms", "confirmed_ms", "sent_before", "unclear", "to_humans", "in_flight"}
BURST = 12


@pytest.fixture
def live(deployment: Deployment) -> Iterator[Deployment]:
    """The deployment, brought back to LIVE by two admins afterwards."""
    yield deployment
    deployment.zendesk.control("DELETE", "faults")
    wait_for(lambda: everything(deployment)["state"] == "CONFIRMED", "CONFIRMED")
    for admin in ("ana@acme.example", "ben@acme.example"):
        with deployment.desk.deps.readers.begin() as tx:
            member = staff.by_email(tx, admin)
        assert member is not None
        live = review.restore(deployment.desk.deps, "*", review.Actor(member, "settings"))
    assert live


def everything(deployment: Deployment) -> dict[str, Any]:
    """The scope of everything, as `countersign switch` shows it."""
    scope = desk.switches(deployment.desk.deps)[0]
    return {"state": scope.state.value, "confirmed_at": scope.confirmed_at, "in_flight": scope.in_flight}


def rollback(deployment: Deployment, seconds: float) -> tuple[int, dict[str, Any]]:
    done = deployment.command("rollback", "--reason", "drill", "--wait", "--timeout", str(seconds), "--json")
    return done.returncode, parsed(done.stdout)


# (senders killed, seconds the host takes): a killed sender's request is still on its way when the drain loses patience
@pytest.mark.parametrize(
    ("killed", "slow"), [(False, (0.3, 2.0)), (True, (17.0, 19.0))], ids=["all well", "senders killed"]
)
def test_nothing_reaches_a_customer_after_confirmed(
    live: Deployment, *, killed: bool, slow: tuple[float, float]
) -> None:
    chance = random.Random(os.environ.get("CRASH_SEED"))
    tickets = live.offered(BURST)
    for ref in tickets.values():
        live.zendesk.fault("slow", ref, on="reply", when="before", seconds=chance.uniform(*slow), times=1)
    with live.senders(2) as supervisor:
        wait_for(lambda: len(children_of(supervisor.pid)) == 2, "two senders")
        for proposal in tickets:
            live.desk.approve(proposal)
        wait_for(lambda: live.rows(state="SENDING"), "a send in flight")
        time.sleep(chance.uniform(0, 0.5))
        for pid in children_of(supervisor.pid) if killed else []:
            kill(pid)
        status, told = rollback(live, 60)
    wait_for(lambda: time.time() > last_claim(live) + slow[1] + 1, "the end of whatever was on its way")
    assert (status, told["state"], set(told)) == (0, "CONFIRMED", KEYS)
    confirmed_at: datetime = everything(live)["confirmed_at"]
    ours = [
        entry for entry in live.zendesk.ledger() if str(entry["ticket_id"]) in {ref.ticket for ref in tickets.values()}
    ]
    assert [entry for entry in ours if entry["time"] > confirmed_at.timestamp()] == []
    rows = {live.row(proposal).ticket: live.row(proposal).fate for proposal in tickets}
    assert {ticket for ticket, fate in rows.items() if fate == "sent"} == {str(entry["ticket_id"]) for entry in ours}
    assert len(ours) == len({entry["ticket_id"] for entry in ours})
    assert told["to_humans"] > 0, "the burst was over before the stop: this run proves nothing"


def last_claim(deployment: Deployment) -> float:
    return max(float(row.claimed_at.timestamp()) for row in deployment.rows() if row.claimed_at)


def test_a_stop_that_is_not_confirmed_in_time_says_for_which_tickets_it_waits(live: Deployment) -> None:
    ((proposal, ref),) = live.offered(1).items()
    doomed = live.child(SENDER, CRASHPOINT="claimed")
    live.desk.approve(proposal)
    wait_for(doomed.poll, "a claim without an outcome")
    live.zendesk.fault("down")
    status, told = rollback(live, 1)
    assert (status, told["state"], told["confirmed_ms"], told["in_flight"]) == (3, "OFF", None, [ref.ticket])
    live.zendesk.control("DELETE", "faults")
    wait_for(lambda: everything(live)["state"] == "CONFIRMED", "CONFIRMED, now that the host answers")
    assert live.zendesk.replies(ref) == 0
    assert (live.row(proposal).state, live.row(proposal).fate) == ("HUMAN", "never-sent")


def test_an_approval_on_the_command_line_is_sent_once(deployment: Deployment) -> None:
    ((proposal, ref),) = deployment.offered(1).items()
    lines = [line for line in deployment.command("queue", "--jsonl").stdout.splitlines() if proposal in line]
    twice = "\n".join(lines * 2)
    approved = deployment.command("approve", "-", "--by", "rosa@acme.example", "--json", text=twice)
    assert (approved.returncode, [parsed(line)["done"] for line in approved.stdout.splitlines()]) == (0, [True, True])
    sender = deployment.child(SENDER)
    wait_for(lambda: deployment.row(proposal).state == "SENT", "the answer")
    end(sender)
    assert deployment.zendesk.replies(ref) == 1

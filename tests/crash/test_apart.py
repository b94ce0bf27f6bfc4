"""Web, clock, senders, database, Redis and Zendesk on machines of their own, one of them cut off in the middle."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from app.host import TicketRef
from tests.crash.apart import MACHINES, Apart, apart
from tests.crash.deployment import parsed, wait_for
from tests.crash.test_rollback import everything

pytestmark = [pytest.mark.crash, pytest.mark.slow]
ANSWERS = 8
LATE = 15.0  # seconds in which what a wire still holds arrives: a lost packet is sent again after 1, 2, 4 and 8


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Apart]:
    with apart(tmp_path_factory.mktemp("apart"), free_port) as made:
        yield made


def in_flight(machines: Apart) -> dict[str, TicketRef]:
    """Approved answers, some of them on their way to a host that takes its time."""
    chance, tickets = random.Random(7), machines.offered(ANSWERS)
    for ref in tickets.values():
        machines.zendesk.fault("slow", ref, on="reply", when="before", seconds=chance.uniform(0.2, 2), times=1)
    for proposal in tickets:
        machines.desk.approve(proposal)
    wait_for(lambda: machines.rows(state="SENDING"), "a send in flight")
    return tickets


def settled(machines: Apart, tickets: dict[str, TicketRef]) -> list[sa.Row[Any]]:
    """Their rows, once none of them is under way. Leases, which are politeness, are cut short."""

    def done() -> list[sa.Row[Any]]:
        machines.let_leases_end(after=4)
        rows = [row for row in machines.rows() if row.proposal_id in tickets]
        return rows if all(row.state in {"SENT", "HUMAN"} for row in rows) else []

    return list(wait_for(done, "an outcome for each", 180))


def replies(machines: Apart, tickets: dict[str, TicketRef]) -> Counter[str]:
    ours = {ref.ticket for ref in tickets.values()}
    return Counter(str(one["ticket_id"]) for one in machines.zendesk.ledger() if str(one["ticket_id"]) in ours)


def test_a_machine_that_is_cut_off_answers_nobody(machines: Apart) -> None:
    """Else all that follows here would say nothing."""
    sandbox = f"{machines.zendesk.url}/healthz"
    assert requests.get(sandbox, timeout=10).ok
    machines.network.cut("zendesk")
    try:
        with pytest.raises(requests.Timeout):
            requests.get(sandbox, timeout=2)
    finally:
        machines.network.heal("zendesk")
    assert requests.get(sandbox, timeout=10).ok


@pytest.mark.parametrize("machine", [name for name in MACHINES if name != "sender2"])
def test_whoever_is_cut_off_no_answer_is_lost_or_sent_twice(machines: Apart, machine: str) -> None:
    tickets = in_flight(machines)
    machines.network.cut(machine)
    time.sleep(6)
    machines.network.heal(machine)
    rows = settled(machines, tickets)
    time.sleep(LATE)
    assert {row.fate for row in rows} == {"sent"}
    assert replies(machines, tickets) == dict.fromkeys((ref.ticket for ref in tickets.values()), 1)


def test_while_a_sender_is_away_another_ends_what_it_began(machines: Apart) -> None:
    tickets = in_flight(machines)
    machines.network.cut("sender1")
    try:
        rows = settled(machines, tickets)
    finally:
        machines.network.heal("sender1")
    time.sleep(LATE)
    assert {row.fate for row in rows} == {"sent"}
    assert replies(machines, tickets) == dict.fromkeys((ref.ticket for ref in tickets.values()), 1)


def test_a_stop_is_confirmed_without_the_sender_that_is_cut_off(machines: Apart) -> None:
    tickets = in_flight(machines)
    machines.network.cut("sender1")
    try:
        stopped = machines.command_on("web", "rollback", "--reason", "cut off", "--wait", "--timeout", "90", "--json")
    finally:
        machines.network.heal("sender1")
    assert (stopped.returncode, parsed(stopped.stdout)["state"]) == (0, "CONFIRMED")
    confirmed = everything(machines)["confirmed_at"].timestamp()
    time.sleep(LATE)
    assert [one for one in machines.zendesk.ledger() if one["time"] > confirmed] == []
    fates = {row.ticket: row.fate for row in machines.rows() if row.proposal_id in tickets}
    assert {ticket for ticket, fate in fates.items() if fate == "sent"} == set(replies(machines, tickets))
    assert set(replies(machines, tickets).values()) <= {1}


def test_the_log_of_all_this_is_unbroken(machines: Apart) -> None:
    verified = machines.command("audit", "verify", "--json")
    assert (verified.returncode, parsed(verified.stdout)["broken_at"]) == (0, None)

"""Fifty answers, each one's response lost, and senders killed at random: the customer gets each answer once."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from app.host import TicketRef
from tests.crash.deployment import Deployment, children_of, kill, parsed, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.slow]  # the short form is test_points.py
TRIES = 50
KILLS = 25
UNMARKED_EVERY = 5  # so often the host forgets our marker, and nobody can tell whether a lost answer arrived
IN_THE_AIR = 8  # approved and not yet settled, at most
LOST_AFTER = 3.0  # seconds without an outcome: its sender is dead
WITHIN = 240.0  # on a machine that has little time for us


@dataclass
class Storm:
    """Approves one answer after another and kills senders meanwhile; `lost` are claims that were left without an end."""

    deployment: Deployment
    supervisor: int
    chance: random.Random
    tickets: dict[str, TicketRef]
    unmarked: set[str]
    kills: int = 0
    lost: set[tuple[int, int]] = field(default_factory=set)

    def run(self) -> None:
        deadline = time.monotonic() + WITHIN
        waiting = iter(self.tickets)
        while not self._over(rows := self._answers()):
            assert self.deployment.clock.poll() is None, "the clock died"
            assert time.monotonic() < deadline, f"not settled: {Counter(row.state for row in rows)}"
            self._approve(rows, waiting)
            self._kill_somebody(rows)
            self.lost |= self.deployment.let_leases_end(after=LOST_AFTER)
            time.sleep(0.1)

    def _answers(self) -> list[sa.Row[Any]]:
        return [row for row in self.deployment.rows() if row.proposal_id in self.tickets]

    def _over(self, rows: list[sa.Row[Any]]) -> bool:
        return len(rows) == len(self.tickets) and all(row.state in {"SENT", "HUMAN"} for row in rows)

    def _approve(self, rows: list[sa.Row[Any]], waiting: Iterator[str]) -> None:
        in_the_air = sum(row.state in {"READY", "SENDING"} for row in rows)
        proposal = next(waiting, None) if in_the_air < IN_THE_AIR else None
        if proposal is not None:
            self._spoil(self.tickets[proposal], marked=proposal not in self.unmarked)
            self.deployment.desk.approve(proposal)

    def _spoil(self, ref: TicketRef, *, marked: bool) -> None:
        """The host is slow before and after it applies the answer, and then hangs up."""
        zendesk = self.deployment.zendesk
        zendesk.fault("slow", ref, on="reply", when="before", seconds=self.chance.uniform(0, 0.3), times=1)
        zendesk.fault("slow", ref, on="reply", when="after", seconds=self.chance.uniform(0, 0.4), times=1)
        zendesk.fault("drop_connection", ref, on="reply", when="after", times=1)
        if not marked:
            zendesk.fault("drop_metadata", ref)

    def _kill_somebody(self, rows: list[sa.Row[Any]]) -> None:
        """At a random moment of a send, one or all who send; an answer that failed once is spared: three are a person's."""
        sending = [row for row in rows if row.state == "SENDING"]
        if self.kills >= KILLS or not sending or any(row.tries for row in sending):
            return
        busy = self.deployment.busy_senders(self.supervisor)
        time.sleep(self.chance.uniform(0, 0.4))
        for pid in busy if self.chance.random() < 0.5 else busy[:1]:
            kill(pid)
            self.kills += 1


@pytest.fixture(scope="module")
def storm(deployment: Deployment) -> Storm:
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CRASH_SEED={seed}")  # noqa: T201 - to repeat it
    tickets = deployment.offered(TRIES)
    with deployment.senders(2) as supervisor:
        storm = Storm(deployment, supervisor.pid, random.Random(seed), tickets, set(list(tickets)[::UNMARKED_EVERY]))
        wait_for(lambda: len(children_of(supervisor.pid)) == 2, "two senders")
        began = time.monotonic()
        storm.run()
        took = time.monotonic() - began
    print(f"{TRIES} answers, {storm.kills} kills, {len(storm.lost)} claims left without an end, {took:.0f} s")  # noqa: T201
    return storm


def test_senders_were_killed_in_the_middle_of_sending(storm: Storm) -> None:
    assert storm.lost, "no kill fell between a claim and its outcome: this run proves nothing"


def test_every_customer_got_one_answer(storm: Storm) -> None:
    replies = Counter(str(entry["ticket_id"]) for entry in storm.deployment.zendesk.ledger())
    assert {ref.ticket: replies[ref.ticket] for ref in storm.tickets.values()} == dict.fromkeys(
        (ref.ticket for ref in storm.tickets.values()), 1
    )


def test_what_the_host_can_tell_is_settled_as_sent(storm: Storm) -> None:
    marked = [storm.deployment.row(proposal) for proposal in storm.tickets if proposal not in storm.unmarked]
    assert {(row.state, row.fate) for row in marked} == {("SENT", "sent")}


def test_what_the_host_cannot_tell_is_a_persons_to_check(storm: Storm) -> None:
    unmarked = [storm.deployment.row(proposal) for proposal in storm.unmarked]
    assert {(row.state, row.fate) for row in unmarked} == {("HUMAN", "unclear")}


def test_the_log_of_all_this_is_unbroken(storm: Storm) -> None:
    verified = storm.deployment.command("audit", "verify", "--json")
    assert (verified.returncode, parsed(verified.stdout)["broken_at"]) == (0, None)

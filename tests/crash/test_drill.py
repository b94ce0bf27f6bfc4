"""A drill on the running product: real processes, a real Redis, a sender that really dies in the middle of its send."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa

from app.store.tables import audit, canary, drill, proposal, switch
from tests.crash.deployment import SENDER, Deployment, end, parsed

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def certificate(deployment: Deployment) -> Any:
    """Of a drill that was begun on the command line while one sender served everybody."""
    sender = deployment.child(SENDER)
    rehearsed = deployment.command("rehearse", "--by", "ana@acme.example", "--json")
    end(sender)
    assert rehearsed.returncode == 0, rehearsed.stdout + rehearsed.stderr
    return parsed(rehearsed.stdout)


def rows(deployment: Deployment, wanted: Any) -> list[Any]:
    with deployment.desk.deps.readers.begin() as tx:
        return list(tx.execute(wanted))


def test_the_certificate_stands_in_the_log(deployment: Deployment, certificate: Any) -> None:
    (entry,) = rows(deployment, sa.select(audit).where(audit.c.seq == certificate["entry"]))
    told = json.loads(entry.stored)
    assert (entry.action, told["header"]["passed"], told["actor"]) == ("drill.certificate", True, entry.actor)
    assert told["header"]["off_at"] < told["header"]["confirmed_at"]
    assert (told["header"]["off_ms"], told["header"]["confirmed_ms"]) == (
        certificate["off_ms"],
        certificate["confirmed_ms"],
    )
    verified = deployment.command("audit", "verify", "--json")
    assert parsed(verified.stdout)["broken_at"] is None


def test_a_sender_was_killed_in_the_middle_and_its_late_request_refused(certificate: Any) -> None:
    assert certificate["killed"]
    assert certificate["in_flight"] == 2
    assert certificate["late_refused"] == 1


def test_nothing_was_sent_after_confirmed(deployment: Deployment, certificate: Any) -> None:
    ledger = {one.part: one.applied_at for one in rows(deployment, sa.select(canary))}
    assert {part for part, at in ledger.items() if at} == {"quick", "slow"}
    assert all(at is None or at.isoformat() < certificate["confirmed_at"] for at in ledger.values())
    assert (certificate["after_confirmed"], certificate["to_humans"]) == (0, 1)


@pytest.mark.threat("drill")
def test_no_canary_came_near_a_customer_and_none_is_left(deployment: Deployment, certificate: Any) -> None:
    assert certificate["passed"]
    tickets = {str(one.id) for one in rows(deployment, sa.select(canary))}
    assert {str(entry["ticket_id"]) for entry in deployment.zendesk.ledger()} & tickets == set()
    assert rows(deployment, sa.select(switch.c.scope).where(switch.c.scope == "(canary)")) == []
    states = {row.state for row in rows(deployment, sa.select(proposal.c.state).where(proposal.c.host == "canary"))}
    assert states == {"erased"}
    assert [row.passed for row in rows(deployment, sa.select(drill.c.passed))] == [True]


def test_a_stranger_who_replays_the_log_finds_the_drill_in_order(deployment: Deployment, certificate: Any) -> None:
    folder = deployment.home / "exported"
    exported = deployment.command("audit", "export", str(folder), "--by", "ana@acme.example")
    assert exported.returncode == 0, exported.stdout + exported.stderr
    told = subprocess.run(
        [sys.executable, str(folder / "verify.py"), str(folder), "--json"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    report = json.loads(told.stdout)
    (stop,) = [one for one in report["stops"] if one["scope"] == certificate["queue"]]
    assert stop["confirmed"]
    assert "(canary)" not in report["by_category"]

"""An admin of the host disables the app, or revokes the token: the clock sees it, and nothing more is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from app import desk, review, watch
from app.store import staff
from tests.crash.deployment import Deployment, wait_for

pytestmark = pytest.mark.crash
WITHIN = 60.0  # seconds


@pytest.fixture
def installed(deployment: Deployment) -> Iterator[Deployment]:
    """The deployment, allowed again by the host and brought back to LIVE by two admins afterwards."""
    yield deployment
    deployment.zendesk.control("PUT", "installation", {"enabled": True})
    wait_for(lambda: set(states(deployment).values()) <= {"LIVE", "CONFIRMED"}, "CONFIRMED")
    for scope in states(deployment):
        for admin in ("ana@acme.example", "ben@acme.example"):
            with deployment.desk.deps.readers.begin() as tx:
                member = staff.by_email(tx, admin)
            assert member is not None
            assert review.restore(deployment.desk.deps, scope, review.Actor(member, "settings")) or admin.startswith(
                "a"
            )


def states(deployment: Deployment) -> dict[str, str]:
    return {found.scope: found.state.value for found in desk.switches(deployment.desk.deps)}


def approved_until_refused(deployment: Deployment) -> int:
    """Click Approve & send once a second; how many clicks were taken."""
    for clicks, proposal in enumerate(deployment.offered(int(WITHIN))):
        try:
            deployment.desk.approve(proposal)
        except review.Refusal:
            return clicks
        time.sleep(1)
    pytest.fail(f"still sending {WITHIN:g} s after the app was disabled")


@pytest.mark.threat("app-removed")
def test_a_disabled_app_sends_nothing_more_within_a_minute(installed: Deployment) -> None:
    with installed.senders(1):
        (first,) = installed.offered(1)
        installed.desk.approve(first)
        wait_for(lambda: installed.row(first).state == "SENT", "an answer while all is well")
        installed.zendesk.control("PUT", "installation", {"enabled": False})
        assert approved_until_refused(installed) < WITHIN
        wait_for(lambda: states(installed)["support"] == "CONFIRMED", "CONFIRMED")
        reached = installed.zendesk.ledger()
        assert installed.rows(state="READY") == installed.rows(state="SENDING") == []
        time.sleep(3)
        assert installed.zendesk.ledger() == reached
    support = next(found for found in desk.switches(installed.desk.deps) if found.scope == "support")
    assert (support.changed_by, support.reason) == (watch.WATCH, "the app is disabled in Zendesk")

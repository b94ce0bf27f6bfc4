"""The stop, pressed while a slow send is in flight: OFF at once, CONFIRMED only when it settled, nothing after."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
SLOW = 6.0


def test_a_stop_waits_for_what_is_in_flight_and_nothing_comes_after(running, agent, signed_in, restored, sees, context):
    flying, approved = running.new_ticket(), running.new_ticket(subject="Another delivery")
    settings = signed_in("ana@acme.example")
    settings.goto(f"{running.app}/settings")
    second = type(agent)(context.new_page(), running)
    other = second.offered(approved)
    sidebar = agent.offered(flying)
    running.fault("slow", seconds=SLOW, on="reply", when="after")
    sidebar.get_by_test_id("approve").click()
    sees(sidebar, "sending")
    second.page.bring_to_front()
    other.get_by_test_id("approve").click()
    expect(other.get_by_test_id("undo-bar")).to_be_visible()

    settings.bring_to_front()
    everything = settings.get_by_test_id("switch-all")
    everything.get_by_test_id("stop").click()
    state = everything.get_by_test_id("switch-state")
    expect(state).to_have_text("OFF")
    expect(everything).to_contain_text(f"#{flying}")
    expect(state).to_have_text("CONFIRMED", timeout=60_000)
    confirmed = datetime.now().astimezone().timestamp()

    sees(sidebar, "sent")
    expect(other.get_by_test_id("banner-off")).to_be_visible()
    expect(other.get_by_test_id("approve")).to_have_count(0)
    settings.wait_for_timeout(7000)
    assert len(running.ledger(flying)) == 1
    assert running.ledger(approved) == []
    assert all(entry["time"] <= confirmed for entry in running.ledger())

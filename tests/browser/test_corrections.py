"""People correct the machine, and are seen to answer by hand: in the sidebar, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_redone_draft_follows_the_wish_and_waits_for_a_yes(running, agent, sees):
    ticket = running.new_ticket()
    sidebar = agent.offered(ticket)
    agent.page.bring_to_front()
    sidebar.get_by_test_id("edit").focus()
    agent.page.keyboard.press("c")
    sidebar.get_by_test_id("correct-redo").fill("What does express delivery cost?")
    sidebar.get_by_test_id("correct-send").click()
    expect(sidebar.get_by_test_id("told")).to_contain_text("express delivery")
    expect(sidebar.locator("[data-draft]")).to_contain_text("9.90 euros")
    assert running.ledger(ticket) == []
    sidebar.get_by_test_id("approve").click()
    sees(sidebar, "sent")
    assert len(running.ledger(ticket)) == 1


def test_a_draft_sent_with_zendesks_own_button_is_known_again(running, agent, sees):
    ticket = running.new_ticket()
    sidebar = agent.offered(ticket)
    sidebar.get_by_test_id("insert").click()
    expect(agent.page.get_by_test_id("composer-editor")).to_contain_text("working days")
    agent.page.get_by_test_id("submit").click()
    sees(sidebar, "handled")
    expect(sidebar.get_by_test_id("ended")).to_have_text("Sent by hand, as it was offered by Rosa Romano.")
    assert len(running.ledger(ticket)) == 1

"""A legal threat in the running product: its owner sees it, takes it, and closes it with a decision."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_legal_threat_is_owned_taken_and_closed_with_a_decision(running, signed_in, agent, sees):
    ticket = running.new_ticket("My lawyer will sue you if the money is not back on Friday.", subject="Court")
    sidebar = agent.open(ticket)
    sees(sidebar, "escalated")
    expect(sidebar.get_by_test_id("outcome")).to_contain_text("has this")
    expect(sidebar.get_by_test_id("owner-due")).to_be_visible()

    page = signed_in("ana@acme.example")
    page.goto(f"{running.app}/escalations")
    matter = page.get_by_test_id("escalation").filter(has=page.get_by_text(f"#{ticket}", exact=True))
    matter.get_by_test_id("take").click()
    matter.get_by_test_id("take-action").fill("Call the customer")
    matter.get_by_test_id("take-send").click()
    expect(matter.get_by_test_id("owner")).to_contain_text("You have this. Next: Call the customer.")

    matter.get_by_test_id("close").click()
    matter.get_by_test_id("document-policy-change").check()
    matter.get_by_test_id("close-reason").fill("Say who answers threats of court")
    matter.get_by_test_id("close-send").click()
    expect(matter).to_have_count(0)
    closed = page.get_by_test_id("closed").get_by_role("row").filter(has_text=f"#{ticket}")
    expect(closed).to_contain_text("A change of the policy")
    agent.open(ticket)
    expect(agent.page.get_by_role("article", name="Internal note by Countersign")).to_have_count(3)
    assert any("Call the customer" in note for note in running.notes(ticket))
    assert running.ledger(ticket) == []

"""A hundred at once in real Chromium, of which three may not go; and the browser is closed while it runs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MANY = 100
MINUTES = 300_000
ESCALATE = """async ([id, due]) => (await fetch(`/api/v1/proposals/${id}/escalate`, {
  method: "POST", body: JSON.stringify({to: "ben@acme.example", due, note: ""}),
  headers: {"Content-Type": "application/json", "X-Countersign-Form": document.body.dataset.formToken}})).status"""


def picked(page: Page) -> dict[str, str]:
    """All of ours, by their boxes. Subject → id."""
    ours = page.locator("[data-line][data-subject^='Hundred']")
    expect(ours).to_have_count(MANY, timeout=MINUTES)
    ours.get_by_test_id("pick").evaluate_all("boxes => boxes.forEach((box) => box.click())")
    expect(page.locator("[data-picked-count]")).to_have_text(f"{MANY} selected")
    return dict(ours.evaluate_all("lines => lines.map((line) => [line.dataset.subject, line.dataset.line])"))


def test_ninety_seven_go_once_and_three_are_explained_though_nobody_stayed(running, signed_in, elsewhere):
    tickets = {f"Hundred {number:03}": running.new_ticket(subject=f"Hundred {number:03}") for number in range(MANY)}
    page = signed_in("ana@acme.example")
    ids = picked(page)
    moved_on, escalated, deleted = sorted(tickets)[:3]
    page.get_by_test_id("batch-approve").click()
    expect(page.get_by_test_id("batch-results")).to_be_visible()
    page.close()
    assert elsewhere.evaluate(ESCALATE, [ids[escalated], "2099-01-01T00:00:00Z"]) == 200
    running.fault("webhook_drop")
    running.control("POST", "customer-reply", {"ticket": tickets[moved_on], "text": "Wait, I meant another order."})
    running.control("POST", "delete", {"ticket": tickets[deleted]})

    again = signed_in("ana@acme.example")
    results = again.get_by_test_id("batch-results")
    expect(results).to_be_visible()
    if again.get_by_test_id("batch-go-on").count():
        again.get_by_test_id("batch-go-on").click()
    expect(results).to_have_attribute("data-going", "0", timeout=MINUTES)
    left = sorted(again.get_by_test_id("batch-left").all_inner_texts())
    assert [line.partition(":")[0] for line in left] == [moved_on, escalated, deleted], left
    sent = {subject: len(running.ledger(ticket)) for subject, ticket in tickets.items()}
    assert sent == {subject: int(subject not in {moved_on, escalated, deleted}) for subject in tickets}

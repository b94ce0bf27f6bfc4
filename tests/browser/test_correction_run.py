"""Setting a wrong answer right, in real Chromium: who got it, what they are told instead, and a yes for each of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
QUESTION = "Hello, what are your opening hours on weekdays?"
RIGHT = "Hello {{ticket.requester.first_name}},\n\nour last message was wrong: this week we close at noon.\n\nKind regards\nAcme support"
CUSTOMERS = {"Ada Archer": "ada@mail.example", "Bo Berg": "bo@mail.example", "Cy Cole": "cy@mail.example"}


def test_whoever_was_told_it_is_told_what_is_right_and_who_wrote_again_is_left_to_people(
    running, agent, sees, signed_in
):
    tickets = {
        name: running.new_ticket(QUESTION, f"Hours for {name}", requester={"name": name, "email": email})
        for name, email in CUSTOMERS.items()
    }
    for ticket in tickets.values():
        agent.offered(ticket).get_by_test_id("approve").click()
        sees(agent.sidebar, "sent")
    *set_right, wrote_again = tickets
    running.control("POST", "customer-reply", {"ticket": tickets[wrote_again], "text": "And on Sundays?"})

    page = signed_in("ana@acme.example")
    page.goto(f"{running.app}/corrections")
    form = page.get_by_test_id("correction-find")
    form.get_by_label("What was wrong").select_option("category")
    form.get_by_label("Which").fill("opening-hours")
    form.get_by_role("button").click()
    expect(page.get_by_test_id("correction-found")).to_have_text("3 customers received it")
    page.get_by_test_id("correction-begin").get_by_label("What is right").fill(RIGHT)
    page.get_by_test_id("correction-prepare").click()

    ready, left = page.get_by_test_id("correction-ready"), page.get_by_test_id("correction-left")
    expect(ready).to_have_count(2)
    expect(left).to_contain_text(wrote_again)
    expect(left).to_contain_text("The customer wrote again: answer that message, and set it right there.")
    expect(page.get_by_test_id("correction-approve")).to_be_disabled()
    for name in set_right:
        one = ready.filter(has_text=name)
        expect(one.get_by_test_id("correction-text")).to_contain_text(f"Hello {name.split()[0]},")
        one.get_by_role("checkbox").check()
    page.get_by_test_id("correction-approve").click()
    expect(page.get_by_test_id("correction-sent")).to_have_count(2)
    expect(page.get_by_test_id("correction-counts")).to_have_text("2 of 3 sent · 1 not from here")
    expect(left).to_have_count(1)

    told = {name: [entry["text"] for entry in running.ledger(ticket)] for name, ticket in tickets.items()}
    assert [len(texts) for texts in told.values()] == [2, 2, 1]
    assert [told[name][1].splitlines()[0] for name in set_right] == ["Hello Ada,", "Hello Bo,"]

"""The queue page: read, move by keys, approve a batch whose items each have a result of their own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import approve_and_undo

pytestmark = pytest.mark.browser


def line_of(page, subject: str):
    return page.get_by_test_id("line").filter(has_text=subject)


def reach(page, target) -> None:
    """By Tab alone, as somebody without a mouse does."""
    for _ in range(120):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never came there")


def move_to(page, subject: str) -> None:
    """By j alone, and by k where that was the last."""
    heading = page.locator(".detail-head h1")
    at = page.get_by_test_id("line").evaluate_all(
        "(lines, subject) => lines.findIndex((one) => one.dataset.subject === subject)"
        " - lines.findIndex((one) => one.classList.contains('on'))",
        subject,
    )
    for _ in range(abs(at)):
        page.keyboard.press("j" if at > 0 else "k")
    expect(heading).to_have_text(subject)
    expect(page.get_by_test_id("detail")).not_to_have_attribute("inert", "")


def test_an_answer_that_comes_late_takes_no_drawer_away(running, signed_in):
    running.new_ticket(subject="Late answer")
    page = signed_in("ana@acme.example")
    expect(line_of(page, "Late answer")).to_be_visible()
    late = []
    page.route("**/parts/proposal/*", lambda route: route.continue_() if late else late.append(route))
    line_of(page, "Late answer").locator("[data-open]").click()
    expect(page.locator(".detail-head h1")).to_have_text("Late answer")  # the next question was answered first
    page.keyboard.press("e")
    page.keyboard.type("Half a thought. ")
    answer = late[0].fetch()
    late[0].fulfill(response=answer, body=answer.text().replace("</article>", "</article><p>late</p>"))
    page.wait_for_timeout(500)
    expect(page.get_by_test_id("edit-form")).to_be_visible()
    page.keyboard.type("And the rest.")
    assert "Half a thought. And the rest." in page.get_by_test_id("edit-text").input_value()
    page.get_by_test_id("edit-form").locator("[data-act=close]").click()


def test_a_morning_without_a_mouse(running, context, restored):
    """In, read, help, edit, approve, undo, reject, a batch, one of it taken back, and the switch: by keys alone."""
    tickets = {f"Keys {number}": running.new_ticket(subject=f"Keys {number}") for number in range(1, 5)}
    page = context.new_page()
    press = page.keyboard.press
    page.goto(f"{running.app}/sign-in")
    reach(page, page.locator("[data-testid=person][data-email='ana@acme.example']"))
    press("Enter")
    for subject in tickets:
        expect(line_of(page, subject)).to_be_visible()

    move_to(page, "Keys 1")
    press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press("Escape")
    press("e")
    page.keyboard.type("PS: by keys. ")
    reach(page, page.get_by_test_id("edit-save"))
    press("Enter")
    expect(page.get_by_test_id("draft")).to_contain_text("PS: by keys.")
    approve_and_undo(press, page)
    press("r")
    press("Space")
    reach(page, page.get_by_test_id("reject-send"))
    press("Enter")
    expect(line_of(page, "Keys 1")).to_have_count(0)

    three_at_once_but_one(page)
    assert [len(running.ledger(ticket)) for ticket in tickets.values()] == [0, 1, 1, 0]

    reach(page, page.get_by_test_id("nav-settings"))
    press("Enter")
    everything = page.get_by_test_id("switch-all")
    expect(everything).to_be_visible()
    reach(page, everything.get_by_test_id("stop"))
    press("Enter")
    expect(everything.get_by_test_id("switch-state")).to_have_text("CONFIRMED")


def three_at_once_but_one(page) -> None:
    press = page.keyboard.press
    for subject in ("Keys 2", "Keys 3", "Keys 4"):
        move_to(page, subject)
        press("x")
        expect(line_of(page, subject).get_by_test_id("pick")).to_be_checked()
    reach(page, page.get_by_test_id("batch-approve"))
    press("Enter")
    expect(page.get_by_test_id("undo-bar")).to_be_visible()
    press("u")
    expect(page.get_by_test_id("batch-sent")).to_have_text("2 of 3 sent")
    expect(page.get_by_test_id("batch-left")).to_contain_text("Keys 4: not sent: undone")
    page.reload()  # who leaves finds it again
    expect(page.get_by_test_id("batch-sent")).to_have_text("2 of 3 sent")


def test_the_desk_inside_zendesk_is_queue_and_settings_in_one_document(running, context):
    running.new_ticket(subject="Within Zendesk")
    page = context.new_page()
    page.goto(f"{running.zendesk}/agent")
    page.get_by_test_id("person-picker").select_option(label="Ana Alvarez · admin")
    page.wait_for_timeout(500)
    page.goto(f"{running.zendesk}/agent/desk")
    desk = page.frame_locator("[data-testid=desk-frame]")
    line_of(desk, "Within Zendesk").locator("a").click()
    expect(desk.get_by_test_id("proposal")).to_be_visible()
    desk.get_by_test_id("nav-settings").click()
    expect(desk.get_by_test_id("switch-all").get_by_test_id("switch-state")).to_have_text("LIVE")
    desk.get_by_test_id("nav-figures").click()
    desk.get_by_role("link", name="4 weeks").click()
    expect(desk.locator(".pick[aria-current=true]")).to_have_text("4 weeks")
    with context.expect_page() as beside:
        desk.get_by_test_id("nav-settings").click()
        desk.get_by_test_id("to-sources").click()
    assert beside.value.url.startswith(running.app)
    desk.get_by_test_id("nav-queue").click()
    expect(desk.get_by_test_id("queue")).to_be_visible()


def test_what_somebody_writes_survives_the_net_the_session_and_a_colleague(running, signed_in, context, elsewhere):
    running.new_ticket(subject="Kept words")
    page = signed_in("ana@acme.example")
    for person in (page, elsewhere):
        line_of(person, "Kept words").locator("a").click()
        expect(person.locator(".detail-head h1")).to_have_text("Kept words")
    page.keyboard.press("e")
    written = (
        "Dear Casey,\n\nStandard delivery takes 3 to 5 working days. <b>Bold</b>\n" + 800 * "It is on its way to you. "
    )
    page.get_by_test_id("edit-text").fill(written)
    context.set_offline(True)
    page.get_by_test_id("edit-save").click()
    expect(page.get_by_test_id("toast")).to_contain_text("we do not know whether it was done")
    context.set_offline(False)
    context.clear_cookies()
    page.get_by_test_id("edit-save").click()
    expect(page.get_by_test_id("toast")).to_contain_text("what you wrote stays here")
    expect(page.get_by_test_id("edit-text")).to_have_value(written)
    signed_in("ana@acme.example").close()  # again, in another tab; and meanwhile Ben changes the draft
    elsewhere.keyboard.press("e")
    elsewhere.get_by_test_id("edit-text").fill("Dear Casey, it takes 3 to 5 working days.")
    elsewhere.get_by_test_id("edit-save").click()
    expect(elsewhere.get_by_test_id("draft")).to_contain_text("Dear Casey, it takes")
    page.get_by_test_id("edit-save").click()
    expect(page.get_by_test_id("banner-changed")).to_be_visible()
    expect(page.get_by_test_id("draft")).to_contain_text("Dear Casey, it takes")
    expect(page.get_by_test_id("edit-text")).to_have_value(written)
    page.get_by_test_id("edit-save").click()
    expect(page.get_by_test_id("draft")).to_contain_text("<b>Bold</b>")


def test_a_role_taken_away_is_said_and_costs_no_words(running, signed_in, elsewhere):
    ticket = running.new_ticket(subject="Whose turn")
    line_of(elsewhere, "Whose turn").locator("a").click()
    expect(elsewhere.locator(".detail-head h1")).to_have_text("Whose turn")
    elsewhere.keyboard.press("x")
    ana = signed_in("ana@acme.example")
    ana.goto(f"{running.app}/settings/people")
    ana.locator("tr[data-email='ben@acme.example']").get_by_test_id("role").select_option("agent")
    expect(ana.get_by_test_id("toast")).to_contain_text("Role set")
    try:
        elsewhere.get_by_test_id("batch-approve").click()
        expect(elsewhere.get_by_test_id("toast")).to_contain_text("reviewer")
        expect(elsewhere.get_by_test_id("pick")).to_have_count(0)
        expect(elsewhere.get_by_test_id("approve")).to_be_visible()  # what an agent may do they still may
        assert running.ledger(ticket) == []
    finally:
        ana.locator("tr[data-email='ben@acme.example']").get_by_test_id("role").select_option("host")
        expect(ana.get_by_test_id("toast")).to_contain_text("Role set")

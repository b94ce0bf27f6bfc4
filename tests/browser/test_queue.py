"""The queue page: read, move by keys, approve a batch whose items each have a result of their own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def line_of(page, subject: str):
    return page.get_by_test_id("line").filter(has_text=subject)


def test_a_batch_is_one_reply_each(running, signed_in):
    subjects = {running.new_ticket(subject=f"Batch {number}"): f"Batch {number}" for number in (1, 2)}
    page = signed_in("ana@acme.example")
    for subject in subjects.values():
        line_of(page, subject).get_by_test_id("pick").check()
    page.get_by_test_id("batch-approve").click()
    expect(page.get_by_test_id("batch-sent")).to_have_text("2 of 2 sent")
    page.reload()  # who leaves finds it again
    expect(page.get_by_test_id("batch-sent")).to_have_text("2 of 2 sent")
    page.get_by_test_id("show-done").click()
    for ticket, subject in subjects.items():
        expect(line_of(page, subject)).to_contain_text("Sent")
        assert len(running.ledger(ticket)) == 1


def test_the_queue_is_worked_by_keys(running, signed_in):
    for number in (3, 4):
        running.new_ticket(subject=f"Keys {number}")
    page = signed_in("ana@acme.example")
    expect(line_of(page, "Keys 4")).to_be_visible()
    expect(page.get_by_test_id("proposal")).to_be_visible()
    first = page.locator(".detail-head h1").text_content()
    page.keyboard.press("j")
    expect(page.locator(".detail-head h1")).not_to_have_text(first)
    page.keyboard.press("k")
    expect(page.locator(".detail-head h1")).to_have_text(first)
    line_of(page, "Keys 4").locator("a").click()
    expect(page.locator(".detail-head h1")).to_have_text("Keys 4")
    page.keyboard.press("x")
    expect(line_of(page, "Keys 4").get_by_test_id("pick")).to_be_checked()
    page.keyboard.press("X")
    expect(line_of(page, "Keys 3").get_by_test_id("pick")).to_be_checked()
    page.keyboard.press("r")
    page.get_by_test_id("reason-other").check()
    page.get_by_test_id("reject-send").click()
    expect(line_of(page, "Keys 4")).to_have_count(0)


def test_the_desk_inside_zendesk_is_queue_and_settings_in_one_document(running, context):
    page = context.new_page()
    page.goto(f"{running.zendesk}/agent")
    page.get_by_test_id("person-picker").select_option(label="Ana Alvarez · admin")
    page.wait_for_timeout(500)
    page.goto(f"{running.zendesk}/agent/desk")
    desk = page.frame_locator("[data-testid=desk-frame]")
    expect(desk.get_by_test_id("proposal")).to_be_visible()
    desk.get_by_test_id("nav-settings").click()
    expect(desk.get_by_test_id("switch-all").get_by_test_id("switch-state")).to_have_text("LIVE")
    desk.get_by_test_id("nav-queue").click()
    expect(desk.get_by_test_id("queue")).to_be_visible()


def test_what_somebody_writes_survives_the_net_the_session_and_a_colleague(running, signed_in, context):
    running.new_ticket(subject="Kept words")
    page = signed_in("ana@acme.example")
    line_of(page, "Kept words").locator("a").click()
    expect(page.locator(".detail-head h1")).to_have_text("Kept words")
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
    colleague = signed_in("ana@acme.example")  # in another tab, and the draft is changed there
    line_of(colleague, "Kept words").locator("a").click()
    expect(colleague.locator(".detail-head h1")).to_have_text("Kept words")
    colleague.keyboard.press("e")
    colleague.get_by_test_id("edit-text").fill("Dear Casey, it takes 3 to 5 working days.")
    colleague.get_by_test_id("edit-save").click()
    expect(colleague.get_by_test_id("draft")).to_contain_text("Dear Casey, it takes")
    page.bring_to_front()
    page.get_by_test_id("edit-save").click()
    expect(page.get_by_test_id("banner-changed")).to_be_visible()
    expect(page.get_by_test_id("draft")).to_contain_text("Dear Casey, it takes")
    expect(page.get_by_test_id("edit-text")).to_have_value(written)
    page.get_by_test_id("edit-save").click()
    expect(page.get_by_test_id("draft")).to_contain_text("<b>Bold</b>")

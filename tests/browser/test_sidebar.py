"""The road of issue 2 in real Chromium: seeded ticket, sidebar, one click, one public reply; and each turn off it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import approve_and_undo
from tests.browser.pictures import photograph

pytestmark = pytest.mark.browser
SEEDED = 1001  # the first seed: a question about delivery times


def test_approve_and_send_on_a_seeded_ticket_is_one_public_reply(running, agent, sees):
    sidebar = agent.offered(SEEDED)
    draft = sidebar.locator("[data-draft]").text_content()
    photograph(agent.page, "sidebar.png")
    sidebar.get_by_test_id("approve").click()
    expect(sidebar.get_by_test_id("undo-bar")).to_be_visible()
    assert running.ledger(SEEDED) == []
    sees(sidebar, "sent")
    (entry,) = running.ledger(SEEDED)
    assert entry["text"].split() == draft.split()
    assert entry["author_email"] == "rosa@acme.example"
    expect(agent.page.get_by_test_id("ticket-status")).to_have_text("Pending")


def test_an_edited_draft_is_what_is_sent_with_the_status_that_was_chosen(running, agent, sees):
    ticket = running.new_ticket()
    sidebar = agent.offered(ticket)
    text = sidebar.locator("[data-draft]").text_content()
    sidebar.get_by_test_id("edit").click()
    sidebar.get_by_test_id("edit-text").fill(text.replace("Hello", "Good morning"))
    sidebar.get_by_test_id("edit-save").click()
    expect(sidebar.locator("[data-draft]")).to_contain_text("Good morning")
    sidebar.get_by_test_id("approve-menu").click()
    sidebar.get_by_test_id("approve-solved").click()
    sees(sidebar, "sent")
    (entry,) = running.ledger(ticket)
    assert entry["text"].startswith("Good morning")
    expect(agent.page.get_by_test_id("ticket-status")).to_have_text("Solved")


def test_the_sidebar_follows_zendesks_theme_while_it_is_open(running, agent):
    sidebar = agent.offered(running.new_ticket())
    dress = sidebar.locator("html")
    expect(dress).to_have_css("color-scheme", "light")
    sidebar.get_by_test_id("edit").click()
    sidebar.get_by_test_id("edit-text").fill("Half a thought")
    agent.page.get_by_test_id("theme").select_option("dark")
    expect(dress).to_have_css("color-scheme", "dark")
    expect(sidebar.get_by_test_id("edit-text")).to_have_value("Half a thought")


def test_a_rejected_draft_is_gone(running, agent, sees):
    ticket = running.new_ticket()
    sidebar = agent.offered(ticket)
    sidebar.get_by_test_id("reject").click()
    sidebar.get_by_test_id("reason-wrong-tone").check()
    sidebar.get_by_test_id("reject-send").click()
    sees(sidebar, "rejected")
    expect(sidebar.get_by_test_id("approve")).to_have_count(0)
    assert running.ledger(ticket) == []


def test_an_escalation_gives_the_ticket_to_a_person_with_a_note(running, agent, sees):
    ticket = running.new_ticket()
    sidebar = agent.offered(ticket)
    sidebar.get_by_test_id("escalate").click()
    sidebar.get_by_test_id("escalate-to").fill("ana@acme.example")
    sidebar.get_by_test_id("escalate-send").click()
    sees(sidebar, "escalated")
    expect(agent.page.get_by_test_id("assignee").locator("option:checked")).to_have_text("Ana Alvarez")
    assert running.ledger(ticket) == []
    assert any("Owner: ana@acme.example" in note for note in running.notes(ticket))


def test_nothing_follows_what_the_customer_or_a_colleague_wrote_meanwhile(running, agent):
    """Every webhook is lost and the five seconds run: the page cannot know, the claim must."""
    moved_on, answered = running.new_ticket(), running.new_ticket()
    agent.offered(answered).get_by_test_id("approve").click()
    running.control("POST", "person-replies", {"ticket": answered, "by": "ana@acme.example", "text": "Three days."})
    sidebar = agent.offered(moved_on)
    running.fault("webhook_drop")
    running.control("POST", "customer-reply", {"ticket": moved_on, "text": "Never mind, I have cancelled the order!"})
    sidebar.get_by_test_id("approve").click()
    expect(sidebar.locator("[data-testid=banner-moved-on], [data-testid=approve]").first).to_be_visible()
    agent.page.wait_for_timeout(6500)
    expect(sidebar.locator("[data-outcome=sent]")).to_have_count(0)
    assert running.ledger(moved_on) == []
    assert [entry["author_email"] for entry in running.ledger(answered)] == ["ana@acme.example"]


def test_insert_puts_the_draft_into_the_composer_and_sends_nothing(running, agent):
    ticket = running.new_ticket()
    sidebar = agent.offered(ticket)
    draft = sidebar.locator("[data-draft]").text_content()
    sidebar.get_by_test_id("insert").click()
    editor = agent.page.get_by_test_id("composer-editor")
    expect(editor).to_contain_text("working days")
    assert editor.inner_text().split() == draft.split()
    agent.page.wait_for_timeout(1500)
    assert running.ledger(ticket) == []


def test_the_common_case_needs_no_mouse(running, agent, sees):
    ticket = running.new_ticket()
    sidebar = agent.offered(ticket)
    press = agent.page.keyboard.press
    sidebar.get_by_test_id("edit").focus()  # as Tab does
    approve_and_undo(press, sidebar)
    press("e")
    expect(sidebar.get_by_test_id("edit-text")).to_be_focused()
    press("Escape")
    expect(sidebar.get_by_test_id("edit")).to_be_focused()
    press("?")
    expect(sidebar.get_by_role("dialog")).to_be_visible()
    press("Escape")
    press("a")
    sees(sidebar, "sent")
    assert len(running.ledger(ticket)) == 1


def test_each_sentence_shows_where_it_comes_from(running, agent):
    sidebar = agent.offered(running.new_ticket())
    sentences = sidebar.locator("[data-testid=sentence][tabindex]")
    for number in range(sentences.count()):
        sentences.nth(number).focus()
        shown = sidebar.locator("[data-testid=source]:visible")
        expect(shown).to_have_count(1)
        expect(shown.locator("mark").first).to_have_text(sentences.nth(number).text_content())


def test_the_iframe_works_without_any_storage_of_its_own(running, agent, context):
    sidebar = agent.offered(running.new_ticket())
    kept = sidebar.locator("body").evaluate(
        "() => { document.cookie = 'probe=1; SameSite=None'; return document.cookie }"
    )
    assert kept == ""
    assert [cookie for cookie in context.cookies() if "localhost" in cookie["domain"]] == []


@pytest.mark.threat("script")
def test_what_customers_write_stays_words(running, agent):
    """The payload corpus in subject, name and body; dialogs, script errors and foreign requests fail in the fixture."""
    attack = '"><img src=https://evil.example/x onerror=alert(1)><script>alert(2)</script><svg/onload=alert(3)>'
    ticket = running.new_ticket(
        f"How long does standard delivery take? {attack}",
        attack,
        requester={"name": attack, "email": "x@customer.example"},
    )
    sidebar = agent.open(ticket)
    expect(sidebar.get_by_test_id("proposal")).to_be_visible()
    assert sidebar.locator("img, svg[onload], script:not([src])").count() == 0


@pytest.mark.threat("clickjacking")
def test_only_the_hosts_own_site_may_frame_the_sidebar(running, context):
    """The same signed POST from another origin: the browser refuses to show it."""
    page_of_zendesk = running.control("POST", "signed-page", {"location": "ticket_sidebar", "by": "rosa@acme.example"})
    page = context.new_page()
    page.goto(f"{running.app}/healthz")  # localhost, which is not 127.0.0.1
    page.set_content(
        f'<iframe name="app"></iframe><form method="post" target="app" action="{page_of_zendesk["url"]}">'
        f'<input name="token" value="{page_of_zendesk["token"]}"></form>'
    )
    page.evaluate("document.forms[0].submit()")
    page.wait_for_timeout(1500)
    assert page.frame_locator("iframe").get_by_test_id("sidebar").count() == 0

"""Gmail's side panel in real Chromium: a seeded thread, its card, one press, one message in Sent; and each turn off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pictures import photograph

pytestmark = pytest.mark.browser
BOX = "support@acme.example"
ADDRESS = "casey@mail.example"
SENDING = "gmail.users.drafts.send"
SLOW = 5.0
TRIES = 200


@dataclass
class Panel:
    """Rosa before Gmail, Countersign on the right."""

    page: Page
    running: Any

    def arrived(self, subject: str) -> str:
        """A customer's mail, and its draft on offer."""
        mail = {"mailbox": BOX, "from": f"Casey Lee <{ADDRESS}>", "subject": subject, "text": self.running.question}
        return str(self.running.gmail("POST", "receive", mail)["threadId"])

    def open(self, thread: str) -> Panel:
        self.page.goto(f"http://127.0.0.1:{self.running.port + 2}/mail/{thread}")
        expect(self.page.get_by_test_id("card-title")).to_be_visible()
        return self

    def offered(self, subject: str) -> str:
        """Open it, and refresh as a person would until a draft waits for a yes."""
        thread = self.arrived(subject)
        self.open(thread)
        self.until("Approve & send")
        return thread

    def button(self, words: str) -> Any:
        return self.page.get_by_test_id("card").get_by_role("button", name=words, exact=True)

    def press(self, words: str) -> None:
        self.button(words).click()
        expect(self.page.get_by_test_id("card")).to_have_attribute("aria-busy", "false")

    def insert(self) -> None:
        """Press, and again where a busy worker had not answered yet."""
        focused = self.page.locator("[data-testid=draft-text]:focus")
        for _ in range(TRIES):
            self.press("Insert draft")
            self.page.wait_for_timeout(1000)
            if focused.count():
                return
        expect(focused).to_have_count(1)

    def until(self, words: str) -> None:
        """Cards do not change by themselves: Refresh, also through the minute in which a new deployment warms up."""
        for _ in range(TRIES):
            if words in (self.page.get_by_test_id("card").text_content() or ""):
                return
            self.page.wait_for_timeout(500)
            self.press("Refresh")
        expect(self.page.get_by_test_id("card")).to_contain_text(words)

    def sent(self, thread: str) -> list[dict[str, Any]]:
        return list(self.running.gmail("GET", f"ledger?thread={thread}")["entries"])


@pytest.fixture
def panel(context, running):
    return Panel(context.new_page(), running)


def test_approve_and_send_is_one_message_in_sent_in_the_same_thread(panel):
    thread = panel.offered("How long does it take?")
    photograph(panel.page, "gmail-panel.png")
    panel.press("Approve & send")
    expect(panel.page.get_by_test_id("card")).to_contain_text("Approved by Rosa Romano")
    assert panel.sent(thread) == []
    panel.until("Sent")
    (entry,) = panel.sent(thread)
    assert (entry["to"], entry["subject"], entry["auto_submitted"]) == ([ADDRESS], "Re: How long does it take?", None)
    assert entry["in_reply_to"].startswith("<customer-")
    assert entry["marker"]
    expect(panel.page.locator("[data-testid=message][data-sent=true]")).to_have_count(1)
    panel.page.get_by_test_id("folder-sent").click()
    expect(panel.page.locator(f"[data-thread-id='{thread}']")).to_be_visible()


def test_an_inserted_draft_is_opened_edited_and_sent_by_hand(panel):
    thread = panel.offered("Insert me")
    panel.insert()
    panel.page.get_by_test_id("draft-discard").click()
    draft = panel.page.get_by_test_id("draft")
    expect(draft).to_have_count(0)
    panel.insert()  # thrown away, it is made anew
    text = draft.get_by_test_id("draft-text")
    expect(text).to_be_focused()
    text.fill(text.input_value() + "\nP.S. Have a good day.")
    draft.get_by_test_id("draft-send").click()
    expect(draft).to_have_count(0)
    (entry,) = panel.sent(thread)
    assert entry["via"] == "hand"
    assert "Have a good day." in entry["text"]
    panel.until("A person answered.")
    assert len(panel.sent(thread)) == 1


def test_reject_and_escalate_end_with_a_person(panel):
    for subject, press, fill, ending in (
        (
            "Reject me",
            "Reject",
            lambda page: page.get_by_test_id("field-reason-wrong-tone").check(),
            "Rejected: a person answers.",
        ),
        (
            "Escalate me",
            "Escalate",
            lambda page: page.get_by_test_id("field-to").fill("ben@acme.example"),
            "Ben Berger has this.",
        ),
    ):
        thread = panel.offered(subject)
        panel.press(press)
        fill(panel.page)
        panel.press(press)
        expect(panel.page.get_by_test_id("card")).to_contain_text(ending)
        assert panel.sent(thread) == []


def test_an_edit_between_look_and_press_is_shown_and_nothing_goes(panel, context):
    thread = panel.offered("Edit me")
    other = Panel(context.new_page(), panel.running).open(thread)
    other.press("Edit")
    field = other.page.get_by_test_id("field-text")
    field.fill(field.input_value().replace("Hello", "Good morning"))
    other.press("Save and check")
    expect(other.page.get_by_test_id("card")).to_contain_text("Good morning")
    panel.press("Approve & send")
    expect(panel.page.get_by_test_id("card")).to_contain_text("It changed since you saw it; your press sent nothing.")
    expect(panel.page.get_by_test_id("card")).to_contain_text("Good morning")
    panel.press("Approve & send")
    panel.until("Sent")
    (entry,) = panel.sent(thread)
    assert entry["text"].startswith("Good morning")


def test_a_german_gmail_has_german_cards_and_an_english_customer(panel):
    thread = panel.offered("In German")
    panel.page.set_extra_http_headers({"Accept-Language": "de-AT,de;q=0.9"})
    panel.open(thread)
    panel.press("Bearbeiten")
    field = panel.page.get_by_test_id("field-text")
    field.fill(f"{field.input_value()}\nSee you!")
    panel.press("Sichern und prüfen")
    expect(panel.page.get_by_test_id("card")).to_contain_text("Bearbeitet von Rosa Romano")
    panel.press("Freigeben & senden")
    expect(panel.page.get_by_test_id("card")).to_contain_text("Freigegeben von Rosa Romano")
    panel.press("Rückgängig")
    expect(panel.button("Freigeben & senden")).to_be_visible()
    assert panel.sent(thread) == []


def test_a_scope_that_was_taken_back_is_asked_for_where_it_is_needed(panel):
    thread = panel.offered("Ask me")
    panel.page.get_by_test_id("nav-settings").click()
    panel.page.get_by_test_id("scope-metadata").uncheck()
    panel.page.goto(f"http://127.0.0.1:{panel.running.port + 2}/mail/{thread}")
    expect(panel.page.get_by_test_id("consent-dialog")).to_contain_text("See which message is open")
    panel.page.get_by_test_id("consent-allow").click()
    expect(panel.button("Approve & send")).to_be_visible()


def test_the_mailboxs_own_sign_in_approves_nothing(panel):
    thread = panel.offered("Name me")
    panel.page.get_by_test_id("person-picker").select_option(BOX)
    expect(panel.page.get_by_test_id("card")).to_contain_text("nobody would be named")
    panel.page.get_by_test_id("person-picker").select_option("rosa@acme.example")
    expect(panel.button("Approve & send")).to_be_visible()
    assert panel.sent(thread) == []


def test_a_stop_waits_for_the_reply_on_its_way_and_the_card_says_so(panel, signed_in, restored):
    flying, waiting = panel.arrived("Stop me"), panel.arrived("Stop me too")
    panel.open(waiting)
    panel.until("Approve & send")
    panel.open(flying)
    panel.until("Approve & send")
    panel.running.gmail("POST", "faults", {"kind": "slow", "on": SENDING, "seconds": SLOW, "when": "after"})
    panel.press("Approve & send")
    panel.until("Sending…")
    panel.page.wait_for_timeout(1000)

    settings = signed_in("ana@acme.example")
    settings.goto(f"{panel.running.app}/settings")
    everything = settings.get_by_test_id("switch-all")
    everything.get_by_test_id("stop").click()
    expect(everything.get_by_test_id("switch-state")).to_have_text("CONFIRMED", timeout=60_000)
    panel.running.gmail("DELETE", "faults")

    panel.page.bring_to_front()
    panel.until("Sent")
    expect(panel.page.get_by_test_id("card")).to_contain_text("Stopped and confirmed.")
    panel.open(waiting)
    expect(panel.page.get_by_test_id("card")).to_contain_text("People answer; nothing is sent.")
    expect(panel.button("Approve & send")).to_have_count(0)
    assert (len(panel.sent(flying)), panel.sent(waiting)) == (1, [])

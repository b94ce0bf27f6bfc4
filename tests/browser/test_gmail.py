"""One mail through everything: it arrives, is pushed, a person approves, and one reply is in Sent, in the same thread."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
BOX = "support@acme.example"


def test_a_mail_is_answered_once_in_its_thread(running, signed_in):
    mail = {"mailbox": BOX, "from": "Casey Lee <casey@mail.example>", "subject": "By mail", "text": running.question}
    came = running.gmail("POST", "receive", mail)
    page = signed_in("ana@acme.example")
    page.get_by_test_id("line").filter(has_text="By mail").locator("a").click()
    expect(page.locator(".detail-head h1")).to_have_text("By mail")
    page.get_by_test_id("approve").click()
    expect(page.get_by_test_id("outcome")).to_contain_text("Sent")
    (sent,) = running.gmail("GET", f"ledger?thread={came['threadId']}")["entries"]
    assert (sent["to"], sent["subject"], sent["auto_submitted"]) == (["casey@mail.example"], "Re: By mail", None)
    assert sent["in_reply_to"].startswith("<customer-")

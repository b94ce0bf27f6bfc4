"""The mail client of the sandbox: its page, writing by hand, and the events that its panel posts to an add-on."""

from __future__ import annotations

import base64
import email
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from integrations.gmail.addon import SCOPES, GmailAddOn
from integrations.gmail.oidc import GoogleTokens, Keys, Published
from sandbox.gmail import panel
from sandbox.gmail.server import Options, open_sandbox
from tests.hosts.recorder import DROPPED, Answer, recording

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def page(gmail):
    with requests.Session() as session:
        session.headers.update(OWN)

        def ask(method: str, path: str, body: Any = None) -> Any:
            answer = session.request(method, f"{gmail.url}/mail/{path}", json=body, timeout=10)
            assert answer.ok, answer.text
            return answer.json()

        yield ask


def test_the_page_runs_its_own_scripts_only_and_nobody_frames_it(gmail):
    answer = requests.get(f"{gmail.url}/mail", timeout=10)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script>" not in answer.text
    assert " onclick=" not in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_another_site_does_nothing_here(gmail, site):
    headers = {"Sec-Fetch-Site": site} if site else {}
    answer = requests.post(f"{gmail.url}/mail/compose", json={}, headers=headers, timeout=10)
    assert answer.status_code == 403


def test_a_reply_by_hand_stays_in_its_thread(gmail, page):
    thread = gmail.receive("When does it come?")["threadId"]
    made = page("POST", f"threads/{thread}/reply", {})
    assert (
        page(
            "PUT", f"drafts/{made['draft']}", {"to": "casey@mail.example", "subject": "Re: My parcel", "text": "Soon."}
        )["thread"]
        == thread
    )
    shown = page("GET", f"state?thread={thread}")["thread"]["messages"]
    assert [one.get("text") for one in shown] == [None, "Soon."]
    page("POST", f"drafts/{made['draft']}/send", {})
    (entry,) = gmail.ledger(thread)
    assert (entry["text"].strip(), entry["to"], entry["via"]) == ("Soon.", ["casey@mail.example"], "hand")


def test_editing_a_draft_keeps_the_headers_that_the_app_wrote(gmail, page):
    thread = gmail.receive("When does it come?")["threadId"]
    raw = b"To: casey@mail.example\r\nSubject: Re: My parcel\r\nX-Countersign-Id: test.1\r\n\r\nSoon."
    body = {"message": {"threadId": thread, "raw": base64.urlsafe_b64encode(raw).decode()}}
    draft = gmail.client().drafts().create(userId="me", body=body).execute()["id"]
    page(
        "PUT", f"drafts/{draft}", {"to": "casey@mail.example", "subject": "Re: My parcel", "text": "Tomorrow, für Sie."}
    )
    found = gmail.client().drafts().get(userId="me", id=draft, format="raw").execute()["message"]["raw"]
    mail = email.message_from_bytes(base64.urlsafe_b64decode(found))
    assert mail["X-Countersign-Id"] == "test.1"
    assert "Tomorrow, für Sie." in mail.get_payload(decode=True).decode()


def test_markup_of_a_customer_runs_nothing(gmail, page):
    thread = gmail.receive("<script>x</script> & <b>now</b>")["threadId"]
    (shown,) = page("GET", f"state?thread={thread}")["thread"]["messages"]
    assert "<script" not in shown["html"]
    assert "&lt;b&gt;now" in shown["html"]


def test_who_opens_a_thread_has_read_it(gmail, page):
    thread = gmail.receive("When does it come?")["threadId"]
    page("POST", f"threads/{thread}/read", {})
    assert not next(one for one in page("GET", "state")["threads"] if one["id"] == thread)["unread"]


# --- the panel ---------------------------------------------------------------------------------------------------------
def test_an_event_is_one_that_our_own_add_on_believes(tmp_path):
    made = open_sandbox(Options(0, tmp_path, "http://localhost:9", tmp_path))
    try:
        told = {
            "open": {"thread": "18c2a5f0b1d3e4f5", "message": "1f"},
            "inputs": {"text": "Hello"},
            "parameters": {"act": "save"},
        }
        with recording() as recorder:
            recorder.say(Answer(200, {"action": {}}), Answer(500, {}), DROPPED)
            here = recorder.url
            url = f"{here}/gmail/addon/action"
            body = panel.event(made.store, made.signer, here, "rosa@acme.example", told, "en")
            assert panel.post(made.store, made.signer, here, url, body)["answer"] == {"action": {}}
            assert "answered 500" in panel.post(made.store, made.signer, here, url, body)["problem"]
            assert "did not answer" in panel.post(made.store, made.signer, here, url, body)["problem"]
            elsewhere = panel.post(made.store, made.signer, here, "http://127.0.0.1:1/gmail/addon/action", body)
            assert "is not an address of this add-on" in elsewhere["problem"]
            sent = recorder.asked[0]
        addon = GmailAddOn(
            GoogleTokens(Keys(lambda: Published(made.signer.certs(), timedelta(hours=1)))), here,
            "addon@gcp-sa-gsuiteaddons.iam.gserviceaccount.com", "addon.apps.sandbox",
        )  # fmt: skip
        event = addon.event(sent.headers["Authorization"], sent.raw, url, datetime.now(UTC))
        assert (event.person, event.lacking, event.ticket) == ("rosa@acme.example", (), "18c2a5f0b1d3e4f5")
        assert (event.inputs, event.parameters) == ({"text": "Hello"}, {"act": "save"})
        panel.grant(made.store, "rosa@acme.example", list(SCOPES[1:]))
        without = panel.event(made.store, made.signer, here, "rosa@acme.example", {}, "en")
        assert "userIdToken" not in without["authorizationEventObject"]
    finally:
        made.store.close()


def test_what_was_agreed_to_can_be_taken_back(page):
    try:
        page("POST", "consent", {"scopes": list(SCOPES[1:])})
        assert page("GET", "consent") == {"declared": list(SCOPES), "granted": list(SCOPES[1:])}
    finally:
        page("POST", "consent", {"scopes": list(SCOPES)})

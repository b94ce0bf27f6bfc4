"""The agent page in a real browser, with the real client of the app framework in the app's frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from playwright.sync_api import Browser, Frame, Page, Playwright, expect

from benchmarks.chromium import FLAGS
from sandbox.zendesk.server import Running
from tests.sandbox.conftest import PARCEL, REFUND, Client, Listener, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)
SDK = Path(__file__).parents[2] / "sandbox/zendesk/static/vendor/zaf_sdk.js"
APP = b"""<!doctype html><title>App</title><h1>The app</h1><script src="/zaf_sdk.js"></script><script>
window.heard = [];
window.client = ZAFClient.init();
window.hear = name => client.on(name, message => { heard.push([name, message]); });
client.on("app.registered", message => { window.registered = message; });
</script>"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, "--test-third-party-cookie-phaseout"])
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, zendesk: Client, app: Listener) -> Iterator[Page]:
    app.pages |= {"/zendesk/sidebar": APP, "/zendesk/desk": APP, "/zaf_sdk.js": SDK.read_bytes()}
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=zendesk.url)
    page = context.new_page()
    page.set_default_timeout(20_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"/agent/tickets/{PARCEL}")
    yield page
    context.close()
    assert problems == []


def sidebar(page: Page, name: str = "app-frame") -> Frame:
    frame = page.get_by_test_id(name).element_handle().content_frame()
    assert frame is not None
    frame.wait_for_url(
        "http://localhost:*/**"
    )  # the blank page before it inherits our policy, which forbids evaluating
    frame.wait_for_function("window.registered")
    return frame


def ask(frame: Frame, script: str) -> Any:
    """The script's promise, or what it was refused with."""
    return frame.evaluate(
        f"(async () => {{ try {{ return await ({script}) }} catch (error) {{ return `refused: ${{error.message}}` }} }})()"
    )


def listen(frame: Frame, *names: str) -> None:
    for name in names:
        frame.evaluate("name => hear(name)", name)
    ask(frame, "client.get('ticket.id')")  # the host has read everything before it


def heard(frame: Frame, name: str) -> Any:
    frame.wait_for_function("name => heard.some(one => one[0] === name)", arg=name)
    return next(message for heard_name, message in frame.evaluate("heard") if heard_name == name)


def test_the_sidebar_is_loaded_from_another_site_by_a_signed_post(page: Page, app: Listener, running: Running) -> None:
    frame = sidebar(page)
    assert frame.url.startswith(f"{app.url}/zendesk/sidebar?origin=http://127.0.0.1:{running.port}&app_guid=")
    token = app.pages["posted /zendesk/sidebar"].decode().removeprefix("token=")
    key = (running.sandbox.home / "app_public_key.pem").read_bytes()
    claims = jwt.decode(
        token, key, algorithms=["RS256"], audience="https://acme.zendesk.com/api/v2/apps/installations/77.json"
    )
    assert claims["context"] == {"product": "support", "location": "ticket_sidebar"}
    assert page.evaluate("document.querySelector('form[method=post][target]')") is None


def test_the_app_is_registered_with_metadata_and_context(page: Page, app: Listener) -> None:
    registered = sidebar(page).evaluate("registered")
    assert registered["metadata"]["appId"] == 42
    assert registered["metadata"]["settings"]["server_url"] == app.url
    assert registered["context"] | {"instanceGuid": None} == {
        "instanceGuid": None, "product": "support", "account": {"subdomain": "acme"}, "location": "ticket_sidebar", "ticketId": PARCEL,
    }  # fmt: skip


def test_an_app_reads_the_ticket_and_is_told_what_is_not_there(page: Page) -> None:
    frame = sidebar(page)
    found = ask(
        frame,
        "client.get(['ticket.id', 'ticket.requester.email', 'ticket.comments', 'currentUser.role', 'comment.type', 'bad.path'])",
    )
    assert (found["ticket.id"], found["ticket.requester.email"]) == (PARCEL, "mia@customer.example")
    assert (found["currentUser.role"], found["comment.type"], len(found["ticket.comments"])) == (
        "agent",
        "publicReply",
        1,
    )
    assert found["errors"] == {"bad.path": {"name": "APIRequestError", "message": "not available", "path": "bad.path"}}
    assert ask(frame, "client.get('bad.path')") == 'refused: "bad.path" not available'


def test_an_app_writes_into_the_composer_but_never_sends(page: Page, zendesk: Client) -> None:
    frame = sidebar(page)
    assert ask(frame, "client.invoke('ticket.editor.insert', '<p>Draft <b>one</b></p><script>window.hacked = 1</script>')") == {
        "ticket.editor.insert": True, "errors": {},
    }  # fmt: skip
    expect(page.get_by_test_id("composer-editor")).to_have_text("Draft one")
    assert ask(frame, "client.get('comment.text')") == {"comment.text": "<p>Draft <b>one</b></p>", "errors": {}}
    ask(frame, "client.set('comment.type', 'internalNote')")
    expect(page.get_by_test_id("mode-internal")).to_have_attribute("aria-pressed", "true")
    ask(frame, "client.set('comment.text', 'replaced')")
    expect(page.get_by_test_id("composer-editor")).to_have_text("replaced")
    page.get_by_test_id("composer-editor").fill("")
    assert ask(frame, "client.get('comment.text')")["comment.text"] == ""
    expect(page.get_by_test_id("composer-editor")).to_have_class(re.compile("is-empty"))
    assert page.evaluate("window.hacked") is None
    assert zendesk.ledger() == []


def test_an_app_hears_what_happens_to_the_ticket(page: Page, zendesk: Client) -> None:
    frame = sidebar(page)
    listen(
        frame, "ticket.updated", "ticket.comments.changed", "ticket.status.changed", "comment.text.changed", "*.changed"
    )
    page.get_by_test_id("composer-editor").fill("hello")
    assert heard(frame, "comment.text.changed") == "hello"
    assert heard(frame, "*.changed") == {"propertyName": "comment.text", "newValue": "hello"}
    zendesk.put(PARCEL, status="pending", comment={"body": "by a program", "public": True})
    assert heard(frame, "ticket.status.changed") == "pending"
    assert len(heard(frame, "ticket.comments.changed")) == 2
    assert heard(frame, "ticket.updated")["user"]["name"] == "Countersign"
    expect(page.get_by_test_id("ticket-status")).to_have_text("Pending")
    expect(page.get_by_test_id("comment")).to_have_count(2)


def test_a_save_hook_stops_the_submit_and_says_why(page: Page, zendesk: Client) -> None:
    frame = sidebar(page)
    frame.evaluate("client.on('ticket.save', () => window.veto)")
    listen(frame, "ticket.submit.start", "ticket.submit.fail", "ticket.submit.done", "ticket.submit.always")
    frame.evaluate("window.veto = 'Blocked by Countersign'")
    page.get_by_test_id("composer-editor").fill("Too early")
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("composer-hint")).to_have_text("Blocked by Countersign")
    assert heard(frame, "ticket.submit.fail") == {}
    assert zendesk.ledger() == []
    frame.evaluate("window.veto = true")
    page.get_by_test_id("submit").click()
    assert heard(frame, "ticket.submit.done") == {}
    assert [entry["text"] for entry in zendesk.ledger()] == ["Too early"]


def test_an_apps_request_uses_the_agents_login(page: Page) -> None:
    frame = sidebar(page)
    assert ask(frame, f"client.request('/api/v2/tickets/{PARCEL}.json')")["ticket"]["id"] == PARCEL
    assert ask(frame, "client.request('/api/v2/users/me.json')")["user"]["email"] == "rosa@acme.example"
    failed = frame.evaluate(
        "client.request('/api/v2/tickets/5.json').catch(answer => [answer.status, answer.responseJSON.error])"
    )
    assert failed == [404, "RecordNotFound"]


def test_an_app_notifies_and_holds_the_button(page: Page) -> None:
    frame = sidebar(page)
    ask(frame, "client.invoke('notify', 'Look here', 'alert')")
    expect(page.get_by_test_id("notification")).to_have_text("Look here")
    ask(frame, "client.invoke('disableSave')")
    expect(page.get_by_test_id("submit")).to_be_disabled()
    ask(frame, "client.invoke('enableSave')")
    expect(page.get_by_test_id("submit")).to_be_enabled()


def test_an_agent_replies_by_hand_as_solved(page: Page, zendesk: Client) -> None:
    page.get_by_test_id("composer-editor").fill("It left today.")
    page.get_by_test_id("submit-menu").click()
    page.get_by_test_id("submit-as-solved").click()
    expect(page.get_by_test_id("ticket-status")).to_have_text("Solved")
    expect(page.get_by_test_id("comment").last).to_have_attribute("data-public", "true")
    (entry,) = zendesk.ledger()
    assert (entry["author_email"], entry["via"], entry["text"]) == ("rosa@acme.example", "web", "It left today.")
    assert zendesk.audits(PARCEL)[-1]["via"]["channel"] == "web"


def test_an_agent_takes_a_ticket_and_gives_it_back(page: Page, zendesk: Client) -> None:
    page.get_by_test_id("assignee").select_option(label="Rosa Lind")
    expect(page.get_by_test_id("ticket-status")).to_have_text("Open")
    assert zendesk.ticket(PARCEL)["assignee_id"] == zendesk.staff("rosa")
    expect(page.get_by_test_id("change")).to_contain_text("assignee Rosa Lind")
    page.get_by_test_id("assignee").select_option(label="nobody")
    wait_for(lambda: zendesk.ticket(PARCEL)["assignee_id"] is None)


def test_the_list_follows_what_is_said_to_customers_only(page: Page, zendesk: Client) -> None:
    rows = page.get_by_test_id("ticket-row")
    expect(rows.first).to_have_attribute("data-ticket-id", str(REFUND))
    zendesk.put(PARCEL, comment={"body": "a note", "public": False}, tags=["noted"])
    expect(page.get_by_test_id("ticket-tags")).to_have_text("noted")
    expect(rows.first).to_have_attribute("data-ticket-id", str(REFUND))
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "And?"})
    expect(rows.first).to_have_attribute("data-ticket-id", str(PARCEL))


def test_an_internal_note_is_yellow_and_stays_inside(page: Page, zendesk: Client) -> None:
    page.get_by_test_id("mode-internal").click()
    page.get_by_test_id("composer-editor").fill("Only us")
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("comment").last).to_have_class(re.compile("internal"))
    assert zendesk.comments(PARCEL)[-1]["public"] is False
    assert zendesk.ledger() == []


def test_the_person_picker_decides_who_writes(page: Page, zendesk: Client) -> None:
    with page.expect_navigation():
        page.get_by_test_id("person-picker").select_option(label="Adam Weber · agent")
    page.get_by_test_id("composer-editor").fill("Adam here")
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("comment")).to_have_count(2)
    assert zendesk.ledger()[0]["author_email"] == "adam@acme.example"


def test_the_desk_is_loaded_behind_its_own_icon(page: Page, app: Listener) -> None:
    page.get_by_test_id("nav-desk").click()
    frame = sidebar(page, "desk-frame")
    assert frame.url.startswith(f"{app.url}/zendesk/desk?origin=")
    assert "ticketId" not in frame.evaluate("registered.context")
    page.get_by_test_id("nav-tickets").click()
    expect(page.get_by_test_id("ticket-row").first).to_be_visible()


def test_changing_the_ticket_loads_the_app_anew(page: Page) -> None:
    before = sidebar(page).evaluate("registered.context.instanceGuid")
    page.locator(f"[data-testid=ticket-row][data-ticket-id='{REFUND}']").click()
    expect(page.get_by_test_id("ticket-subject")).to_have_text("Refund")
    context = sidebar(page).evaluate("registered.context")
    assert (context["ticketId"], context["instanceGuid"] == before) == (REFUND, False)


def test_an_app_is_told_which_theme_there_is_and_each_change_of_it(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    frame = sidebar(page)
    assert frame.url.endswith("&colorScheme=light")
    frame.evaluate("hear('colorScheme.changed')")
    page.get_by_test_id("theme").select_option("dark")
    frame.wait_for_function("heard.length === 1")
    page.emulate_media(color_scheme="dark")  # chosen already: nothing changes
    assert frame.evaluate("client.get('colorScheme').then(told => told.colorScheme)") == "dark"
    page.get_by_test_id("theme").select_option("system")
    page.emulate_media(color_scheme="light")
    frame.wait_for_function("heard.length === 2")
    assert frame.evaluate("heard") == [["colorScheme.changed", "dark"], ["colorScheme.changed", "light"]]
    page.get_by_test_id("theme").select_option("dark")
    page.reload()
    assert sidebar(page).url.endswith("&colorScheme=dark")


def test_mail_is_shown_as_written_and_can_do_nothing(page: Page) -> None:
    page.goto(f"/agent/tickets/{REFUND}")
    expect(page.get_by_test_id("comment")).to_have_count(4)
    mail = page.get_by_test_id("comment-body").last
    assert mail.get_attribute("sandbox") == "allow-same-origin"
    expect(mail.content_frame.get_by_text("ignore all rules")).to_be_hidden()
    expect(mail.content_frame.get_by_text("Order")).to_be_visible()
    expect(page.get_by_text("sender unsure")).to_be_visible()
    expect(page.get_by_text("bill.pdf")).to_be_visible()


def test_one_can_play_the_customer(page: Page, zendesk: Client) -> None:
    page.get_by_test_id("customer-reply-open").click()
    page.get_by_test_id("customer-text").fill("Hello again?")
    page.get_by_test_id("customer-send").click()
    expect(page.get_by_test_id("comment")).to_have_count(2)
    assert zendesk.comments(PARCEL)[-1]["via"]["channel"] == "email"
    page.get_by_test_id("new-ticket-open").click()
    page.get_by_test_id("new-ticket-subject").fill("A brand new thing")
    page.get_by_test_id("new-ticket-text").fill("Do you sell bells?")
    page.get_by_test_id("new-ticket-send").click()
    expect(page.get_by_test_id("ticket-subject")).to_have_text("A brand new thing")


def test_an_admin_switches_the_app_off(page: Page, zendesk: Client) -> None:
    page.get_by_test_id("nav-settings").click()
    page.wait_for_url("**/agent/settings", wait_until="load")  # before that nobody listens to its boxes
    page.get_by_test_id("switch-automation-allowed").uncheck()
    wait_for(lambda: not zendesk.get("apps/installations/77.json")["settings"]["automation_allowed"])
    page.get_by_test_id("fault-drop-metadata").check()
    wait_for(lambda: zendesk.control("faults", method="GET")["faults"])
    page.get_by_test_id("switch-enabled").uncheck()
    wait_for(lambda: not zendesk.get("apps/installations/77.json")["enabled"])
    page.goto(f"/agent/tickets/{PARCEL}")
    expect(page.get_by_test_id("app-note")).to_contain_text("disabled")


def test_an_admin_fills_in_the_apps_form_and_an_agent_only_reads_it(page: Page, zendesk: Client) -> None:
    page.get_by_test_id("nav-settings").click()
    expect(page.get_by_test_id("app-form-note")).to_contain_text("Only an admin")
    expect(page.get_by_test_id("app-form-save")).to_be_disabled()
    page.get_by_test_id("person-picker").select_option(label="Ben Ito · admin")
    expect(page.get_by_test_id("app-form-save")).to_be_enabled()
    page.get_by_test_id("app-form-server_url").fill("https://countersign.acme.example")
    page.get_by_test_id("app-form-webhook_value").fill("s3cret")
    page.get_by_test_id("app-form-automation_allowed").uncheck()
    page.get_by_test_id("app-form-save").click()
    expect(page.get_by_test_id("app-form-note")).to_have_text("Saved.")
    settings = zendesk.get("apps/installations/77.json")["settings"]
    assert (settings["server_url"], settings["automation_allowed"]) == ("https://countersign.acme.example", False)
    assert "s3cret" not in str(settings)


def test_a_person_allows_the_app_on_the_consent_page(page: Page, zendesk: Client, app: Listener) -> None:
    app.pages["/connected"] = b"<!doctype html><title>Connected</title>"
    asked = f"response_type=code&client_id=countersign&redirect_uri={app.url}/connected&scope=read&state=s1"
    page.goto(f"/oauth/authorizations/new?{asked}")
    page.get_by_test_id("consent-person").select_option(label="Ana Costa · admin")
    page.get_by_test_id("consent-allow").click()
    page.wait_for_url(re.compile(re.escape(f"{app.url}/connected") + r"\?code=\w{40}&state=s1$"))


def test_the_page_frames_the_app_and_is_framed_by_nobody(zendesk: Client, app: Listener) -> None:
    policy = requests.get(f"{zendesk.url}/agent", timeout=5).headers["Content-Security-Policy"]
    assert f"frame-src {app.url} 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_another_site_cannot_act_for_the_agent(zendesk: Client) -> None:
    cookie = requests.get(f"{zendesk.url}/agent", timeout=5).cookies
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}):
        answer = requests.post(
            f"{zendesk.url}/agent/tickets/{PARCEL}", json={}, cookies=cookie, headers=headers, timeout=5
        )
        assert answer.status_code == 403
        assert (
            requests.get(f"{zendesk.url}/api/v2/tickets.json", cookies=cookie, headers=headers, timeout=5).status_code
            == 401
        )

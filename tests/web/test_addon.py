"""The Gmail add-on: who is let in, what they see, what a press does, and what an old look is told."""

from __future__ import annotations

import pytest

from app import desk, review
from app.host import HostError, Person
from app.review import Actor
from app.store import proposals
from integrations.gmail.addon import COMPOSE, READ, SCOPES, WHO
from tests.fakes import ANA, CASEY, ROSA
from tests.web import google
from tests.web.google import APP, buttons, card, look, names, of, orders, text
from tests.web.stage import LETTER, MEI

STRANGER = Person(id="9", name="Somebody", email="somebody@else.example", role="agent")


# --- who is let in -----------------------------------------------------------------------------------------------------
ROUTES = ("home", "message", "compose", "action")


@pytest.mark.threat("panel-forged")
def test_each_route_wants_googles_token_for_that_very_route(rosa):
    for route in ROUTES:
        opens_only_to_its_own_token(rosa, route)


def opens_only_to_its_own_token(rosa, route):
    event = rosa.event("", {}, {})
    others = [f"{APP}/gmail/addon/{other}" for other in ROUTES if other != route]
    good = google.signer().token(f"{APP}/gmail/addon/{route}", google.ADDON_ACCOUNT)
    wrong = [
        None,
        "Basic x",
        f"Bearer {good[:-4]}AAAA",
        f"Bearer {google.signer().token(f'{APP}/gmail/addon/{route}', 'addon@evil.iam.gserviceaccount.com')}",
        f"Bearer {event['authorizationEventObject']['userIdToken']}",
        *(f"Bearer {google.signer().token(other, google.ADDON_ACCOUNT)}" for other in others),
    ]
    for header in wrong:
        headers = {"Authorization": header} if header else {}
        answer = rosa.client.post(f"/gmail/addon/{route}", json=event, headers=headers)
        assert (answer.status_code, "card" in answer.text) == (401, False), header
    assert rosa.client.post(
        f"/gmail/addon/{route}", json=event, headers={"Authorization": f"Bearer {good}"}
    ).status_code == 200  # fmt: skip


@pytest.mark.threat("panel-forged")
def test_the_requests_own_host_name_is_no_audience(rosa):
    token = google.signer().token("http://evil.example/gmail/addon/home", google.ADDON_ACCOUNT)
    headers = {"Authorization": f"Bearer {token}", "Host": "evil.example"}
    assert rosa.client.post("/gmail/addon/home", json={}, headers=headers).status_code == 401


@pytest.mark.threat("panel-forged")
def test_a_person_whose_token_does_not_hold_is_nobody(rosa):
    for changes in ({"aud": "another.client"}, {"email_verified": False}, {"exp": 1}):
        rosa.claims = changes
        assert rosa.post("home").status_code == 401, changes


def test_a_person_nobody_knows_is_told_so_and_sees_no_customer(gmail, rosa):
    stored = gmail.proposed()
    rosa.person = STRANGER
    for answer in (rosa.post("home"), rosa.post("message", ticket=stored.proposal.ticket)):
        assert "Countersign does not know you" in text(card(answer))
        assert "somebody@else.example" in text(card(answer))
        assert CASEY.name not in answer.text


def test_somebody_who_left_presses_nothing(gmail, rosa):
    shown = look(rosa, gmail.proposed())
    del gmail.deps.hosts["zendesk"].people[ROSA.id]
    gmail.deps.clock.tick(61)
    assert "does not know you" in text(card(rosa.press(shown, "Approve & send")))
    assert orders(gmail) == []


def test_while_nobody_confirms_who_they_are_nothing_is_done(gmail, rosa):
    shown = look(rosa, gmail.proposed())
    gmail.deps.hosts["zendesk"].faults.down = HostError("Zendesk does not answer.")
    gmail.deps.clock.tick(61)
    assert "Nothing was done" in text(card(rosa.press(shown, "Approve & send")))
    assert orders(gmail) == []


@pytest.mark.threat("shared-login")
def test_the_mailboxs_own_sign_in_names_nobody(gmail, rosa):
    stored = gmail.proposed()
    rosa.person = Person(id="8", name="Support", email="support@acme.example", role="agent")
    assert "nobody would be named" in text(look(rosa, stored))


@pytest.mark.parametrize(
    ("route", "without"), [("home", WHO), ("message", READ), ("compose", COMPOSE), ("action", WHO)]
)
def test_a_missing_consent_is_asked_for(rosa, route, without):
    rosa.scopes = tuple(scope for scope in SCOPES if scope != without)
    assert rosa.post(route).json == {"requesting_google_scopes": {"scopes": [without]}}


def test_without_a_persons_token_their_consent_is_asked_for(rosa):
    event = rosa.event("", {}, {})
    del event["authorizationEventObject"]["userIdToken"]
    token = google.signer().token(f"{APP}/gmail/addon/home", google.ADDON_ACCOUNT)
    answer = rosa.client.post("/gmail/addon/home", json=event, headers={"Authorization": f"Bearer {token}"})
    assert answer.json == {"requesting_google_scopes": {"scopes": [WHO]}}


def test_a_body_that_is_no_event_opens_nothing(rosa):
    token = google.signer().token(f"{APP}/gmail/addon/action", google.ADDON_ACCOUNT)
    for body in (b"", b"{", b"[]", b"\xff", b'{"gmail": 3, "commonEventObject": []}'):
        answer = rosa.client.post("/gmail/addon/action", data=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401 or "requesting_google_scopes" in answer.json, body


# --- what they see -----------------------------------------------------------------------------------------------------
def test_a_message_shows_the_draft_with_its_sources_and_what_may_be_done(gmail, rosa):
    shown = look(rosa, gmail.proposed())
    assert shown["header"] == {"title": "Delivery times", "subtitle": "Tier 1 · look-up · Assisted · en"}
    assert "3 to 5 working days within Europe. <b>[1]</b>" in text(shown)
    assert "shipping-times#standard" in text(shown)
    assert names(shown) == ["Approve & send", "Insert draft", "Edit", "Reject", "Escalate", "Correct…", "Refresh"]


def test_a_draft_that_a_person_sends_by_hand_has_no_approve(gmail, rosa):
    shown = look(rosa, gmail.every_kind()["draft mode"])
    assert "Approve & send" not in names(shown)
    assert "A person sends this" in text(shown)


def test_every_kind_of_proposal_has_a_card_that_says_how_it_stands(gmail, rosa):
    words = {
        "findings": "the number 3 is not in any source", "unsure": "Yes, the category is right", "abstained": "No category of the policy fits",
        "escalated": "Summary, for people only", "unclear": "we cannot tell whether this went out",
    }  # fmt: skip
    kinds = gmail.every_kind()
    told = {name: text(look(rosa, kinds[name])) for name in words}
    assert {name for name, expected in words.items() if expected.lower() not in told[name].lower()} == set()


def test_a_thread_nobody_wrote_in_says_that_nothing_waits(gmail, rosa):
    gmail.proposed()
    assert "Nothing waits here" in text(card(rosa.post("message", ticket="abc")))
    assert "Nothing waits here" in text(card(rosa.post("message")))


@pytest.mark.threat("script")
def test_what_a_customer_writes_is_no_markup(gmail, rosa):
    draft = "Hello <b>Casey</b> & <a href='https://evil.example'>co</a>"
    shown = look(rosa, gmail.proposed(draft=draft, sentences=()))
    assert "&lt;b&gt;Casey&lt;/b&gt; &amp; &lt;a href=" in text(shown)


@pytest.mark.threat("panel-forged")
def test_what_is_not_shown_whole_cannot_be_approved(gmail, rosa):
    shown = look(rosa, gmail.proposed(draft="word " * 3000, sentences=()))
    assert not {"Approve & send", "Insert draft"} & set(names(shown))
    assert "too long for this panel" in text(shown)


def test_after_a_stop_no_draft_is_shown(gmail, rosa):
    stored = gmail.proposed()
    review.roll_back(gmail.deps, "*", gmail.member(ANA).id)
    shown = look(rosa, stored)
    assert names(shown) == ["Escalate", "Refresh"]
    assert "People answer; nothing is sent." in text(shown)
    assert "working days" not in text(shown)


def test_the_homepage_shows_switch_and_what_waits_in_gmail_only(gmail, stage, rosa):
    stage.proposed(subject="On Zendesk")
    stored = gmail.proposed(subject="On Gmail")
    shown = card(rosa.post("home"))
    assert "On Gmail" in text(shown)
    assert "On Zendesk" not in text(shown)
    assert "<b>On</b>" in text(shown)
    (item,) = [
        widget["decoratedText"]
        for section in shown["sections"]
        for widget in section["widgets"]
        if "onClick" in widget.get("decoratedText", {})
    ]
    told = {one["key"]: one["value"] for one in item["onClick"]["action"]["parameters"]}
    answer = rosa.post("action", parameters=told)
    assert "pushCard" in answer.text
    assert "Approve & send" in names(card(answer))
    review.approve(gmail.deps, stored.id, told_seen(card(answer)), Actor(gmail.member(ROSA), "gmail"))
    assert "Nothing waits." in text(card(rosa.post("home")))


def test_a_reviewer_stops_everything_with_one_press_on_the_homepage(gmail, rosa):
    stored = gmail.proposed()
    assert "Stop everything" not in names(card(rosa.post("home"))), "an agent may not"
    rosa.person = MEI
    answer = rosa.press(card(rosa.post("home")), "Stop everything")
    assert "<b>Stopped" in text(card(answer))
    assert "Nothing new is sent" in answer.text
    assert "Stop everything" not in names(card(answer))
    assert names(look(rosa, stored)) == ["Escalate", "Refresh"]
    (everything,) = [one for one in desk.switches(gmail.deps) if one.scope == "*"]
    assert everything.changed_by == "Mei Mori"


def test_a_stop_waits_for_no_hosts_word_on_who_presses(gmail, rosa):
    rosa.person = MEI
    gmail.proposed()
    gmail.deps.hosts["zendesk"].faults.down = HostError("Zendesk does not answer.")
    gmail.deps.clock.tick(16 * 60)
    shown = card(rosa.post("home"))
    assert "Not now" in text(shown)
    assert "<b>Stopped" in text(card(rosa.press(shown, "Stop everything")))


def test_an_agents_own_stop_event_stops_nothing(gmail, rosa):
    gmail.proposed()
    assert "stopping needs the role reviewer" in text(card(rosa.post("action", parameters={"act": "stop"})))
    assert {one.state for one in desk.switches(gmail.deps)} == {"LIVE"}


def told_seen(shown):
    action = next(one for one in buttons(shown) if one["text"] == "Approve & send")["onClick"]["action"]
    return next(one["value"] for one in action["parameters"] if one["key"] == "seen")


# --- what a press does -------------------------------------------------------------------------------------------------
def test_approve_is_a_named_yes_that_can_be_taken_back(gmail, rosa):
    stored = gmail.proposed()
    shown = card(rosa.press(look(rosa, stored), "Approve & send"))
    assert orders(gmail) == [("answer", "READY")]
    assert "Goes out in 5 s" in text(shown)
    assert "Approved by Rosa" in text(shown)
    assert names(shown) == ["Undo", "Refresh"]
    answer = rosa.press(shown, "Undo")
    assert answer.json["renderActions"]["action"]["notification"] == {"text": "Taken back: nothing was sent."}
    assert of(gmail, stored).state == proposals.OFFERED


def test_a_double_click_is_one_approval(gmail, rosa):
    shown = look(rosa, gmail.proposed())
    rosa.press(shown, "Approve & send")
    rosa.press(shown, "Approve & send")
    assert orders(gmail) == [("answer", "READY")]


def test_an_edit_is_shown_anew_and_the_old_look_approves_nothing(gmail, rosa):
    stored = gmail.proposed()
    before = look(rosa, stored)
    form = card(rosa.press(before, "Edit"))
    field = form["sections"][0]["widgets"][0]["textInput"]
    assert (field["name"], field["value"]) == ("text", LETTER)
    answer = rosa.press(form, "Save and check", text=LETTER.replace("3 to 5", "2 to 5"))
    assert [list(step) for step in answer.json["renderActions"]["action"]["navigations"]] == [["pop"], ["updateCard"]]
    assert "2 to 5" in text(card(answer))
    assert "Edited by Rosa" in text(card(answer))
    late = card(rosa.press(before, "Approve & send"))
    assert "It changed since you saw it; your press sent nothing." in text(late)
    assert "2 to 5" in text(late)
    assert orders(gmail) == []
    rosa.press(late, "Approve & send")
    assert orders(gmail) == [("answer", "READY")]


def test_a_form_about_an_older_draft_is_refused(gmail, rosa):
    stored = gmail.proposed()
    form = card(rosa.press(look(rosa, stored), "Edit"))
    seen = told_seen(look(rosa, stored))
    review.edit(gmail.deps, stored.id, "Another text.", seen, Actor(gmail.member(MEI), "queue"))
    answer = card(rosa.press(form, "Save and check", text="Mine."))
    assert "Another text." in text(answer)
    assert of(gmail, stored).edited_by == gmail.member(MEI).id


def test_reject_wants_a_reason_from_the_list(gmail, rosa):
    stored = gmail.proposed()
    form = card(rosa.press(look(rosa, stored), "Reject"))
    choices = form["sections"][0]["widgets"][0]["selectionInput"]["items"]
    assert [one["value"] for one in choices] == list(review.REJECTIONS)
    assert "Not done: " in text(card(rosa.press(form, "Reject"))).replace("<b>", "").replace("</b>", "")
    assert of(gmail, stored).state == proposals.OFFERED
    rosa.press(form, "Reject", reason="wrong tone")
    assert of(gmail, stored).state == proposals.REJECTED


def test_escalate_names_an_owner_and_a_time(gmail, rosa):
    stored = gmail.proposed()
    form = card(rosa.press(look(rosa, stored), "Escalate"))
    shown = card(rosa.press(form, "Escalate", to="legal@acme.example", hours="24", note="Please look"))
    assert "legal@acme.example has this." in text(shown)
    assert "Due in 24 hours" in text(shown)
    assert of(gmail, stored).state == proposals.ESCALATED


def test_a_correction_has_it_judged_anew(gmail, rosa):
    stored = gmail.proposed()
    form = card(rosa.press(look(rosa, stored), "Correct…"))
    answer = rosa.press(form, "Judge anew", category="as-it-is", redo="Mention Austria.")
    assert "It is judged anew" in answer.text
    assert of(gmail, stored).record.corrected.instruction == "Mention Austria."


def test_a_category_can_be_confirmed(gmail, rosa):
    stored = gmail.every_kind()["unsure"]
    rosa.press(look(rosa, stored), "Yes, the category is right")
    assert of(gmail, stored).confirmed_by == gmail.member(ROSA).id


def test_a_press_on_something_unheard_of_only_shows(gmail, rosa):
    for told in ({"act": "send-now"}, {}, {"act": "approve"}, {"act": "approve", "proposal": "x", "seen": "y"}):
        assert rosa.post("action", parameters=told).status_code == 200
    assert orders(gmail) == []

"""Every route asks who is there. The routes come from the application, so that a new one without an entry fails."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.host import HostError
from app.known import Trust
from app.web.access import ACCESS, Door
from tests.fakes import ANA, ROSA
from tests.web.stage import MEI, Stage

PEOPLE = {"agent": ROSA, "reviewer": MEI, "admin": ANA}
RANK = list(PEOPLE)
FILLED = {
    "run_id": "none",
    "escalation_id": "999",
    "proposal_id": "01AAAAAAAAAAAAAAAAAAAAAAAA",
    "host": "zendesk",
    "ticket": "999",
    "name": "zendesk",
    "email": "nobody@acme.example",
    "request_id": "999",
    "replay_id": "999",
    "draft_id": "999",
    "freeze_id": "999",
    "fix_id": "999",
    "pattern_id": "999",
    "link_id": "999",
    "token": "01AAAAAAAAAAAAAAAAAAAAAAAA.guessed",
    "metric": "recontact",
    "batch_id": "01AAAAAAAAAAAAAAAAAAAAAAAA",
    "category": "delivery-times",
}


def rules(web):
    return [rule for rule in web.url_map.iter_rules() if rule.endpoint != "static"]


def address(rule) -> str:
    built = rule.rule
    for argument in rule.arguments:
        built = re.sub(rf"<(\w+:)?{argument}>", FILLED[argument], built)
    return built


def method(rule) -> str:
    return next(iter(rule.methods - {"HEAD", "OPTIONS"}))


@pytest.mark.threat("privilege")
def test_every_route_has_an_entry_and_every_entry_a_route(web):
    assert {rule.endpoint for rule in web.url_map.iter_rules()} == set(ACCESS)


def test_a_route_without_an_entry_answers_nobody(web, browser):
    web.view_functions["forgotten"] = lambda: "here I am"
    web.url_map.add(web.url_rule_class("/forgotten", endpoint="forgotten"))
    assert browser(ANA).get("/forgotten").status_code == 403


def test_only_doors_without_a_person_have_no_role():
    assert {
        name for name, access in ACCESS.items() if (access.door is Door.PERSON) != (access.role is not None)
    } == set()


def test_what_is_open_to_anybody_is_decided_here_too():
    """Nothing to see and nothing to change: signs of life, the API's description, the way in."""
    assert {name for name, access in ACCESS.items() if access.door is Door.OPEN} == {
        "static", "probes.healthz", "probes.readyz", "probes.metrics", "api.openapi", "auth.sign_in", "connected.connected",
    }  # fmt: skip


@pytest.mark.threat("privilege")
def test_nobody_enters_without_a_pass(web):
    for rule in rules(web):
        access = ACCESS[rule.endpoint]
        answer = web.test_client().open(address(rule), method=method(rule), json={} if method(rule) == "POST" else None)
        if access.door is Door.PERSON:
            assert answer.status_code in {401, 302}, rule
            assert answer.status_code == 401 or answer.location.startswith("/sign-in"), rule
        if access.door is Door.FORM:
            assert answer.status_code == 403, rule
        if access.door is Door.LINK:
            assert answer.status_code == 404, rule
        if access.door is Door.HANDSHAKE:
            assert answer.status_code in {403, 404, 422}, rule
        if access.door in {Door.SIGNATURE, Door.SIGNED_PAGE, Door.PANEL}:
            assert answer.status_code == 401, rule


@pytest.mark.parametrize("role", RANK)
@pytest.mark.threat("privilege")
def test_each_role_enters_what_is_theirs_and_nothing_above(web, browser, role):
    person = browser(PEOPLE[role])
    for rule in sorted(rules(web), key=lambda rule: rule.endpoint == "auth.sign_out"):
        access = ACCESS[rule.endpoint]
        if access.door is not Door.PERSON:
            continue
        answer = person.post(address(rule)) if method(rule) == "POST" else person.get(address(rule))
        refused = answer.status_code == 403
        assert refused == (RANK.index(role) < RANK.index(access.role)), (rule, answer.status_code, answer.text)


@pytest.mark.threat("csrf-pages")
def test_each_change_wants_the_token_of_the_form(web, browser):
    person = browser(ANA)
    for rule in rules(web):
        if ACCESS[rule.endpoint].door is Door.PERSON and method(rule) == "POST":
            assert person.post(address(rule), **{"X-Countersign-Form": "guessed"}).status_code == 403, rule
            assert person.client.post(address(rule), json={}).status_code == 403, rule


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
@pytest.mark.threat("csrf-iframe")
def test_each_change_comes_from_our_own_page(web, browser, iframe, site):
    person, frame = browser(ANA), iframe(ANA)
    for rule in rules(web):
        if ACCESS[rule.endpoint].door is Door.PERSON and method(rule) == "POST":
            assert person.post(address(rule), **{"Sec-Fetch-Site": site}).status_code == 403, rule
            assert frame.post(address(rule), **{"Sec-Fetch-Site": site}).status_code == 403, rule


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
@pytest.mark.threat("csrf-pages")
def test_a_foreign_origin_changes_nothing(browser, origin):
    assert browser(ANA).post("/api/v1/rollback", Origin=origin).status_code == 403


@pytest.mark.threat("csrf-iframe")
def test_a_bearer_changes_by_json_only(web, iframe):
    frame = iframe(ANA)
    headers = {"Authorization": f"Bearer {frame.bearer}"}
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = frame.client.post("/api/v1/rollback", data='{"scope": "*"}', headers=headers, content_type=kind)
        assert answer.status_code == 415


@pytest.mark.threat("foreign-id")
def test_a_foreign_id_is_not_found(web, browser):
    person = browser(ANA)
    for rule in rules(web):
        if "proposal_id" in rule.arguments:
            body = {"seen": "x", "text": "x", "reason": "other", "to": "a@acme.example", "due": "2030-01-01T00:00:00Z"}
            body["said"] = "accepted"
            answer = person.post(address(rule), body) if method(rule) == "POST" else person.get(address(rule))
            assert answer.status_code == 404, rule


def test_a_stop_works_on_the_last_known_role_while_the_host_is_down(stage, clock, browser):
    person = browser(MEI)
    clock.tick(61)
    stage.host.faults.down = HostError("Zendesk does not answer")
    assert person.post("/api/v1/rollback", {"scope": "*"}).status_code == 200
    assert person.post("/api/v1/approvals", {"items": [{"id": "x", "seen": "x"}]}).status_code == 503


@pytest.mark.threat("privilege")
def test_a_restore_asks_the_host_for_the_role_each_time(stage, browser):
    person = browser(ANA)
    assert person.post("/api/v1/rollback", {"scope": "*"}).status_code == 200
    stage.host.people[ANA.id] = replace(ANA, role="agent")
    assert person.post("/api/v1/restore", {"scope": "*"}).status_code == 403
    assert ACCESS["api.restore"].trust is Trust.NOW


@pytest.mark.threat("left-the-team")
def test_who_is_no_longer_staff_changes_nothing_a_minute_later(stage, clock, browser):
    person = browser(MEI)
    assert person.post("/api/v1/approvals", {"items": [{"id": "x", "seen": "x"}]}).status_code == 200
    stage.host.people[MEI.id] = replace(MEI, role="customer")
    clock.tick(61)
    assert person.post("/api/v1/approvals", {"items": [{"id": "x", "seen": "x"}]}).status_code == 401


def test_a_page_without_a_session_leads_to_sign_in(web):
    answer = web.test_client().get("/settings")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/settings")


def test_outside_a_sandbox_nobody_can_pick_a_person(tmp_path, sqlite_database, clock):
    stage = Stage.build(tmp_path, sqlite_database, clock, sandbox=False)
    client = stage.app().test_client()
    page = client.get("/sign-in").text
    assert "ana@acme.example" not in page
    with client.session_transaction() as session:
        session["form_token"] = "ours"
    answer = client.post("/sign-in", data={"person": stage.member(ANA).id, "form_token": "ours"})
    assert answer.status_code == 403
    stage.close()


def test_signing_in_from_another_site_is_refused(stage, web):
    client = web.test_client()
    client.get("/sign-in")
    with client.session_transaction() as session:
        form = {"person": stage.member(ANA).id, "form_token": session["form_token"]}
    assert client.post("/sign-in", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/sign-in", data={**form, "form_token": "guess"}).status_code == 403

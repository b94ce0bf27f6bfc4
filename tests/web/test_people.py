"""People: an admin's word on roles, where everybody is signed in, and out everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.store.tables import audit
from tests.fakes import ANA, ROSA
from tests.web.stage import BEN, MEI


def role(person, email: str, wanted: str):
    return person.post(f"/api/v1/people/{email}/role", {"role": wanted})


def last_entry(stage) -> tuple[str, str, str]:
    with stage.deps.readers.connect() as tx:
        row = tx.execute(sa.select(audit).order_by(audit.c.seq.desc()).limit(1)).one()
    return row.action, row.actor, row.object


def test_an_admin_sees_everybody_with_role_and_last_visit(browser):
    page = browser(ANA).get("/settings/people").text
    assert page.count('data-testid="colleague"') == 4
    assert "As in Zendesk: admin" in page
    assert '<option value="reviewer" selected>' in page
    assert "Browser, until" in page


def test_only_admins_see_people(browser):
    for person in (ROSA, MEI):
        assert browser(person).get("/settings/people").status_code == 403
        assert 'data-testid="nav-people"' not in browser(person).get("/").text
    assert 'data-testid="nav-people"' in browser(ANA).get("/").text


@pytest.mark.parametrize("wanted", ["agent", "reviewer", "admin"])
def test_an_admin_sets_a_role_and_the_log_says_so(stage, browser, wanted):
    assert role(browser(ANA), "rosa@acme.example", wanted).status_code == 200
    assert stage.member(ROSA).role == wanted
    assert last_entry(stage) == ("role.set", stage.member(ANA).id, stage.member(ROSA).id)


def test_the_host_has_its_say_again(stage, browser):
    assert role(browser(ANA), "mei@acme.example", "host").status_code == 200
    assert stage.member(MEI).role == "agent"


def test_a_role_that_is_none_is_refused(browser):
    assert role(browser(ANA), "rosa@acme.example", "owner").status_code == 422
    assert role(browser(ANA), "stranger@example.com", "admin").status_code == 404


def test_somebody_stays_admin(stage, browser):
    ana = browser(ANA)
    assert role(ana, "ben@acme.example", "agent").status_code == 200
    answer = role(ana, "ana@acme.example", "agent")
    assert (answer.status_code, "nobody would be admin" in answer.json["detail"]) == (422, True)
    assert stage.member(ANA).role == "admin"


def test_an_admin_whom_the_host_lowers_sets_no_more_roles(stage, browser):
    ana = browser(ANA)
    stage.host.people[ANA.id] = replace(ANA, role="agent")
    assert role(ana, "rosa@acme.example", "admin").status_code == 403


def test_no_word_of_an_admin_outlives_the_host(stage, clock, browser):
    mei = browser(MEI)
    stage.host.people[MEI.id] = replace(MEI, role="customer")
    clock.tick(301)
    assert mei.get("/").status_code == 401
    assert role(browser(ANA), "mei@acme.example", "admin").status_code == 404
    assert browser(ANA).get("/settings/people").text.count('data-testid="colleague"') == 3


@pytest.mark.threat("token-stolen")
def test_signing_out_everywhere_ends_browsers_and_pages_inside_the_host(stage, clock, browser, iframe):
    rosa, frame = browser(ROSA), iframe(ROSA)
    clock.tick(1)
    assert browser(ANA).post("/api/v1/people/rosa@acme.example/sign-out").status_code == 200
    assert rosa.get("/api/v1/queue").status_code == 401
    assert frame.get("/api/v1/queue").status_code == 401
    assert frame.post("/api/v1/token").status_code == 401
    assert last_entry(stage)[0] == "sessions.ended"
    clock.tick(1)
    assert browser(ROSA).get("/api/v1/queue").status_code == 200


def test_anybody_signs_themselves_out_and_nobody_else(browser):
    rosa = browser(ROSA)
    assert rosa.post("/api/v1/people/ana@acme.example/sign-out").status_code == 403
    assert rosa.post("/api/v1/people/rosa@acme.example/sign-out").status_code == 200


def test_the_desk_inside_zendesk_has_the_same_page(iframe):
    desk = iframe(BEN, "/zendesk/desk")
    assert desk.get("/parts/people").text.count('data-testid="colleague"') == 4
    assert iframe(ROSA).get("/parts/people").status_code == 403


# --- own figures -------------------------------------------------------------------------------------------------------
def test_the_own_name_leads_to_the_own_figures(browser):
    rosa = browser(ROSA)
    assert 'href="/me"' in rosa.get("/").text
    page = rosa.get("/me").text
    assert "Nobody else sees this, admins included" in page
    assert '<td data-testid="mine-judged">0</td><td>–</td>' in page

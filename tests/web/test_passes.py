"""The bearer inside the iframe: short, bound to its person, renewed with the role asked anew."""

from __future__ import annotations

from dataclasses import replace

import jwt
import pytest

from app import create_app
from app.host import HostError
from app.web import passes
from tests.fakes import ANA, ROSA
from tests.web.stage import signed_token


def test_a_bearer_opens_what_its_person_may_see(iframe):
    assert iframe(ROSA).get("/parts/ticket/zendesk/1").status_code == 200


@pytest.mark.threat("csrf-iframe")
def test_a_bearer_ends_after_a_quarter_of_an_hour(clock, iframe):
    frame = iframe(ROSA)
    clock.tick(15 * 60 - 1)
    assert frame.get("/api/v1/queue").status_code == 200
    clock.tick(1)
    assert frame.get("/api/v1/queue").status_code == 401


def test_a_bearer_is_renewed_up_to_eight_hours(clock, iframe):
    frame = iframe(ROSA)
    for _ in range(48):
        clock.tick(599)
        answer = frame.post("/api/v1/token")
        assert answer.status_code == 200
        assert answer.json["seconds"] <= 900
        frame.bearer = answer.json["token"]
    clock.tick(60)
    assert frame.post("/api/v1/token").status_code == 401


def test_renewing_asks_the_host_for_the_role(stage, clock, iframe):
    frame = iframe(ANA)
    stage.host.people[ANA.id] = replace(ANA, role="agent")
    assert frame.post("/api/v1/token").json["role"] == "agent"
    stage.host.people[ANA.id] = replace(ANA, role="customer")
    clock.tick(61)
    assert frame.post("/api/v1/token").status_code == 401


def test_a_bearer_is_renewed_while_the_host_is_down_for_stops_must_work(stage, iframe):
    frame = iframe(ANA)
    stage.host.faults.down = HostError("Zendesk does not answer")
    frame.bearer = frame.post("/api/v1/token").json["token"]
    assert frame.post("/api/v1/rollback", {"scope": "*"}).status_code == 200
    assert frame.post("/api/v1/restore", {"scope": "*"}).status_code == 503


def test_an_expired_bearer_is_not_renewed(clock, iframe):
    frame = iframe(ROSA)
    clock.tick(900)
    assert frame.post("/api/v1/token").status_code == 401


@pytest.mark.threat("csrf-iframe")
def test_a_forged_bearer_is_nobodys(stage, web, iframe):
    genuine = iframe(ROSA).bearer
    claims = jwt.decode(genuine, options={"verify_signature": False})
    claims["sub"] = stage.member(ANA).id
    forged = jwt.encode(claims, b"another key of thirty-two bytes!", algorithm="HS256")
    head, body, mac = genuine.split(".")
    swapped = ".".join((head, forged.split(".")[1], mac))
    for token in (forged, swapped, f"{head}.{body}.", "x", genuine[:-2]):
        answer = web.test_client().get("/api/v1/queue", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


def test_a_wrong_bearer_is_not_saved_by_a_good_cookie(browser):
    person = browser(ANA)
    assert person.get("/api/v1/queue", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_signed_page_token_is_no_bearer(stage, web):
    headers = {"Authorization": f"Bearer {signed_token(stage, ANA)}"}
    assert web.test_client().get("/api/v1/queue", headers=headers).status_code == 401


def test_a_session_has_no_bearer_to_renew(browser):
    assert browser(ANA).post("/api/v1/token").status_code == 400


def test_a_pass_survives_sealing(stage, clock):
    caller = passes.Pass(
        member=stage.member(ROSA),
        via="sidebar",
        started=clock.now(),
        expires=clock.now() + passes.LIFE,
        installation="77",
    )
    said = passes.unseal(b"k" * 32, passes.seal(b"k" * 32, caller), clock.now())
    assert said
    assert said.held_by(stage.member(ROSA)) == caller


def test_a_bearer_of_another_installation_is_nobodys(stage, iframe):
    frame = iframe(ROSA)
    zendesk = replace(stage.deps.settings.zendesk, installation_id="78")
    moved = create_app(replace(stage.deps, settings=replace(stage.deps.settings, zendesk=zendesk)))
    headers = {"Authorization": f"Bearer {frame.bearer}"}
    assert moved.test_client().get("/api/v1/queue", headers=headers).status_code == 401


def test_a_role_that_an_admin_sets_counts_at_once(stage, iframe):
    rosa, ana = iframe(ROSA), iframe(ANA, "/zendesk/desk")
    assert rosa.get("/parts/settings").status_code == 403
    assert ana.post("/api/v1/people/rosa@acme.example/role", {"role": "reviewer"}).status_code == 200
    assert rosa.get("/parts/settings").status_code == 200


@pytest.mark.threat("left-the-team")
def test_who_is_no_longer_an_agent_reads_for_a_quarter_of_an_hour_at_most(stage, clock, iframe):
    """And for five minutes only, while the host answers."""
    frame = iframe(ROSA)
    stage.host.people[ROSA.id] = replace(ROSA, role="customer")
    clock.tick(5 * 60)
    assert frame.get("/api/v1/queue").status_code == 200
    clock.tick(1)
    assert frame.get("/api/v1/queue").status_code == 401


@pytest.mark.threat("left-the-team")
def test_with_the_host_silent_reading_ends_and_stopping_does_not(stage, clock, iframe):
    frame = iframe(ANA, "/zendesk/desk")
    stage.host.faults.down = HostError("Zendesk does not answer")
    clock.tick(10 * 60)
    frame.bearer = frame.post("/api/v1/token").json["token"]
    assert frame.get("/parts/queue").status_code == 200
    clock.tick(5 * 60 + 1)
    answer = frame.get("/parts/queue")
    assert (answer.status_code, "Stopping works" in answer.json["detail"]) == (503, True)
    assert frame.get("/parts/settings").status_code == 200
    assert frame.post("/api/v1/rollback", {"scope": "*"}).status_code == 200


def test_a_page_that_a_silent_host_closes_leads_to_the_switch(stage, clock, browser):
    ana = browser(ANA)
    stage.host.faults.down = HostError("Zendesk does not answer")
    clock.tick(15 * 60 + 1)
    answer = ana.get("/")
    assert (answer.status_code, 'href="/settings"' in answer.text) == (503, True)
    assert 'data-testid="stop"' in ana.get("/settings").text


def test_a_silent_host_is_asked_by_one_page_in_half_a_minute(stage, clock, iframe):
    frame, calls = iframe(ROSA), stage.host.calls
    stage.host.faults.down = HostError("Zendesk does not answer")
    clock.tick(6 * 60)
    calls.clear()
    for _ in range(10):
        assert frame.get("/api/v1/queue").status_code == 200
        clock.tick(2)
    assert calls.count("person") == 1

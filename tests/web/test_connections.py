"""Connection tests: a press asks what doctor asks, says what to do, and nobody waits for a slow host."""

from __future__ import annotations

import threading

import pytest

from app import review, sweep, troubles
from app.host import HostError, Installation, Leave
from app.web import connections
from tests.fakes import ANA
from tests.web.stage import MEI
from tests.web.test_pages import visible


@pytest.mark.parametrize("name", ["zendesk", "database", "redis", "model"])
def test_a_press_says_that_all_is_well_and_the_page_keeps_it(stage, browser, name):
    ana = browser(ANA)
    assert "Not tested yet" in visible(ana.get("/settings").text)
    told = ana.post(f"/api/v1/connections/{name}/test").json
    assert told["done"]
    assert told["says"]
    assert "All well" in visible(ana.get("/parts/settings").text)


def test_what_is_wrong_comes_with_the_next_step(stage, browser):
    ana = browser(ANA)
    stage.host.installed = Installation(Leave.NARROWED, "automation is not wanted")
    told = ana.post("/api/v1/connections/zendesk/test").json
    assert "its queues go OFF within a minute" in told["says"]
    assert "Automation is not wanted" in visible(ana.get("/settings").text)
    stage.host.faults.down = HostError("Zendesk does not answer")
    assert "Zendesk does not answer" in ana.post("/api/v1/connections/zendesk/test").json["says"]
    assert not [line for line in troubles.told(stage.deps) if "test:" in line]


def test_nobody_waits_for_a_slow_host(stage, browser, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(connections, "PATIENCE", 0.01)
    stage.host.installation = lambda: released.wait(20) and Installation(Leave.ALLOWED)
    told = browser(ANA).post("/api/v1/connections/zendesk/test").json
    assert (told["done"], told["says"]) == (False, "Still asking: the answer appears here.")
    released.set()
    for thread in threading.enumerate():
        if thread.name == "test zendesk":
            thread.join(20)
    assert "All well" in visible(browser(ANA).get("/settings").text)


def test_a_reviewer_reads_and_does_not_press(browser):
    assert 'data-testid="test-zendesk"' not in browser(MEI).get("/settings").text
    assert browser(MEI).post("/api/v1/connections/zendesk/test").status_code == 403


def test_the_settings_are_made_anew_only_when_something_changed(stage, browser):
    ana, tag = browser(ANA), ""

    def status() -> int:
        nonlocal tag
        answer = ana.get("/parts/settings", headers={"If-None-Match": tag})
        tag = answer.headers["ETag"]
        return answer.status_code

    assert (status(), status()) == (200, 304)
    review.roll_back(stage.deps, "*", "ana")
    assert (status(), status()) == (200, 304)
    sweep.drain(stage.deps)  # CONFIRMED
    assert (status(), status()) == (200, 304)
    ana.post("/api/v1/connections/redis/test")
    assert (status(), status()) == (200, 304)
    stage.deps.clock.tick(60)
    assert status() == 200

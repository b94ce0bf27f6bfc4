"""What no database can hold, or nothing can count, is refused before anybody reads it; never an error of ours."""

from __future__ import annotations

import pytest

from tests.fakes import ANA
from tests.web.browsers import Browser
from tests.web.stage import Stage

BODIES = {
    "nested beyond reason": b'{"scope": ' + b"[" * 100_000,
    "no UTF-8": b'{"scope": "\xff"}',
    "a NUL": rb'{"scope": "a\u0000"}',
    "a NUL in a name": rb'{"a\u0000": 1}',
    "half of an emoji": rb'{"scope": "\ud83d"}',
    "a number that nothing can count": b'{"scope": ' + b"9" * 30 + b"}",
}
LONG = "9" * 30


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.threat("hang-or-break")
def test_a_body_that_cannot_be_stored_is_refused(browser, body):
    ana = browser(ANA)
    answer = ana.client.post("/api/v1/rollback", data=body, headers={**ana.headers, "Content-Type": "application/json"})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("path", [f"/api/v1/policy/drafts/{LONG}", f"/api/v1/policy/replays/{LONG}"])
def test_an_id_that_nothing_can_count_names_nothing(browser, path):
    assert browser(ANA).get(path).status_code == 404


@pytest.mark.parametrize("path", [f"/log?before={LONG}", f"/settings/policy/file?version={LONG}"])
def test_a_number_in_an_address_that_nothing_can_count_is_none(browser, path):
    assert browser(ANA).get(path).status_code == 200


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00%2B10:00", "9999-12-31T23:00:00-10:00"])
def test_a_time_that_no_calendar_has_in_utc_is_refused(stage, browser, since):
    ana, item = browser(ANA), stage.proposed()
    assert ana.get(f"/corrections?what=x&since={since}").status_code == 400
    asked = {"to": "ana@acme.example", "due": since.replace("%2B", "+")}
    assert ana.post(f"/api/v1/proposals/{item.id}/escalate", asked).status_code == 400


def test_a_nul_in_an_address_is_refused_by_a_database_that_takes_none(postgres_database, tmp_path, clock):
    stage = Stage.build(tmp_path, postgres_database, clock)
    answer = Browser.of(stage, stage.app(), ANA).get("/log?about=a%00")
    stage.close()
    assert (answer.status_code, "cannot be stored" in answer.text) == (400, True)


def test_days_that_nothing_can_count_are_refused(browser):
    asked = {"scope": "*", "made_for": "ben", "days": "9" * 5000}
    assert browser(ANA).post("/api/v1/stop-links", asked).status_code == 422


def test_a_text_that_follows_none_of_ours_is_kept_all_the_same(browser):
    ana = browser(ANA)
    assert ana.post("/api/v1/policy/drafts", {"text": "kept", "parent": 999}).status_code == 200


def test_a_policy_that_cannot_be_read_has_no_finding_to_accept(browser):
    asked = {"text": "a = [", "key": "x", "reason": "x", "until": "2030-01-01T00:00:00Z"}
    assert browser(ANA).post("/api/v1/policy/findings/accept", asked).status_code == 422

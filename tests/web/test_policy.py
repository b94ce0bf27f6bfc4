"""The policy page and its JSON side: judged while typing, two people, and no word lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.host import HostError
from app.store import staff
from tests.fakes import ANA, ROSA
from tests.web.stage import BEN, MEI, Stage

API = "/api/v1/policy"
STARTER = (Path(__file__).parents[2] / "manifest/policy.toml").read_text(encoding="utf-8")
WIDER = STARTER.replace("per_hour = 30", "per_hour = 31", 1)
WIDEST = STARTER.replace("per_hour = 30", "per_hour = 99", 1)
NARROWER = STARTER.replace("per_hour = 30", "per_hour = 3", 1)


def asked(person, text: str = WIDER) -> dict:
    answer = person.post(f"{API}/requests", {"text": text, "reason": "more"})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_what_is_typed_is_judged_by_line(browser):
    ana = browser(ANA)
    broken = ana.post(f"{API}/check", {"text": STARTER.replace("schema = 1", "schema = 1\nnmae = 2")}).json
    assert [problem["text"] for problem in broken["problems"]] == ["unknown key `nmae`; did you mean `name`?"]
    found = ana.post(f"{API}/check", {"text": WIDER}).json
    assert (found["verdict"], found["open"], found["changes"][0]["way"]) == ("wider", 0, "wider")


def test_a_change_goes_from_edit_to_in_force_by_two(browser):
    ana, ben = browser(ANA), browser(BEN)
    request = asked(ana)
    one = f"{API}/requests/{request['id']}"
    assert ana.post(f"{one}/publish").status_code == 422
    assert ana.post(f"{one}/approve", {"seen": request["sha256"]}).status_code == 422
    assert ben.post(f"{one}/approve", {"seen": "0" * 64}).status_code == 409
    assert ben.post(f"{one}/approve", {"seen": request["sha256"]}).status_code == 200
    assert ana.post(f"{one}/publish").json["version"] == 2
    page = ben.get("/settings/policy").text
    assert "version 2" in page
    assert "approved by Ben Baker" in page


def test_a_narrowing_needs_one_and_no_answer_of_the_host(stage: Stage, browser):
    ana = browser(ANA)
    stage.host.down = HostError("down")
    request = asked(ana, NARROWER)
    assert ana.post(f"{API}/requests/{request['id']}/publish").json["approved_by"] is None


def test_an_older_text_is_answered_with_409(browser):
    ana, ben = browser(ANA), browser(BEN)
    older, newer = asked(ana), asked(ana, WIDEST)
    for request, seen in ((older, older), (newer, older)):
        answer = ben.post(f"{API}/requests/{request['id']}/approve", {"seen": seen["sha256"]})
        assert answer.status_code == 409


def test_a_text_that_began_before_the_version_in_force_is_told_so(browser):
    ana, ben = browser(ANA), browser(BEN)
    ana.post(f"{API}/requests/{asked(ana, NARROWER)['id']}/publish")
    stale = {"text": WIDER, "reason": "more", "base": 1}
    answer = ben.post(f"{API}/requests", stale)
    assert (answer.status_code, "version 2 came into force" in answer.text) == (409, True)
    assert ben.post(f"{API}/requests", {**stale, "base": 2}).status_code == 200


def test_two_who_save_at_once_are_told(browser):
    ana, ben = browser(ANA), browser(BEN)
    first = ana.post(f"{API}/drafts", {"text": WIDER, "parent": None}).json
    ana.post(f"{API}/drafts", {"text": WIDEST, "parent": first["id"]})
    (other,) = ben.post(f"{API}/drafts", {"text": NARROWER, "parent": first["id"]}).json["meanwhile"]
    assert (other["by"], other["text"]) == ("Ana Alvarez", WIDEST)
    assert {piece["kind"] for piece in other["difference"]} == {"gone", "added"}
    assert {piece["text"] for piece in other["difference"] if piece["kind"] == "added"} < set(NARROWER.splitlines())
    page = ana.get("/settings/policy").text
    assert "the draft that Ben Baker saved" in page
    assert page.count("Open draft") == 3
    assert ben.get(f"{API}/drafts/2").json == {"id": 2, "base": 1, "text": WIDEST}


def test_the_nine_questions_answer_into_the_text(browser):
    ana = browser(ANA)
    assert len(ana.post(f"{API}/questions", {"text": STARTER}).json["questions"]) == 9
    answer = ana.post(f"{API}/answers", {"text": STARTER, "path": ["category", 0, "ceiling"], "value": "assisted"})
    assert ana.post(f"{API}/check", {"text": answer.json["text"]}).json["verdict"] == "narrower"
    assert ana.post(f"{API}/questions", {"text": "= ="}).status_code == 422
    assert ana.post(f"{API}/answers", {"text": STARTER, "path": ["schema"], "value": 2}).status_code == 422


def test_a_reviewer_reads_and_an_agent_does_not(browser):
    assert "Ask for it" not in browser(MEI).get("/settings/policy").text
    assert browser(MEI).post(f"{API}/requests", {"text": WIDER, "reason": "more"}).status_code == 403
    assert browser(ROSA).get("/settings/policy").status_code == 403


def test_with_one_admin_only_the_page_says_whom_to_add(stage: Stage, browser):
    ana = browser(ANA)
    assert 'data-testid="alone"' not in ana.get("/settings/policy").text
    with stage.deps.engine.begin() as tx:
        staff.set_role(tx, "ben@acme.example", "agent")
    page = ana.get("/settings/policy").text
    assert "The policy names ben@acme.example" in page


def test_a_trial_is_rung_and_its_progress_is_read(stage: Stage, browser):
    ana = browser(ANA)
    trial = ana.post(f"{API}/replays", {"text": WIDER, "days": 30}).json
    assert stage.rung[-1] == ("replay", (trial["id"],))
    assert ana.get(f"{API}/replays/{trial['id']}").json["state"] == "running"
    assert ana.post(f"{API}/replays/{trial['id']}/stop").json["state"] == "stopped"
    assert ana.get(f"{API}/replays/999").status_code == 404


@pytest.mark.parametrize("at", ["2030-01-01T10:00", "tomorrow", 7])
def test_a_time_without_its_zone_is_refused(browser, at):
    ana = browser(ANA)
    request = asked(ana, NARROWER)
    assert ana.post(f"{API}/requests/{request['id']}/publish", {"at": at}).status_code == 400


def test_the_file_says_where_it_came_from(browser):
    file = browser(ANA).get("/settings/policy/file")
    assert file.text.startswith("# countersign policy · deployment test · version 1 · sha256 ")
    assert file.text.endswith(STARTER)


def test_the_page_for_legal_carries_no_style_that_the_policy_of_the_page_forbids(browser):
    page = browser(MEI).get("/settings/policy/one-pager").text
    assert "<style" not in page
    assert "supports, not certified" in page

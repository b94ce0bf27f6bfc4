"""What people do through the JSON side, and what it answers when a rule says no."""

from __future__ import annotations

import threading
import time

import pytest

from app import deliver, sweep
from app.governance.proposal import Tier
from app.store import outbox
from tests.fakes import ANA, ROSA
from tests.web.stage import BEN, LETTER, MEI, SENTENCES

ROW = {"id", "host", "ticket", "subject", "category", "tier", "mode", "action", "state", "draft", "reasons", "seen"}


def send_what_is_due(stage) -> None:
    with stage.deps.readers.begin() as tx:
        due = outbox.due(tx, stage.deps.clock.now())
    for row in due:
        deliver.deliver(stage.deps, row)


def one(person, stored) -> dict:
    return person.get(f"/api/v1/proposals/{stored.id}").json


@pytest.fixture
def rosa(iframe):
    return iframe(ROSA)


@pytest.fixture
def stored(stage):
    return stage.proposed()


def approve(person, stored, **more):
    body = {"seen": one(person, stored)["seen"], **more}
    return person.post(f"/api/v1/proposals/{stored.id}/approve", body)


def test_the_queue_has_the_fields_of_the_command_line(rosa, stored):
    (row,) = rosa.get("/api/v1/queue").json
    assert set(row) == ROW
    assert (row["state"], row["mode"], row["tier"]) == ("offered", "assisted", 1)


def test_the_queue_can_be_narrowed(stage, rosa, stored):
    stage.proposed(category="returns-how-to")
    assert len(rosa.get("/api/v1/queue?category=delivery-times").json) == 1
    assert rosa.get("/api/v1/queue?state=sent").json == []


def test_an_approval_is_one_reply_after_the_undo_time(stage, clock, rosa, stored):
    answer = approve(rosa, stored, status="solved")
    assert (answer.status_code, answer.json["state"], answer.json["approval"]["by"]) == (200, "approved", ROSA.name)
    send_what_is_due(stage)
    assert stage.host.reached == []
    clock.tick(5)
    send_what_is_due(stage)
    assert stage.host.reached == [(stored.proposal.ticket, LETTER)]
    assert one(rosa, stored)["state"] == "sent"


def test_a_double_click_is_one_approval(stage, clock, rosa, stored):
    seen = {"seen": one(rosa, stored)["seen"]}
    path = f"/api/v1/proposals/{stored.id}/approve"
    assert [rosa.post(path, seen).status_code for _ in range(3)] == [200, 200, 200]
    clock.tick(5)
    send_what_is_due(stage)
    assert len(stage.host.reached) == 1


def test_undo_takes_it_back_in_time(stage, clock, rosa, stored):
    approve(rosa, stored)
    assert rosa.post(f"/api/v1/proposals/{stored.id}/undo").json["state"] == "offered"
    clock.tick(60)
    send_what_is_due(stage)
    assert stage.host.reached == []


def test_undo_after_it_left_is_refused(stage, clock, rosa, stored):
    approve(rosa, stored)
    clock.tick(5)
    send_what_is_due(stage)
    assert rosa.post(f"/api/v1/proposals/{stored.id}/undo").status_code == 409


def test_what_changed_since_it_was_seen_is_not_approved(rosa, stored):
    seen = one(rosa, stored)["seen"]
    rosa.post(f"/api/v1/proposals/{stored.id}/edit", {"text": SENTENCES[0].text, "seen": seen})
    answer = rosa.post(f"/api/v1/proposals/{stored.id}/approve", {"seen": seen})
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == "urn:countersign:changed"
    assert "changed" in answer.json["detail"]


def test_a_stop_makes_every_open_page_stale(stage, iframe, rosa, stored):
    seen = one(rosa, stored)["seen"]
    iframe(ANA).post("/api/v1/rollback", {"scope": "*"})
    assert rosa.post(f"/api/v1/proposals/{stored.id}/approve", {"seen": seen}).status_code == 409


def test_what_the_rules_refuse_is_answered_with_every_reason(stage, rosa):
    stored = stage.proposed(category="refund-exception", tier=Tier.JUDGEMENT)
    answer = approve(rosa, stored)
    assert answer.status_code == 422
    assert "human-sends" in {reason["rule"] for reason in answer.json["reasons"]}


def test_an_edit_is_shown_and_wants_a_new_approval(rosa, stored):
    text = "Standard delivery takes 3 to 5 working days within Europe."
    before = one(rosa, stored)
    path = f"/api/v1/proposals/{stored.id}/edit"
    assert rosa.post(path, {"text": text}).status_code == 400
    answer = rosa.post(path, {"text": text, "seen": before["seen"]})
    assert answer.json["draft"] == text
    assert rosa.post(path, {"text": "too late", "seen": before["seen"]}).status_code == 409
    assert answer.json["seen"] != before["seen"]


def test_a_rejection_wants_a_reason_of_the_list(rosa, stored):
    path = f"/api/v1/proposals/{stored.id}/reject"
    assert rosa.post(path, {"reason": "bad vibes"}).status_code == 422
    assert rosa.post(path, {}).status_code == 400
    assert rosa.post(path, {"reason": "wrong tone"}).json["state"] == "rejected"


def test_an_escalation_names_a_person_and_a_time(rosa, stored):
    path = f"/api/v1/proposals/{stored.id}/escalate"
    good = {"to": "ana@acme.example", "due": "2026-03-02T13:00:00Z"}
    for wrong in ({"to": "somebody"}, {"due": "2020-01-01T00:00:00Z"}):
        assert rosa.post(path, {**good, **wrong}).status_code == 422
    for unreadable in ("soon", "2026-03-02T13:00:00", "", 5):
        assert rosa.post(path, {**good, "due": unreadable}).status_code == 400
    assert rosa.post(path, good).json["state"] == "escalated"


def test_an_escalated_ticket_gets_no_answer(stage, clock, rosa, stored):
    approve(rosa, stored)
    rosa.post(
        f"/api/v1/proposals/{stored.id}/escalate",
        {"to": "ana@acme.example", "due": "2026-03-02T13:00:00Z", "note": "n"},
    )
    clock.tick(60)
    send_what_is_due(stage)
    assert stage.host.reached == []


def test_a_category_that_a_person_confirmed_is_sure(stage, rosa):
    stored = stage.proposed(confidence=0.2)
    assert one(rosa, stored)["can_approve"] is False
    assert rosa.post(f"/api/v1/proposals/{stored.id}/confirm-category").json["can_approve"] is True


def test_a_batch_is_single_approvals_with_results_of_their_own(stage, clock, iframe):
    mei = iframe(MEI)
    good, stale, draft_mode = (
        stage.proposed(),
        stage.proposed(),
        stage.proposed(category="refund-exception", tier=Tier.JUDGEMENT),
    )
    items = [{"id": stored.id, "seen": one(mei, stored)["seen"]} for stored in (good, stale, draft_mode)]
    items[1]["seen"] = "0" * 64
    results = mei.post("/api/v1/approvals", {"items": [*items, {"id": "nobody", "seen": "x"}], "status": "open"}).json[
        "results"
    ]
    assert [result["approved"] for result in results] == [True, False, False, False]
    assert all(result["why"] for result in results[1:])
    clock.tick(5)
    send_what_is_due(stage)
    assert [ticket for ticket, _ in stage.host.reached] == [good.proposal.ticket]


@pytest.mark.parametrize(
    "items", [None, [], "x", [1], [{"id": "x"}], [{"id": 1, "seen": 2}], [{"id": "x", "seen": "x"}] * 101]
)
def test_a_batch_that_is_none_is_refused(iframe, items):
    assert iframe(MEI).post("/api/v1/approvals", {"items": items}).status_code == 400


def test_a_stop_is_off_at_once_and_confirmed_when_nothing_is_in_flight(stage, iframe):
    ana = iframe(ANA, "/zendesk/desk")
    answer = ana.post("/api/v1/rollback", {"scope": "*", "reason": "odd answers"})
    assert {entry["scope"]: entry["state"] for entry in answer.json}["*"] in {"OFF", "CONFIRMED"}
    sweep.drain(stage.deps)
    assert {entry["scope"]: entry["state"] for entry in ana.get("/api/v1/switch").json}["*"] == "CONFIRMED"


def test_a_stop_tells_its_numbers_beforehand(stage, rosa, stored):
    approve(rosa, stored)
    stage.proposed()
    entry = next(entry for entry in rosa.get("/api/v1/switch").json if entry["scope"] == "support")
    assert entry["stop_would"] == {"in_flight": 0, "held": 1, "drafts": 1}


def test_a_restore_takes_two_admins(stage, iframe):
    ana, ben = iframe(ANA), iframe(BEN)
    ana.post("/api/v1/rollback", {"scope": "*"})
    sweep.drain(stage.deps)
    asked, granted = {"scope": "*"}, {"scope": "*", "granting": True}
    calls = ((ana, asked), (ana, granted), (ben, asked), (ben, granted))
    state = [person.post("/api/v1/restore", body).json for person, body in calls]
    assert state[-1][0]["state"] == "LIVE"
    assert all(answer[0]["state"] == "CONFIRMED" for answer in state[:-1] if isinstance(answer, list))


def test_a_scope_that_is_none_is_not_found(iframe):
    assert iframe(ANA).post("/api/v1/rollback", {"scope": "elsewhere"}).status_code == 404


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "{", "", '{"seen": 5}', '{"seen": null}'])
def test_a_body_that_is_none_gets_a_clear_answer(rosa, stored, body):
    headers = {"Authorization": f"Bearer {rosa.bearer}"}
    answer = rosa.client.post(
        f"/api/v1/proposals/{stored.id}/approve", data=body, headers=headers, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("status", ["closed", "new", 1, ["open"]])
def test_a_status_that_is_none_is_refused(rosa, stored, status):
    assert approve(rosa, stored, status=status).status_code == 400


def test_an_unforeseen_error_has_a_number_and_no_stack(web, rosa, capsys):
    web.view_functions["api.queue"] = lambda: 1 / 0
    answer = rosa.get("/api/v1/queue")
    assert answer.status_code == 500
    assert answer.json["error"] in answer.json["detail"]
    assert "Traceback" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert answer.json["error"] in capsys.readouterr().out


def test_an_escalation_is_closed_with_a_decision_and_a_reason(browser, rosa, stored):
    good = {"to": "ana@acme.example", "due": "2026-03-02T13:00:00Z"}
    rosa.post(f"/api/v1/proposals/{stored.id}/escalate", good)
    ana = browser(ANA)
    assert 'data-testid="escalations"' in ana.get("/escalations").text
    path = "/api/v1/escalations/1/close"
    assert ana.post(path, {"document": "a novel", "reason": "x"}).status_code == 422
    assert ana.post(path, {"document": "source fix", "reason": " "}).status_code == 422
    assert ana.post(path, {"document": "source fix", "reason": "x", "link": "javascript:alert(1)"}).status_code == 422
    assert ana.post(path, {"document": "source fix", "reason": "no source names it"}).json["state"] == "DOCUMENTED"
    assert ana.post(path, {"document": "", "reason": "again"}).status_code == 409
    assert 'data-testid="empty"' in ana.get("/parts/escalations").text


def test_a_correction_is_judged_anew_and_sends_nothing(stage, rosa, stored):
    answer = rosa.post(f"/api/v1/proposals/{stored.id}/correct", {"redo": "name the price", "shown_ms": 900})
    assert (answer.status_code, answer.json["state"], answer.json["draft"]) == (200, "working", None)
    assert stage.host.reached == []


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ({}, 422, "say what is wrong"),
        ({"category": "no-such-thing"}, 422, "no category"),
        ({"category": 7}, 400, "text"),
        ({"not_escalation": "yes"}, 422, "say what is wrong"),  # only the plain truth counts
        ({"not_escalation": True}, 422, "no escalation"),
    ],
)
def test_a_correction_that_says_nothing_usable_changes_nothing(rosa, stored, body, status, why):
    answer = rosa.post(f"/api/v1/proposals/{stored.id}/correct", body)
    assert (answer.status_code, why in answer.json["detail"]) == (status, True)
    assert one(rosa, stored)["state"] == "offered"


def test_only_a_reviewer_says_that_a_code_trigger_is_no_escalation(stage, rosa, iframe):
    escalated = stage.every_kind()["escalated"]
    path, body = f"/api/v1/proposals/{escalated.id}/correct", {"not_escalation": True}
    assert rosa.post(path, body).status_code == 403
    assert iframe(ANA).post(path, body).json["state"] == "working"


def test_a_stop_may_give_back_the_tokens_too(stage, iframe):
    ana = iframe(ANA)
    assert ana.post("/api/v1/rollback", {"scope": "support", "revoke": True}).status_code == 400
    assert "revoke" not in stage.host.calls
    answer = ana.post("/api/v1/rollback", {"scope": "*", "revoke": True})
    assert answer.status_code == 200
    deadline = time.monotonic() + 10
    while "revoke" not in stage.host.calls:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for thread in threading.enumerate():
        if thread.name.startswith("drain"):
            thread.join(10)

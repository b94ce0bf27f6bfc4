"""What machines ask."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa

from app import sweep
from app.host import Arrival, TicketRef
from app.store import heartbeats, inbox
from tests.fakes import ANA, ROSA


def test_a_process_that_answers_is_alive(web):
    assert web.test_client().get("/healthz").json == {"status": "alive"}


def test_it_is_ready_while_the_database_answers(stage, web):
    assert web.test_client().get("/readyz").status_code == 200

    @sa.event.listens_for(stage.deps.readers, "begin")
    def gone(connection):
        raise sa.exc.OperationalError("SELECT 1", {}, OSError("gone"))

    assert web.test_client().get("/readyz").status_code == 503


def test_the_figures_tell_the_switch(stage, web, iframe):
    assert 'countersign_switch_state{scope="*"} 0.0' in web.test_client().get("/metrics").text
    iframe(ANA).post("/api/v1/rollback", {"scope": "*"})
    sweep.drain(stage.deps)
    assert 'countersign_switch_state{scope="*"} 2.0' in web.test_client().get("/metrics").text


def test_what_waits_is_counted_with_its_age_and_a_figure_for_each_heartbeat(stage, web, iframe, clock):
    stored = stage.proposed()
    agent = iframe(ROSA)
    seen = agent.get(f"/api/v1/proposals/{stored.id}").json["seen"]
    assert agent.post(f"/api/v1/proposals/{stored.id}/approve", {"seen": seen}).status_code == 200
    with stage.deps.engine.begin() as tx:
        heartbeats.beat(tx, "sweeper", clock.now())
    clock.tick(36)
    figures = web.test_client().get("/metrics").text
    assert 'countersign_waiting{kind="answers"} 1.0' in figures
    assert 'countersign_waiting{kind="in-flight"} 0.0' in figures
    assert re.search(r'countersign_waiting_oldest_seconds{kind="answers"} 3[01]\.', figures)
    assert 'countersign_heartbeat_age_seconds{name="sweeper"} 36.0' in figures


def test_the_status_page_says_why(stage, browser, clock):
    with stage.deps.engine.begin() as tx:
        inbox.add(tx, stage.deps.keys, "zendesk", [Arrival("1", "poll", TicketRef("zendesk", "7"))], clock.now())
        row = inbox.waiting(tx, 1)
        inbox.later(tx, 1, clock.now(), "Zendesk asks us to wait", timedelta(seconds=60))
    assert row is not None
    clock.tick(120)
    page = browser(ROSA).get("/status").text
    line = re.search(r"waiting-deliveries.*?</tr>", page, re.DOTALL)
    assert line is not None
    for words in (">1<", "2 minutes", "Zendesk asks us to wait (1)"):
        assert words in line[0]


def test_no_figure_names_a_person_or_a_ticket(stage, web, iframe):
    stored = stage.proposed()
    iframe(ANA).get(f"/parts/ticket/zendesk/{stored.proposal.ticket}")
    figures = web.test_client().get("/metrics").text
    assert stored.proposal.ticket not in figures
    assert "acme.example" not in figures

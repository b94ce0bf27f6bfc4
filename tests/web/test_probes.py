"""What machines ask."""

from __future__ import annotations

import sqlalchemy as sa

from app import sweep
from tests.fakes import ANA


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


def test_no_figure_names_a_person_or_a_ticket(stage, web, iframe):
    stored = stage.proposed()
    iframe(ANA).get(f"/parts/ticket/zendesk/{stored.proposal.ticket}")
    figures = web.test_client().get("/metrics").text
    assert stored.proposal.ticket not in figures
    assert "acme.example" not in figures

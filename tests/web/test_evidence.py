"""The evidence page: one step large, six lines, nothing green that is not done."""

from __future__ import annotations

import re

from app.governance.fingerprint import Tools
from app.store import evidence, policies
from tests.fakes import ANA, ROSA
from tests.web.test_pages import visible

TOOLS = Tools(model="embedded", prompts={}, retrieval={})


def offered(stage) -> None:
    """One draft of the starter policy's first category, made with known tools."""
    stored = stage.proposed()
    with stage.deps.engine.begin() as tx:
        policy = policies.in_force(tx, stage.deps.clock.now())
        mark = evidence.fingerprint_of(tx, stored.proposal, policy, TOOLS, stage.deps.clock.now())
        assert mark
        tx.exec_driver_sql(f"UPDATE proposal SET fingerprint = '{mark}' WHERE id = '{stored.id}'")


def test_the_next_step_is_large_and_six_lines_stand_below(stage, browser):
    html = browser(ANA).get("/evidence").text
    section = re.search(
        r'<section class="earning inconclusive" data-testid="evidence-delivery-times".*?</section>', html, re.S
    )
    assert section
    assert "Not yet" in section[0]
    assert "more good reviews needed; at most 1 in" in re.search(r'data-testid="next-step">(.*?)</p>', section[0])[1]
    assert section[0].count('<li class="open">') + section[0].count('<li class="done">') == 6


def test_a_plan_is_shown_with_its_hash_and_what_is_left_out(stage, browser):
    assert "Written down with the first draft" in browser(ANA).get("/evidence").text
    offered(stage)
    words = visible(browser(ANA).get("/evidence").text)
    assert "by policy version 1" in words
    assert "1 still waiting for a review" in words
    assert "Nothing yet" in words


def test_whoever_has_this_edition_costs_one_read(stage, browser):
    person = browser(ANA)
    first = person.get("/parts/evidence")
    assert person.get("/parts/evidence", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    offered(stage)
    assert person.get("/parts/evidence", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    before = person.get("/parts/evidence").headers["ETag"]
    stage.deps.clock.tick(24 * 3600)
    assert browser(ANA).get("/parts/evidence").headers["ETag"] != before  # a review may have become old


def test_it_is_for_reviewers(browser):
    assert browser(ROSA).get("/evidence").status_code == 403
    assert 'data-testid="nav-evidence"' in browser(ANA).get("/").text
    assert 'data-testid="nav-evidence"' not in browser(ROSA).get("/").text

"""Many escalations: a page shows as many as it can bear, one's own first, and says how many there are."""

from __future__ import annotations

from datetime import timedelta

from app import escalating, review
from app.web.escalations import ROWS
from tests.fakes import ANA, ROSA


def test_they_come_page_by_page_and_ones_own_come_first(stage, browser):
    due = stage.deps.clock.now() + timedelta(hours=1)
    rosa = review.Actor(stage.member(ROSA), "sidebar")
    for number in range(ROWS + 1):
        stored = stage.proposed(subject=f"Matter {number:02}")
        to = "ana@acme.example" if number == ROWS else "legal@acme.example"
        escalating.escalate(stage.deps, stored.id, to, due + timedelta(minutes=number), rosa)
    ana = browser(ANA)
    first, second = ana.get("/escalations").text, ana.get("/parts/escalations?page=2").text
    assert first.count('data-testid="escalation"') == ROWS
    assert first.index(f"Matter {ROWS}") < first.index("Matter 00")
    assert f"{ROWS} of {ROWS + 1} open ones" in first
    assert second.count('data-testid="escalation"') == 1
    assert ana.get("/escalations?page=99").text.count('data-testid="escalation"') == 1

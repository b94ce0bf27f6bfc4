"""The pages of sources: what is there, who may do what, and what an agent sees of a draft that is held back."""

from __future__ import annotations

from html import unescape
from typing import Any

from tests.fakes import ANA, ROSA
from tests.shelf import FILES
from tests.web.stage import BEN, MEI, SHIPPING, Stage

FASTER = SHIPPING.replace("3 to 5 working days", "2 to 4 working days")


def asked(browser: Any, text: str = FASTER) -> Any:
    return browser(ANA).post("/api/v1/sources", {"text": text, "name": "a.md", "reason": "faster"})


def approve(browser: Any, request: int, seen: str) -> Any:
    return browser(BEN).post(f"/api/v1/sources/requests/{request}/approve", {"seen": seen})


def seen_on(html: str) -> str:
    return html.split('name="seen" value="')[1].partition('"')[0]


def test_the_shelf_lists_every_source_and_links_to_each(browser: Any) -> None:
    html = browser(MEI).get("/settings/sources").text
    assert html.count('data-testid="source"') == len({file.name.partition(".")[0] for file in FILES.glob("*.md")})
    assert "/settings/source?id=shipping-times&amp;language=de" in html
    assert browser(ROSA).get("/settings/sources").status_code == 403


def test_a_change_goes_from_text_to_in_force_by_two_with_the_difference_shown(browser: Any) -> None:
    made = asked(browser).json
    assert made["says"] == "Asked: a second person approves it."
    html = browser(BEN).get("/settings/sources").text
    assert "<del>Standard delivery takes 3 to 5 working days within Europe.</del>" in html
    assert "<ins>Standard delivery takes 2 to 4 working days within Europe.</ins>" in html
    assert 'data-testid="approve-source"' not in browser(ANA).get("/settings/sources").text
    assert approve(browser, made["request"], seen_on(html)).json["change"] == "changed"
    history = browser(MEI).get("/settings/source?id=shipping-times&language=en").text
    assert "changed by Ana Alvarez, approved by Ben Baker" in history
    assert history.count('data-testid="source-version"') == 2


def test_what_cannot_be_read_says_where(browser: Any) -> None:
    answer = asked(browser, SHIPPING.replace("language", "tongue"))
    assert (answer.status_code, "line 1: missing language" in answer.json["detail"]) == (422, True)


def test_an_agent_sees_what_changed_and_cannot_approve_until_somebody_looked(stage: Stage, browser: Any) -> None:
    item = stage.proposed()
    made = asked(browser).json
    approve(browser, made["request"], seen_on(browser(BEN).get("/settings/sources").text))
    rosa = browser(ROSA)
    html = rosa.get(f"/parts/proposal/{item.id}").text
    assert "changed since this was written" in html
    assert "<del>Standard delivery takes 3 to 5 working days within Europe.</del>" in html
    assert 'data-testid="approve"' not in html
    assert 'data-testid="insert"' not in html
    against = html.split('data-against="')[1].partition('"')[0]
    assert rosa.post(f"/api/v1/proposals/{item.id}/confirm-sources", {"against": "0"}).status_code == 409
    assert rosa.post(f"/api/v1/proposals/{item.id}/confirm-sources", {"against": against}).status_code == 200
    assert 'data-testid="approve"' in rosa.get(f"/parts/proposal/{item.id}").text


def test_a_retired_source_offers_only_to_write_it_anew(stage: Stage, browser: Any) -> None:
    item = stage.proposed()
    browser(MEI).post("/api/v1/sources/retire", {"id": "shipping-times", "language": "en", "reason": "over"})
    html = browser(ROSA).get(f"/parts/proposal/{item.id}").text
    assert ('data-testid="redo-draft"' in html, 'data-testid="confirm-sources"' in html) == (True, False)
    assert browser(ROSA).post(f"/api/v1/proposals/{item.id}/redo").status_code == 200
    assert ("handle",) in {(job,) for job, _ in stage.rung}


def test_a_known_failure_is_opened_by_one_and_closed_by_two(browser: Any) -> None:
    said = {"name": "Invents days", "description": "3 to 5 everywhere", "phrases": "3 to 5\r\n", "category": ""}
    pattern = browser(MEI).post("/api/v1/patterns", said).json["id"]
    assert "Invents days" in browser(MEI).get("/parts/sources").text
    close = f"/api/v1/patterns/{pattern}/close"
    assert not browser(ANA).post(close, {"done": "the source names the countries"}).json["closed"]
    assert browser(BEN).post(close, {"granting": "true"}).json["closed"]


def test_a_wish_is_listed_until_it_is_done(browser: Any) -> None:
    fix = browser(ROSA).post("/api/v1/sources/fixes", {"words": "Say what Saturday costs", "id": "shipping-times"}).json
    assert "Say what Saturday costs" in browser(MEI).get("/parts/sources").text
    browser(MEI).post(f"/api/v1/sources/fixes/{fix['id']}/done")
    assert "Say what Saturday costs" not in browser(MEI).get("/parts/sources").text


def test_what_a_source_says_is_shown_as_text(browser: Any) -> None:
    attack = SHIPPING.replace("shipping-times", "x").replace("Standard delivery takes", "<script>alert(1)</script>")
    assert asked(browser, attack).json["request"] is None
    assert "<script>alert" not in browser(ANA).get("/settings/source?id=x").text


def test_the_page_takes_a_wish_and_a_known_failure(browser: Any) -> None:
    html = browser(MEI).get("/settings/sources").text
    assert ('data-testid="fix-form"' in html, 'data-testid="pattern-form"' in html) == (True, True)


def test_a_lead_sees_what_people_changed_and_takes_it_up_with_one_click(stage: Stage, browser: Any) -> None:
    item = stage.proposed()
    browser(ROSA).post(f"/api/v1/proposals/{item.id}/reject", {"reason": "wrong answer"})
    html = browser(MEI).get("/settings/sources").text
    assert 'data-testid="lesson-failure"' in html
    assert "1 × wrong answer" in html
    phrases = html.split('name="phrases" value="')[1].partition('"')[0]
    taken = {"name": "wrong days", "description": "Rejected", "phrases": unescape(phrases)}
    assert browser(MEI).post("/api/v1/patterns", taken).status_code == 200
    assert 'data-testid="lesson-failure"' not in browser(MEI).get("/settings/sources").text

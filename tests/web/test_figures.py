"""The figures page: one table, nothing coloured that is too few to judge, weeks anew once a minute."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from app import board
from app.governance.decision import Freeze
from app.governance.events import Answered, Drafted, Opened
from app.governance.freezing import Kind
from app.store import events, freezes
from app.store.freezes import Scope
from app.web import charts, views
from tests.fakes import ANA, ROSA
from tests.governance.test_guardrails import told
from tests.web.test_pages import visible


@pytest.fixture
def many(stage, monkeypatch):
    """Forty mature automatic answers and as many held back in the same weeks, a few young ones, a category of the past."""
    start = stage.deps.clock.now() - timedelta(days=40)
    happened = [
        *told(40, 4, at=start), *told(40, 2, at=start, mode="assisted", held_out=True),
        *told(12, 1, at=stage.deps.clock.now() - timedelta(days=1), first=500),
        *told(3, at=start, mode="own", category="shipping"),
    ]  # fmt: skip
    happened += [Drafted(at=one.at + timedelta(seconds=100), ticket=one.ticket) for one in happened if isinstance(one, Opened) and "auto" in one.ticket]  # fmt: skip
    for read in ("read", "of_week"):
        monkeypatch.setattr(events, read, lambda *_: happened)


def row(html: str, words: str) -> str:
    found = re.search(rf'<th scope="row">{words}.*?</tr>', html, re.S)
    assert found
    return visible(found[0])


def test_each_way_of_sending_is_a_row_beside_the_others(many, browser):
    html = browser(ANA).get("/figures").text
    assert "52 10.0 % 4 of 40 1 so far of the 12 newest" in row(html, "Auto-send")
    assert "40 5.0 % 2 of 40" in row(html, "Held back to compare")
    assert "not seen to be worse than held back (10.0%, 5.0%)" in visible(html)


def test_too_few_is_said_and_never_a_share(many, browser):
    html = browser(ANA).get("/figures").text
    assert "too few to judge 0 of 3" in row(html, "Own answers")
    assert "No longer in the policy" in visible(html)


def test_a_deployment_without_answers_says_so(browser):
    assert "No reply yet in this time" in visible(browser(ANA).get("/figures").text)


def test_it_is_judged_anew_once_a_minute_and_is_for_reviewers(stage, browser):
    person = browser(ANA)
    first = person.get("/parts/figures?weeks=4")
    same = {"If-None-Match": first.headers["ETag"]}
    assert person.get("/parts/figures?weeks=4", headers=same).status_code == 304
    stage.deps.clock.tick(61)
    assert browser(ANA).get("/parts/figures?weeks=4", headers=same).status_code == 200
    assert browser(ROSA).get("/figures").status_code == 403


def test_why_a_category_is_back_to_approval_stands_beside_it(many, stage, browser):
    scope, cause = Scope(category="delivery-times"), "more customers came back than usual (6 of 7)"
    with stage.deps.engine.begin() as tx:
        freezes.freeze(tx, scope, Freeze.AUTO_OFF, Kind.GUARDRAIL, cause, "countersign", stage.deps.clock.now())
    words = visible(browser(ANA).get("/figures").text)
    assert "Delivery times Frozen Back to approval: more customers came back than usual (6 of 7)." in words


def test_a_point_of_a_chart_leads_to_the_answers_behind_it(many, browser):
    html = browser(ANA).get("/figures").text
    places = re.findall(r'<a class="point m-auto" href="([^"]+metric=recontact[^"]*)" aria-label="([^"]+)"', html)
    assert [words for _, words in places] == ["Auto-send, 2026-W04: 4 of 40 (10.0%)"]
    behind = browser(ANA).get(unescape(places[0][0])).text
    assert behind.count("<strong>yes</strong>") == 4
    assert "40 replies" in visible(behind)


def test_how_long_customers_waited_is_drawn_and_leads_to_the_slowest_first(many, stage, browser, monkeypatch):
    html = browser(ANA).get("/figures").text
    ((place, words),) = re.findall(
        r'<a class="point m-auto" href="([^"]+metric=draft[^"]*)" aria-label="([^"]+)"', html
    )
    assert words == "Auto-send, 2026-W04: half within 2 minutes, 9 of 10 within 2 minutes; known of 40 of 40 replies"
    assert html.count('<g class="ninth">') == 3  # auto's draft, and both ways' first reply
    assert "2 minutes 9 of 10 within 2 minutes 30 minutes" in row(html, "Auto-send")
    behind = visible(browser(ANA).get(unescape(place)).text)
    assert behind.count("2 minutes") == 40
    lines = browser(ANA).get("/figures/draft.csv?category=delivery-times").text.splitlines()
    assert lines[0].startswith("week,sent as,first replies,known of,half within (s),low,high,9 of 10 within (s)")
    assert any(line.endswith(",Auto-send,40,40,100,100,100,100,100,100") for line in lines)
    assert any(line.endswith(",Held back to compare,40,0,,,,,,") for line in lines)  # not known is never zero


def test_an_answer_behind_a_point_leads_to_its_receipt_and_all_are_in_the_sheet(many, stage, browser, monkeypatch):
    stored = stage.proposed()
    ours = [replace(one, proposal=stored.id) if isinstance(one, Answered) else one for one in events.of_week()]
    monkeypatch.setattr(events, "of_week", lambda *_: ours)
    monkeypatch.setattr(charts, "SHOWN", 10)
    place = "week=2026-W04&mode=auto&metric=recontact"
    html = browser(ANA).get(f"/figures/behind?{place}").text
    assert html.count(f'href="/log/{stored.id}"') == 10
    assert "10 of 40 are shown" in visible(html)
    assert visible(html).index("yes") < visible(html).index(" no ")  # what went wrong stands first
    assert browser(ANA).get(f"/figures/behind.csv?{place}").text.count(stored.id) == 40
    forged = browser(ANA).get(f"/figures/behind?{place}&endpoint=auth.sign_out&_external=1&_scheme=javascript")
    assert f'href="/figures/behind.csv?{place.replace("&", "&amp;")}"' in forged.text


def test_an_alarm_has_its_table_its_sheet_and_the_messages_that_lifted_it(many, stage, browser, monkeypatch):
    stored = stage.proposed()
    ours = [replace(one, proposal=stored.id) if isinstance(one, Answered) else one for one in events.read()]
    monkeypatch.setattr(events, "read", lambda *_: ours)
    html = browser(ANA).get("/figures").text
    alarm = html[html.index('data-testid="alarm-delivery-times-recontact"') :]
    alarm = alarm[: alarm.index("</figure>")]
    assert alarm.count(f'<a class="point failed" href="/log/{stored.id}"') == 5
    assert "Of the way to the alarm" in alarm
    place = re.search(r'class="csv" href="([^"]+)"', alarm)
    assert place
    lines = browser(ANA).get(unescape(place[1])).text.splitlines()
    assert (len(lines), lines[0]) == (6, "answer,sent at,of the way to the alarm,message")
    assert browser(ANA).get("/figures/alarm/nonsense.csv?category=delivery-times").status_code == 404


def test_a_week_that_is_young_or_thin_has_no_point(many, browser):
    html = browser(ANA).get("/figures?category=shipping").text
    assert 'class="point m-' not in html
    assert "too few in each week to judge" in visible(html)
    assert 'class="young"' in browser(ANA).get("/figures").text


def test_a_category_without_replies_keeps_the_menu_and_says_so(many, browser):
    html = browser(ANA).get("/figures?category=no-such").text
    assert 'data-testid="chart-category"' in html
    assert '<option value="no-such" selected>No such</option>' in html
    assert "No reply of this category in this time" in visible(html)
    assert 'class="chart" data-testid="chart-' not in html


def test_each_chart_has_its_table_as_csv(many, browser):
    answer = browser(ANA).get("/figures/recontact.csv?weeks=13&category=delivery-times")
    assert answer.mimetype == "text/csv"
    lines = answer.text.splitlines()
    assert lines[0].startswith("week,sent as,went wrong,of,share,low,high")
    assert any("Auto-send,4,40,0.1," in line for line in lines)
    assert any(",Auto-send,0,0,,,,1,12" in line for line in lines)  # too few: no share


@pytest.mark.parametrize("path", ["/figures/nonsense.csv", "/figures/behind?week=2026-W99&mode=auto&metric=recontact", "/figures/behind?week=9999-W52&mode=auto&metric=recontact", "/figures/behind?week=x"])  # fmt: skip
def test_a_figure_that_is_none_is_not_found(browser, path):
    assert browser(ANA).get(path).status_code == 404


def test_what_the_clock_counted_is_shown_with_the_freezes_of_this_moment(many, stage, monkeypatch):
    monkeypatch.setattr(board, "QUICK", 0)
    now_counted = {weeks: board.board(stage.deps, weeks) for weeks in board.SPANS}
    board.count(stage.deps)
    monkeypatch.setattr(events, "read", lambda *_: [])
    assert {weeks: board.board(stage.deps, weeks) for weeks in views.WEEKS} == now_counted
    with stage.deps.engine.begin() as tx:
        freezes.freeze(tx, Scope(category="delivery-times"), Freeze.AUTO_OFF, Kind.GUARDRAIL, "why", "countersign", stage.deps.clock.now())  # fmt: skip
    assert [group.frozen for group in board.board(stage.deps, 13).groups if group.category == "delivery-times"] == [
        ("why",)
    ]
    stage.deps.clock.tick(7200)
    assert board.board(stage.deps, 13).now == stage.deps.clock.now()  # nobody counts any more


def test_an_alarm_is_drawn_in_few_points_and_counts_every_answer(many, browser, monkeypatch):
    monkeypatch.setattr(board, "_PEAKS", 10)
    html = browser(ANA).get("/figures").text
    points = re.findall(r'<polyline class="sum" points="([^"]+)"', html)
    assert points
    assert all(len(line.split()) <= 11 for line in points)
    assert "52 answers, in the order of sending" in visible(html)

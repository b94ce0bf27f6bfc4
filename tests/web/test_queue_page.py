"""The queue's list: as much of it as the address asks for, read in one look however long it is."""

from __future__ import annotations

import re

import sqlalchemy as sa

from app import desk
from app.store.lineup import Wanted
from app.web import views
from tests.fakes import ANA
from tests.web.stage import MEI
from tests.web.test_pages import visible


def subjects(html: str) -> list[str]:
    return re.findall(r'data-subject="([^"]*)"', html)


def statements(stage, count: int) -> int:
    """How often SQL is asked to show that many."""
    asked = []
    listen = ("before_cursor_execute", lambda *_: asked.append(1))
    sa.event.listen(stage.deps.readers, *listen)
    try:
        assert len(desk.queue(stage.deps, limit=count)) == count
    finally:
        sa.event.remove(stage.deps.readers, *listen)
    return len(asked)


def test_the_address_says_what_is_shown(stage, browser):
    stage.proposed(subject="Parcel")
    stage.proposed(subject="Refund", category="refund-exception", tier=2)
    ana = browser(ANA)
    assert subjects(ana.get("/").text) == ["Parcel", "Refund"]
    assert subjects(ana.get("/?category=refund-exception").text) == ["Refund"]
    assert subjects(ana.get("/parts/queue?show=open&category=&tier=1").text) == ["Parcel"]
    assert subjects(ana.get("/?category=none-such&tier=9").text) == []


def test_a_list_that_is_cut_says_how_many_there_are(stage, browser):
    for _ in range(3):
        stage.proposed()
    assert '<span class="count">3</span></h2>' in browser(ANA).get("/").text
    assert desk.by_category(stage.deps, desk.WAITING, most=3) == {"delivery-times": 3}
    assert len(desk.queue(stage.deps, desk.WAITING, Wanted("delivery-times"), limit=2)) == 2


def test_counting_ends_somewhere_and_says_so(stage, browser, monkeypatch):
    monkeypatch.setitem(views.COUNTED, "open", 2)
    for count, told in enumerate(("1", "2", "2+", "2+"), 1):
        stage.proposed()
        page = browser(ANA).get("/").text
        assert f'Waiting <span class="count">{told}</span>' in page
        assert f'<span class="count">{count}</span></h2>' in page


def test_the_longest_waiting_come_first_and_the_newest_of_what_is_done(stage, clock):
    ids = []
    for state in ("offered", "approved", "offered"):
        ids.append(stage.proposed(state=state).id)
        clock.tick(60)
    assert [item.id for item in desk.queue(stage.deps, desk.WAITING)] == ids
    done = []
    for state in ("sent", "rejected"):
        done.append(stage.proposed(state=state).id)
        clock.tick(60)
    assert [item.id for item in desk.queue(stage.deps, desk.DONE)] == done[::-1]


def test_a_long_queue_asks_sql_no_more_often_than_a_short_one(stage):
    for _ in range(5):
        stage.proposed()
    assert statements(stage, 5) == statements(stage, 1)


def test_one_look_shows_what_each_look_alone_would(stage):
    stage.proposed(state="sent")
    stage.proposed(state="escalated")
    stage.proposed()
    for item in desk.queue(stage.deps, (*desk.SHOWN, *desk.DONE)):
        assert item == desk.proposal(stage.deps, item.id)


def test_the_last_batch_is_found_again(stage, browser):
    fine, stale = stage.proposed(subject="Fine"), stage.proposed(subject="Stale")
    ana = browser(ANA)
    seen = dict(re.findall(r'data-line="([^"]+)" data-seen="([^"]+)"', ana.get("/").text))
    items = [{"id": fine.id, "seen": seen[fine.id]}, {"id": stale.id, "seen": "0" * 64}]
    assert ana.post("/api/v1/approvals", {"items": items, "status": "pending"}).status_code == 200
    told = visible(ana.get("/parts/batch").text)
    assert "0 of 2 sent · 1 on the way · 1 not sent" in told
    assert "Stale : not approved: it changed since you saw it" in told
    assert browser(MEI).get("/parts/batch").text.strip() == ""

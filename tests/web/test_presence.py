"""Who is on this: who has a ticket open is told to the others, in every place where it is shown, and to nobody for long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis

from app import create_app, presence
from app.presence import KEY, LASTS, Look, RedisPresence
from tests.fakes import ANA, CASEY, ROSA
from tests.web import google
from tests.web.google import Gmail, card, text
from tests.web.stage import MEI

HERE = "Rosa Romano is on this"


def sidebar(iframe, person, stored):
    return iframe(person).get(f"/parts/ticket/zendesk/{stored.proposal.ticket}").text


def test_whoever_opens_the_sidebar_is_seen_by_the_others_and_not_by_themselves(stage, iframe, browser, clock):
    stored = stage.proposed()
    assert "is on this" not in sidebar(iframe, ROSA, stored)
    ana = browser(ANA)
    for shown in (
        ana.get("/").text,
        ana.get("/parts/queue").text,
        ana.get(f"/parts/proposal/{stored.id}").text,
        sidebar(iframe, MEI, stored),
    ):
        assert HERE in shown
    assert "Mei" not in sidebar(iframe, MEI, stored)
    assert "is on this" not in browser(ROSA).get(f"/parts/proposal/{stage.proposed().id}").text, "another ticket"
    clock.tick(LASTS.total_seconds() + 1)
    assert "on this" not in ana.get("/").text


def test_whoever_reads_the_queue_is_on_nothing(stage, iframe, browser):
    stored = stage.proposed()
    browser(ANA).get(f"/parts/proposal/{stored.id}")
    assert "is on this" not in sidebar(iframe, ROSA, stored)


def test_the_list_is_rendered_anew_when_somebody_comes(stage, iframe, browser):
    stored, ana = stage.proposed(), browser(ANA)
    tag = ana.get("/parts/queue").headers["ETag"]
    assert ana.get("/parts/queue", headers={"If-None-Match": tag}).status_code == 304
    sidebar(iframe, ROSA, stored)
    assert HERE in ana.get("/parts/queue", headers={"If-None-Match": tag}).text


def test_gmails_card_and_the_desk_see_the_same_people(stage, browser):
    gmail = google.on_gmail(stage)
    stored, app = gmail.proposed(), gmail.app()
    rosa, mei = (Gmail(app.test_client(use_cookies=False), person) for person in (ROSA, MEI))
    assert "is on this" not in text(card(rosa.post("message", ticket=stored.proposal.ticket)))
    shown = card(mei.post("message", ticket=stored.proposal.ticket))
    assert HERE in text(shown)
    assert "Mei" not in text(card(mei.press(shown, "Refresh")))
    refreshed = card(rosa.press(card(rosa.post("message", ticket=stored.proposal.ticket)), "Refresh"))
    assert presence.said((gmail.member(MEI).name,)) in text(refreshed)


def test_a_thread_that_is_none_of_ours_tells_nobody(stage):
    gmail = google.on_gmail(stage)
    Gmail(gmail.app().test_client(use_cookies=False), ROSA).post("message", ticket="abc")
    assert gmail.deps.presence.at == {}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), ""),
        (("Anna",), "Anna is on this"),
        (("Anna", "Ben"), "Anna and Ben are on this"),
        (("Anna", "Ben", "Cleo"), "Anna, Ben and Cleo are on this"),
        (("Anna", "Ben", "Cleo", "Dan"), "Anna, Ben and 2 others are on this"),
    ],
)
def test_it_is_said_in_words(names, words):
    assert presence.said(names) == words


# --- where it is kept ----------------------------------------------------------------------------------------------------
@pytest.fixture
def inside(redis_url) -> Iterator[redis.Redis]:
    """What lies in Redis."""
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushall()
        yield connection
        connection.flushall()


def test_redis_forgets_after_two_minutes_and_a_wipe_harms_nothing(redis_url, inside, clock):
    kept, look = RedisPresence(redis_url), Look("zendesk", "7", "m1")
    assert kept.looks(clock.now(), look) == {look}
    clock.tick(100)
    other = Look("gmail:support@acme.example", "19ab", "m2")
    assert RedisPresence(redis_url).looks(clock.now(), other) == {look, other}
    clock.tick(30)
    assert kept.looks(clock.now()) == {other}
    assert inside.zcard(KEY) == 1, "the old one is gone"
    assert 0 < inside.ttl(KEY) <= 120
    inside.flushall()
    assert kept.looks(clock.now()) == set()


def test_somebody_elses_words_in_redis_are_nobody(redis_url, inside, clock):
    inside.zadd(KEY, {"[1]": clock.now().timestamp()})
    assert RedisPresence(redis_url).looks(clock.now()) == set()


def test_a_redis_that_is_away_is_asked_once_and_then_left_in_peace(free_port, clock):
    passed = [0.0]
    kept = RedisPresence(f"redis://127.0.0.1:{free_port()}/0", lambda: passed[0])
    assert kept.looks(clock.now(), Look("zendesk", "7", "m1")) == set()
    assert kept.is_away
    passed[0] = 11.0
    assert not kept.is_away


def test_the_card_is_shown_whatever_redis_does(stage, free_port):
    gmail = google.on_gmail(stage)
    away = replace(gmail.deps, presence=RedisPresence(f"redis://127.0.0.1:{free_port()}/0"))
    rosa = Gmail(create_app(away).test_client(use_cookies=False), ROSA)
    shown = card(rosa.post("message", ticket=gmail.proposed().proposal.ticket))
    assert CASEY.name not in text(shown)
    assert "Approve &amp; send" in text(shown) or "Approve & send" in text(shown)

"""Too often is refused in plain words with a time to come again; a stop is never counted, and needs no Redis to be pressed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import redis

from app import create_app
from app.config import Limits
from app.known import Trust
from app.limits import CountsHere, RedisCounts, What, seconds_to_wait
from app.web.access import ACCESS, Door
from app.web.limits import TOO_OFTEN
from tests.fakes import ANA, ROSA
from tests.web import google
from tests.web.browsers import Browser
from tests.web.google import Gmail, card, text
from tests.web.stage import MEI
from tests.web.test_access import address, method, rules
from tests.web.test_webhooks import rows

STOPS = {
    "api.rollback", "pages.stop", "freezes.freeze", "drills.begin", "earning.lower", "sources.retire", "sources.withdraw",
    "sources.open_pattern", "stop_links.press", "stop_links.withdraw", "policy.withdraw", "people.sign_out",
}  # fmt: skip
THEIR_PAGES = {"pages.settings", "parts.settings", "parts.state", "stop_links.page", "auth.renew", "sidebar.sidebar"}


@dataclass
class Tired:
    """Counts that have had enough as soon as they are told so."""

    tired: bool = False

    def count(self, key: str, minute: int, at_once: int = 1) -> int:
        return 10**9 if self.tired else 0


@pytest.fixture
def limited(stage):
    """The same deployment with other limits."""

    def build(**most):
        settings = replace(stage.deps.settings, limits=Limits(**most))
        stage.deps = replace(stage.deps, settings=settings, counts=CountsHere())
        return stage.app()

    return build


@pytest.fixture
def tired(stage):
    stage.deps = replace(stage.deps, counts=Tired())
    return stage.deps.counts


@pytest.mark.threat("without-end")
def test_what_stops_and_the_pages_it_is_pressed_on_are_never_counted():
    counted = {name for name, access in ACCESS.items() if access.door is Door.PERSON and access.trust is not Trust.LAST}
    counted |= {name for name, access in ACCESS.items() if access.door in {Door.FORM, Door.HANDSHAKE}}
    assert (STOPS | THEIR_PAGES) & counted == set()
    assert set(ACCESS) >= STOPS | THEIR_PAGES


@pytest.mark.threat("without-end")
def test_every_other_route_says_so_in_words_and_when_to_come_again(stage, tired):
    web = stage.app()
    ana = Browser.of(stage, web, ANA)
    tired.tired = True
    for rule in sorted(rules(web), key=lambda rule: rule.endpoint == "auth.sign_out"):
        access = ACCESS[rule.endpoint]
        answer = ana.post(address(rule)) if method(rule) == "POST" else ana.get(address(rule))
        counted = access.door in {Door.FORM, Door.HANDSHAKE} or (
            access.door is Door.PERSON and access.trust is not Trust.LAST
        )
        assert (answer.status_code == 429) == counted, (rule, answer.status_code)
        if counted:
            assert 0 < int(answer.headers["Retry-After"]) < 60
            assert TOO_OFTEN in answer.text


def test_a_person_is_counted_over_all_their_windows_and_let_in_again_a_minute_later(stage, limited, clock):
    web = limited(calls=3)
    one, other, rosa = Browser.of(stage, web, MEI), Browser.of(stage, web, MEI), Browser.of(stage, web, ROSA)
    assert [client.get("/api/v1/queue").status_code for client in (one, other, one, other)] == [200, 200, 200, 429]
    assert rosa.get("/api/v1/queue").status_code == 200, "a colleague is somebody else"
    assert one.post("/api/v1/rollback", {"scope": "*"}).status_code == 200, (
        "whoever called too often stops all the same"
    )
    clock.tick(60)
    assert one.get("/api/v1/queue").status_code == 200


@pytest.mark.threat("without-end")
def test_whoever_tries_to_sign_in_too_often_waits_and_others_do_not(limited):
    client = limited(sign_ins=2, proxies=1).test_client()
    tried = [client.post("/sign-in", headers={"X-Forwarded-For": "203.0.113.7"}).status_code for _ in range(3)]
    assert tried == [403, 403, 429]
    answer = client.get("/sign-in/zendesk", headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 429, "every way in is one count"
    assert TOO_OFTEN in answer.text
    assert "Traceback" not in answer.text
    assert client.post("/sign-in", headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 403


def test_nobody_gives_themselves_another_address(limited):
    client = limited(sign_ins=2).test_client()
    tried = [client.post("/sign-in", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(3)]
    assert tried == [403, 403, 429]


@pytest.mark.threat("without-end")
def test_a_host_that_delivers_too_fast_is_asked_to_come_again_and_nothing_is_lost(stage, limited, clock):
    client = limited(deliveries=2).test_client()
    deliveries = [stage.host.delivery(stage.host.new_ticket("hello"), event=str(number)) for number in range(3)]

    def deliver(number):
        headers, body = deliveries[number]
        return client.post("/webhooks/zendesk", data=body, headers=headers)

    assert [deliver(number).status_code for number in range(3)] == [202, 202, 429]
    again = deliver(2)
    assert (again.status_code, len(rows(stage))) == (429, 2)
    assert 0 < int(again.headers["Retry-After"]) < 60
    assert 'outcome="too-often"} 2.0' in client.get("/metrics").text
    clock.tick(60)
    assert (deliver(2).status_code, len(rows(stage))) == (202, 3)


def test_whoever_forges_deliveries_does_not_use_up_the_hosts(stage, limited):
    client = limited(deliveries=1).test_client()
    headers, body = stage.host.delivery(stage.host.new_ticket("hello"))
    assert {client.post("/webhooks/zendesk", data=body + b" ", headers=headers).status_code for _ in range(5)} == {401}
    assert client.post("/webhooks/zendesk", data=body, headers=headers).status_code == 202


def test_a_card_says_it_too_and_still_stops(stage, tired):
    gmail = google.on_gmail(stage)
    mei = Gmail(create_app(replace(gmail.deps, counts=tired)).test_client(use_cookies=False), MEI)
    stored = gmail.proposed()
    tired.tired = True
    shown = card(mei.post("message", ticket=stored.proposal.ticket))
    assert TOO_OFTEN in text(shown)
    assert "Shipping" not in text(shown)
    assert "<b>Stopped" in text(card(mei.press(shown, "Stop everything")))


def test_zero_is_without_end(stage, limited):
    client = limited(sign_ins=0).test_client()
    assert {client.post("/sign-in").status_code for _ in range(200)} == {403}


# --- where is counted ----------------------------------------------------------------------------------------------------
@pytest.fixture
def inside(redis_url):
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushall()
        yield connection
        connection.flushall()


def test_all_processes_count_together_and_redis_learns_no_address(stage, redis_url, inside, clock):
    few = replace(stage.deps.settings, limits=Limits(sign_ins=2))
    one, other = (replace(stage.deps, settings=few, counts=RedisCounts(redis_url)) for _ in range(2))
    waits = [seconds_to_wait(deps, What.SIGN_IN, "203.0.113.7", clock.now()) for deps in (one, other, one)]
    assert waits[:2] == [0, 0]
    assert waits[2] > 0
    (key,) = inside.keys()
    assert b"203.0.113.7" not in key
    assert 0 < inside.ttl(key) <= 120


def test_processes_that_take_several_at_once_let_no_more_in_together(redis_url, inside):
    one, other = RedisCounts(redis_url), RedisCounts(redis_url)
    counted = [counts.count("delivery", 7, 20) for _ in range(50) for counts in (one, other)]
    assert len(set(counted)) == 100, "no number is given twice"
    assert sum(number <= 60 for number in counted) == 60
    assert max(counted) <= 100 + 2 * 20
    assert one.count("delivery", 8, 20) == 1


def test_of_deliveries_redis_is_asked_once_for_twenty(stage, redis_url, inside, clock):
    stage.deps = replace(stage.deps, counts=RedisCounts(redis_url))
    now = clock.now()
    waits = [seconds_to_wait(stage.deps, What.DELIVERY, "zendesk", now) for _ in range(25)]
    assert set(waits) == {0}
    (key,) = inside.keys()
    assert inside.get(key) == b"40"


@pytest.mark.parametrize("what", ["away", "full of somebody else's words"])
def test_without_redis_each_process_counts_for_itself(redis_url, inside, free_port, what):
    passed = [0.0]
    url = f"redis://127.0.0.1:{free_port()}/0" if what == "away" else redis_url
    inside.set("countersign:count:call:7", "many")
    counts = RedisCounts(url, lambda: passed[0])
    assert [counts.count("call", 7) for _ in range(3)] == [1, 2, 3]
    assert counts.count("call", 8) == 1
    passed[0] = 11.0
    assert counts.count("call", 7) == 1, "Redis is asked again, and begins anew"


def test_a_redis_that_is_away_locks_nobody_out(stage, free_port):
    stage.deps = replace(stage.deps, counts=RedisCounts(f"redis://127.0.0.1:{free_port()}/0"))
    ana = Browser.of(stage, stage.app(), ANA)
    assert ana.get("/settings").status_code == 200
    assert ana.post("/api/v1/rollback", {"scope": "*"}).status_code == 200

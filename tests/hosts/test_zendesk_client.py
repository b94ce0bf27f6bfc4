"""What really goes over the wire, and what becomes of every kind of answer."""

from __future__ import annotations

import multiprocessing
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy

from app.host import AccessLost, HostError, NotAllowed, StaleFence
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.wire import NotThere
from tests.fakes import FixedToken
from tests.hosts.recorder import DROPPED, OLD, Answer, recording

TICKET = {"id": 7, "status": "open", "updated_at": "2026-11-23T09:00:00Z"}
UPDATED = {"ticket": TICKET, "audit": {"id": 1, "events": []}}


@pytest.fixture
def client(recorder):
    return ZendeskClient(recorder.url, FixedToken("t0k3n"))


def put(client, **fields):
    comment = {"html_body": "<p>Hi</p>", "public": True, "author_id": 5}
    return client.update(7, comment=comment, safe_update=True, updated_stamp="2026-11-23T09:00:00Z", **fields)


# --- once --------------------------------------------------------------------------------------------------------------
def test_a_put_whose_connection_breaks_is_sent_exactly_once(recorder, client):
    recorder.say(DROPPED)
    with pytest.raises(HostError) as refused:
        put(client)
    assert recorder.lines == ["PUT /tickets/7"]
    assert not refused.value.permanent


def test_with_zenpys_own_adapter_it_would_have_been_sent_four_times(recorder):
    """The trap that we stay out of; if this fails, zenpy has changed."""
    recorder.say(DROPPED)
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(**Zenpy.http_adapter_kwargs()))
    with pytest.raises(requests.ConnectionError):
        session.put(f"{recorder.url}/api/v2/tickets/7.json", json={}, timeout=5)
    assert recorder.lines == ["PUT /tickets/7"] * 4


@pytest.mark.parametrize("status", [413, 429, 500, 502, 503, 504])
def test_a_put_that_is_turned_away_is_not_repeated(recorder, client, status):
    recorder.say(Answer(status, {"error": "x"}, {"Retry-After": "1"}))
    with pytest.raises(HostError):
        put(client)
    assert recorder.lines == ["PUT /tickets/7"]


def test_a_read_that_is_turned_away_is_not_repeated_either(recorder, client):
    recorder.say(Answer(503, {"error": "x"}, {"Retry-After": "1"}))
    with pytest.raises(HostError):
        client.ticket(7)
    assert recorder.lines == ["GET /tickets/7"]


def test_being_slowed_down_never_sleeps_however_often_it_happens(recorder, client):
    recorder.say(Answer(429, {"error": "x"}, {"Retry-After": "3600"}))
    for _ in range(3):
        with pytest.raises(HostError, match="slow down") as refused:
            put(client)
        assert not refused.value.permanent
    assert len(recorder.asked) == 3


def test_a_late_answer_is_no_answer(recorder):
    enough = threading.Event()

    def late(_):
        enough.wait(5)
        return Answer()

    recorder.answer = late
    with pytest.raises(HostError, match="did not answer"):
        put(ZendeskClient(recorder.url, FixedToken("t"), timeout=0.1))
    enough.set()
    assert recorder.lines == ["PUT /tickets/7"]


def test_nobody_there_is_no_answer():
    with recording() as gone:
        url = gone.url
    with pytest.raises(HostError, match="did not answer") as refused:
        ZendeskClient(url, FixedToken("t")).ticket(7)
    assert not refused.value.permanent


# --- what is sent ------------------------------------------------------------------------------------------------------
def test_the_put_carries_what_we_said_and_nothing_else(recorder, client):
    recorder.say(Answer(200, UPDATED))
    put(client, metadata={"countersign": {"send_id": "s", "approved_by": None, "policy_version": 0}})
    assert recorder.asked[0].body == {
        "ticket": {
            "id": 7,
            "comment": {"html_body": "<p>Hi</p>", "public": True, "author_id": 5},
            "safe_update": True,
            "updated_stamp": "2026-11-23T09:00:00Z",
            "metadata": {"countersign": {"send_id": "s", "approved_by": None, "policy_version": 0}},
        }
    }


def test_an_internal_note_says_so_aloud(recorder, client):
    recorder.say(Answer(200, UPDATED))
    client.update(7, comment={"html_body": "<p>Hi</p>", "public": False, "author_id": 5})
    assert recorder.asked[0].body["ticket"]["comment"]["public"] is False


def test_a_tag_is_added_and_replaces_nothing(recorder, client):
    recorder.say(Answer(200, {"tags": ["vip", "cs_fence_1"]}))
    client.add_tag(7, "cs_fence_1")
    assert recorder.lines == ["PUT /tickets/7/tags"]
    assert recorder.asked[0].body == {"tags": ["cs_fence_1"]}


def test_the_token_in_force_is_asked_for_at_each_request(recorder):
    tokens = FixedToken("old")
    client = ZendeskClient(recorder.url, tokens)
    recorder.say(Answer(200, {"ticket": TICKET}))
    client.ticket(7)
    tokens.token = "new"
    client.ticket(7)
    assert [asked.headers["Authorization"] for asked in recorder.asked] == ["Bearer old", "Bearer new"]


def test_marketplace_headers_go_with_every_call(recorder):
    headers = {"X-Zendesk-Marketplace-Name": "Countersign"}
    recorder.say(Answer(200, {"ticket": TICKET}))
    ZendeskClient(recorder.url, FixedToken("t"), headers=headers).ticket(7)
    assert recorder.asked[0].headers["X-Zendesk-Marketplace-Name"] == "Countersign"


def test_each_thread_has_a_zenpy_and_a_connection_of_its_own(recorder, client):
    """Zenpy keeps the object being written in a shared field: another thread's answer would empty ours."""
    recorder.say(Answer(200, {"ticket": TICKET}))
    for _ in range(2):
        with ThreadPoolExecutor(1) as thread:
            thread.submit(client.ticket, 7).result()
    client.ticket(7)
    client.ticket(7)
    first, second, ours, ours_again = (asked.connection for asked in recorder.asked)
    assert len({first, second, ours}) == 3
    assert ours == ours_again


def test_a_forked_process_does_not_talk_through_its_parents_connection(recorder, client):
    recorder.say(Answer(200, {"ticket": TICKET}))
    client.ticket(7)
    child = multiprocessing.get_context("fork").Process(target=client.ticket, args=(7,))
    child.start()
    child.join()
    client.ticket(7)
    first, forked, again = (asked.connection for asked in recorder.asked)
    assert first == again != forked


# --- where it is sent --------------------------------------------------------------------------------------------------
def test_a_page_link_to_another_host_is_not_followed(recorder, client):
    with recording() as thief:
        page = {"comments": [{"id": 1}], "meta": {"has_more": True}, "links": {"next": f"{thief.url}/api/v2/x.json"}}
        recorder.say(Answer(200, page))
        with pytest.raises(HostError, match="another host"):
            client.comments(7)
        assert thief.asked == []


def test_a_redirect_is_not_followed(recorder, client):
    with recording() as thief:
        recorder.say(Answer(302, b"", {"Location": f"{thief.url}/api/v2/tickets/7.json"}))
        with pytest.raises(HostError):
            put(client)
        assert (len(recorder.asked), thief.asked) == (1, [])


def test_the_environment_cannot_send_us_elsewhere(recorder, client, monkeypatch):
    with recording() as thief:
        monkeypatch.setenv("ZENPY_FORCE_NETLOC", thief.url.removeprefix("http://"))
        with pytest.raises(HostError, match="another host"):
            client.ticket(7)
        assert thief.asked == []


@pytest.mark.parametrize(
    "address",
    ["acme.zendesk.com", "https://acme", "ftp://acme.zendesk.com", "http://acme.zendesk.com", "https://a.b.c/path", ""],
)
def test_an_address_that_is_none_or_that_shows_the_token_is_refused(address):
    with pytest.raises(ValueError, match=r"Zendesk address|plain http"):
        ZendeskClient(address, FixedToken("t"))


# --- what comes back ---------------------------------------------------------------------------------------------------
MEANINGS = {
    "a bad request": (400, HostError, True),
    "a dead token": (401, AccessLost, False),
    "a missing scope": (403, NotAllowed, False),
    "a missing record": (404, NotThere, True),
    "a changed ticket": (409, StaleFence, False),
    "a refused field": (422, HostError, True),
    "too many calls": (429, HostError, False),
    "a broken Zendesk": (500, HostError, False),
    "a busy Zendesk": (503, HostError, False),
}
BODIES = {
    "as documented": {"error": "RecordInvalid", "description": "x", "details": {}},
    "as an object": {"error": {"title": "x", "message": "y"}},
    "as a list": {"errors": [{"code": "x"}]},
    "the misleading one": {"error": "invalid"},
    "as a page": b"<html>sorry</html>",
    "as nothing": b"",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("status", "kind", "permanent"), MEANINGS.values(), ids=MEANINGS)
def test_a_refusal_means_the_same_whatever_its_words(recorder, client, status, kind, permanent, body):
    recorder.say(Answer(status, body))
    with pytest.raises(HostError) as refused:
        put(client)
    assert type(refused.value) is kind
    assert refused.value.permanent is permanent


def test_a_refused_token_is_named_as_such_but_not_shown(recorder, client):
    recorder.say(Answer(401, {"error": "Couldn't authenticate you"}))
    with pytest.raises(HostError, match="token") as refused:
        client.ticket(7)
    assert "t0k3n" not in str(refused.value)


UNREADABLE = {
    "no JSON": b"<html>",
    "nothing": b"",
    "a list": [],
    "a word": "ok",
    "null": None,
    "a ticket without its audit": {"ticket": TICKET},
    "an audit without its ticket": {"audit": {"id": 1}},
    "an empty object": {},
    "half of it": b'{"ticket": {"id": 7',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_an_update_whose_answer_cannot_be_read_is_unknown(recorder, client, body):
    recorder.say(Answer(200, body))
    with pytest.raises(HostError) as refused:
        put(client)
    assert not refused.value.permanent
    assert not isinstance(refused.value, StaleFence)


@pytest.mark.parametrize("stamp", [None, "", "yesterday", 5])
def test_a_ticket_without_a_readable_stamp_is_not_read(recorder, client, stamp):
    recorder.say(Answer(200, {"ticket": TICKET | {"updated_at": stamp}}))
    with pytest.raises(HostError):
        client.ticket(7)


@pytest.mark.parametrize(
    ("stamp", "date", "aged"),
    [
        ("2026-11-23T09:59:59Z", OLD, True),
        ("2026-11-23T10:00:00Z", OLD, False),
        ("2026-11-23T10:00:01Z", OLD, False),
        ("2026-11-23T09:00:00Z", "", False),
    ],
)
def test_a_stamp_is_aged_once_its_second_is_over_by_zendesks_own_clock(recorder, client, stamp, date, aged):
    recorder.say(Answer(200, {"ticket": TICKET | {"updated_at": stamp}}, {"Date": date}))
    assert client.ticket(7).aged is aged


@pytest.mark.parametrize("status", [200, 404, 422, 500])
def test_no_message_of_a_customer_gets_into_logs_or_errors(recorder, client, caplog, status):
    caplog.set_level("DEBUG")
    secret = "my card is 4111 1111 1111 1111"
    recorder.say(Answer(status, {"error": secret, "unexpected": [secret]}))
    with pytest.raises(HostError) as refused:
        client.update(7, comment={"html_body": secret, "public": True, "author_id": 5})
    told = "".join(traceback.format_exception(refused.value, chain=True)) + caplog.text
    assert "4111" not in told
    assert "t0k3n" not in told


def test_what_zendesk_ignored_is_told(recorder, client):
    recorder.say(Answer(200, UPDATED, {"X-Zendesk-API-Warn": "Removed restricted keys"}))
    assert put(client).ignored == "Removed restricted keys"


def test_all_pages_are_read_in_order(recorder, client):
    def page(asked):
        after = int(asked.target.partition("page%5Bafter%5D=")[2] or 0)
        link = f"{recorder.url}/api/v2/tickets/7/comments.json?page%5Bafter%5D={after + 100}"
        comments = [{"id": number} for number in range(after + 1, after + 101)]
        return Answer(200, {"comments": comments, "meta": {"has_more": after < 400}, "links": {"next": link}})

    recorder.answer = page
    assert [comment["id"] for comment in client.comments(7)] == list(range(1, 501))


def test_no_query_carries_the_word_none(recorder, client):
    recorder.say(Answer(200, {"audits": [], "comments": [], "tickets": [], "users": [], "end_of_stream": True}))
    for call in (
        lambda: client.audits(7),
        lambda: client.comments(7),
        lambda: client.changed_since(1, 5),
        client.staff,
    ):
        call()
    assert not [asked.target for asked in recorder.asked if "None" in asked.target]


def test_many_people_are_looked_up_a_hundred_at_a_time(recorder, client):
    recorder.say(Answer(200, {"users": [{"id": 1, "email": "a@b.c"}]}))
    client.users([*range(1, 251), 5, 5])
    counts = [asked.target.partition("ids=")[2].count(",") + 1 for asked in recorder.asked]
    assert counts == [100, 100, 50]


def test_nobody_is_looked_up_without_a_call(recorder, client):
    assert client.users([]) == []
    assert recorder.asked == []


def test_a_search_that_finds_somebody_else_finds_nobody(recorder, client):
    recorder.say(Answer(200, {"users": [{"id": 1, "email": "rosa@acme.example.org"}]}))
    assert client.users_by_email("rosa@acme.example") == []

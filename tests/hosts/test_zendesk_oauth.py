"""What we ask Zendesk's token endpoint, and what we make of its answers."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from app.grants import Grant
from app.host import AccessLost, HostError
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.oauth import ZendeskOAuth
from tests.fakes import FixedToken
from tests.hosts.recorder import DROPPED, Answer

SCOPE = "read tickets:write"
TOLD = {"access_token": "a2", "refresh_token": "r2", "token_type": "bearer", "scope": SCOPE, "expires_in": 1800}
HEADERS = {"X-Zendesk-Marketplace-Name": "Countersign"}


def client(recorder, *, by_itself: bool = True) -> ZendeskOAuth:
    return ZendeskOAuth(recorder.url, "id", "s3cret", SCOPE, by_itself, HEADERS)


def test_a_client_of_its_own_asks_with_its_secret(recorder):
    recorder.say(Answer(200, TOLD | {"refresh_token": None}))
    assert client(recorder).first() == Grant("a2", None, 1800)
    assert recorder.lines == ["POST /oauth/tokens"]
    wanted = {"grant_type": "client_credentials", "client_id": "id", "client_secret": "s3cret", "scope": SCOPE}
    assert recorder.asked[0].body == wanted
    assert recorder.asked[0].headers["X-Zendesk-Marketplace-Name"] == "Countersign"


def test_a_refresh_token_is_shown_once(recorder):
    recorder.say(Answer(200, TOLD))
    assert client(recorder, by_itself=False).next("r1") == Grant("a2", "r2", 1800)
    assert recorder.asked[0].body["grant_type"] == "refresh_token"
    assert recorder.asked[0].body["refresh_token"] == "r1"


def test_a_code_is_exchanged_with_its_proof(recorder):
    recorder.say(Answer(200, TOLD))
    client(recorder).by_code("c", "v", "https://cs.example/connected")
    body = recorder.asked[0].body
    assert (body["code"], body["code_verifier"], body["redirect_uri"]) == ("c", "v", "https://cs.example/connected")


def test_the_consent_page_is_asked_for_with_state_and_challenge(recorder):
    asked = parse_qs(urlsplit(client(recorder).address("s", "ch", "https://cs.example/connected")).query)
    assert asked["state"] == ["s"]
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (["ch"], ["S256"])
    assert "s3cret" not in str(asked)


def test_without_consent_there_is_nothing_to_begin_with(recorder):
    with pytest.raises(AccessLost, match="countersign connect"):
        client(recorder, by_itself=False).first()
    assert recorder.asked == []


@pytest.mark.parametrize("scope", ["read", "", None, "tickets:write"])
def test_a_scope_that_was_dropped_without_a_word_is_noticed(recorder, scope):
    recorder.say(Answer(200, TOLD | {"scope": scope}))
    with pytest.raises(AccessLost, match="left out the scope"):
        client(recorder).first()


@pytest.mark.parametrize("why", ["invalid_grant", "invalid_client", "invalid_scope", "unauthorized_client"])
@pytest.mark.parametrize("status", [400, 401])
def test_a_no_for_good_is_an_admins_turn(recorder, why, status):
    recorder.say(Answer(status, {"error": why, "error_description": "x"}))
    with pytest.raises(AccessLost, match=why):
        client(recorder).next("r1")


@pytest.mark.parametrize(
    "answer",
    [
        DROPPED, Answer(500, {"error": "x"}), Answer(429, {"error": "x"}), Answer(200, b"<html>"), Answer(200, []),
        Answer(200, TOLD | {"access_token": ""}), Answer(200, TOLD | {"expires_in": None}), Answer(302, {}, {"Location": "/"}),
    ],
)  # fmt: skip
def test_an_answer_that_says_nothing_loses_nothing(recorder, answer):
    recorder.say(answer)
    with pytest.raises(HostError) as refused:
        client(recorder).next("r1")
    assert not isinstance(refused.value, AccessLost)
    assert len(recorder.asked) == 1


def test_its_words_never_hold_the_secret(recorder):
    assert "s3cret" not in repr(client(recorder))


# --- a token that is refused -------------------------------------------------------------------------------------------
def test_a_token_that_was_replaced_while_we_asked_is_no_lost_access(recorder):
    tokens = FixedToken("old")
    recorder.say(Answer(401, {"error": "invalid_token"}))
    recorder.answer, told = lambda asked: (setattr(tokens, "token", "new"), told(asked))[1], recorder.answer
    with pytest.raises(HostError) as refused:
        ZendeskClient(recorder.url, tokens).ticket(7)
    assert not isinstance(refused.value, AccessLost)
    assert refused.value.retry_after > 0


def test_a_token_that_is_still_the_one_is_lost(recorder):
    recorder.say(Answer(401, {"error": "invalid_token"}))
    with pytest.raises(AccessLost):
        ZendeskClient(recorder.url, FixedToken("t")).ticket(7)

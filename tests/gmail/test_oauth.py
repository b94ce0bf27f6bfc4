"""A mailbox's token: by consent or by delegation, renewed with the same refresh token, gone when Google says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.grants import Grant
from app.host import AccessLost, HostError
from integrations.gmail.oauth import SCOPE, Delegation, GoogleOAuth, revoke
from tests.gmail.conftest import BOX, Playground
from tests.hosts.recorder import DROPPED, Answer, Recorder, recording

TOLD = {"access_token": "a2", "expires_in": 3599, "scope": SCOPE, "token_type": "Bearer"}
BACK = "http://127.0.0.1:9/connected"


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as made:
        yield made


def client(url: str) -> GoogleOAuth:
    return GoogleOAuth(BOX, "id", "s3cret", f"{url}/o/oauth2/v2/auth", f"{url}/token")


def form(recorder: Recorder) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(recorder.asked[-1].raw.decode()).items()}


def test_the_refresh_token_stays_unless_google_tells_another(recorder):
    recorder.say(Answer(200, TOLD), Answer(200, TOLD | {"refresh_token": "r2"}))
    assert client(recorder.url).next("r1") == Grant("a2", "r1", 3599)
    wanted = {"grant_type": "refresh_token", "refresh_token": "r1", "client_id": "id", "client_secret": "s3cret"}
    assert form(recorder) == wanted
    assert client(recorder.url).next("r1") == Grant("a2", "r2", 3599)


def test_without_consent_there_is_nothing_to_begin_with(recorder):
    with pytest.raises(AccessLost, match=f"countersign connect gmail {BOX}"):
        client(recorder.url).first()
    assert recorder.asked == []


def test_the_consent_page_is_asked_for_a_lasting_grant_of_one_mailbox(recorder):
    asked = parse_qs(urlsplit(client(recorder.url).address("s", "ch", BACK)).query)
    assert (asked["access_type"], asked["prompt"], asked["login_hint"]) == (["offline"], ["consent"], [BOX])
    assert (asked["scope"], asked["state"], asked["code_challenge"]) == ([SCOPE], ["s"], ["ch"])
    assert "s3cret" not in str(asked)


def test_a_scope_that_was_unticked_is_noticed(recorder):
    recorder.say(Answer(200, TOLD | {"scope": "openid"}))
    with pytest.raises(AccessLost, match="did not allow"):
        client(recorder.url).next("r1")


def test_a_consent_without_a_refresh_token_is_of_no_use(recorder):
    recorder.say(Answer(200, TOLD))
    with pytest.raises(AccessLost, match="no refresh token"):
        client(recorder.url).by_code("c", "v", BACK)


@pytest.mark.parametrize("why", ["invalid_grant", "unauthorized_client", "access_denied"])
def test_a_no_for_good_is_an_admins_turn(recorder, why):
    recorder.say(Answer(400, {"error": why}))
    with pytest.raises(AccessLost, match=why):
        client(recorder.url).next("r1")


@pytest.mark.parametrize(
    "answer",
    [DROPPED, Answer(500, {"error": "internal_failure"}), Answer(429, {}), Answer(200, b"<html>"), Answer(200, []),
     Answer(200, TOLD | {"access_token": ""}), Answer(200, TOLD | {"expires_in": "1"}), Answer(302, {}, {"Location": "/"})],
)  # fmt: skip
@pytest.mark.threat("mailbox-token")
def test_anything_else_is_tried_again_and_quotes_no_secret(recorder, answer):
    recorder.say(answer)
    with pytest.raises(HostError) as found:
        client(recorder.url).next("the refresh token")
    assert not isinstance(found.value, AccessLost)
    assert not {"the refresh token", "s3cret"} & set(str(found.value).split())


# --- domain-wide delegation -----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_a_delegate_asks_for_one_mailbox_and_one_scope(recorder, key):
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = json.dumps({"client_email": "d@acme.iam.gserviceaccount.com", "private_key": pem, "private_key_id": "k"})
    recorder.say(Answer(200, {"access_token": "a1", "expires_in": 3599, "token_type": "Bearer"}))
    delegate = Delegation.of(BOX, account, f"{recorder.url}/token")
    assert delegate.first() == delegate.next("nothing") == Grant("a1", None, 3599)
    claims = jwt.decode(
        form(recorder)["assertion"], key.public_key(), algorithms=["RS256"], audience=f"{recorder.url}/token"
    )
    assert (claims["iss"], claims["sub"], claims["scope"]) == ("d@acme.iam.gserviceaccount.com", BOX, SCOPE)
    assert "PRIVATE KEY" not in repr(delegate)


def test_a_key_that_cannot_be_read_is_an_admins_turn(recorder):
    delegate = Delegation.of(BOX, '{"client_email": "d@acme.example", "private_key": "no"}', f"{recorder.url}/token")
    with pytest.raises(AccessLost, match="GMAIL_DELEGATE"):
        delegate.first()
    assert recorder.asked == []


# --- the whole road at the sandbox ----------------------------------------------------------------------------------------
def test_from_consent_to_withdrawal(gmail: Playground) -> None:
    facts = gmail.facts
    here = GoogleOAuth(
        BOX, facts["client_id"], facts["client_secret"], f"{gmail.url}/o/oauth2/v2/auth", f"{gmail.url}/token"
    )
    led_to = requests.get(here.address("s", "ch", BACK), allow_redirects=False, timeout=10).headers["Location"]
    first = here.by_code(parse_qs(urlsplit(led_to).query)["code"][0], "v", BACK)
    assert first.refresh
    second = here.next(first.refresh)
    assert (second.refresh, second.access != first.access) == (first.refresh, True)
    revoke(f"{gmail.url}/revoke", second.access)
    revoke(f"{gmail.url}/revoke", second.access)  # dead already
    with pytest.raises(AccessLost, match="invalid_grant"):
        here.next(first.refresh)

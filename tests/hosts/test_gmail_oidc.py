"""Google's tokens: what opens, and everything that does not. Signed with the sandbox's own key."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from app.host import HostError
from integrations.gmail.oidc import GoogleTokens, Identity, Keys, Published, TokenRefused, published
from sandbox.gmail.signing import ADDON_ACCOUNT, KEY_ID, PUSH_ACCOUNT, Signer
from tests.hosts.recorder import DROPPED, Answer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
HERE = "https://cs.example/gmail/addon/home"
CLIENT = "123.apps.googleusercontent.com"


class Google:
    """What stands at the certificates' address, and how often it was asked."""

    def __init__(self, signer: Signer) -> None:
        self.certificates, self.asked, self.away = dict(signer.certs()), 0, False

    def __call__(self) -> Published:
        self.asked += 1
        if self.away:
            raise HostError("nobody answers")
        return Published(self.certificates, timedelta(hours=6))


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("google"), NOW.timestamp)


@pytest.fixture
def google(signer: Signer) -> Google:
    return Google(signer)


@pytest.fixture
def tokens(google: Google) -> GoogleTokens:
    return GoogleTokens(Keys(google))


def test_the_addons_host_is_known_by_its_account(tokens, signer):
    found = tokens.of_account(signer.token(HERE, ADDON_ACCOUNT), HERE, ADDON_ACCOUNT, NOW)
    assert found == Identity(ADDON_ACCOUNT, ADDON_ACCOUNT)


def test_a_person_is_known_by_a_verified_address(tokens, signer):
    token = signer.token(CLIENT, "Rosa@Acme.example", sub="1042")
    assert tokens.of_person(token, CLIENT, NOW) == Identity("1042", "rosa@acme.example")


WRONG = {
    "another service account": {"email": PUSH_ACCOUNT},
    "a service account of another project": {"email": "addon@evil.iam.gserviceaccount.com"},
    "another route of ours": {"aud": "https://cs.example/gmail/addon/action"},
    "a slash at the end": {"aud": f"{HERE}/"},
    "a list of audiences": {"aud": [HERE]},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://accounts.evil.example"},
    "no issuer": {"iss": None},
    "an address that is not verified": {"email_verified": False},
    "verified in words only": {"email_verified": "true"},
    "no address": {"email": None},
    "expired": {"exp": AT - 11},
    "no expiry": {"exp": None},
    "expiry as text": {"exp": "2030"},
    "expiry as yes": {"exp": True},
    "an endless expiry": {"exp": 10**30},
    "issued in the future": {"iat": AT + 11},
    "no time of issue": {"iat": None},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
@pytest.mark.threat("push-forged")
@pytest.mark.threat("panel-forged")
def test_a_wrong_claim_opens_nothing(tokens, signer, changes):
    token = signer.token(HERE, ADDON_ACCOUNT, **changes)
    with pytest.raises(TokenRefused):
        tokens.of_account(token, HERE, ADDON_ACCOUNT, NOW)


def test_clocks_may_differ_by_ten_seconds(tokens, signer):
    for times in ({"iat": AT + 9}, {"exp": AT - 9}):
        assert tokens.of_account(signer.token(HERE, ADDON_ACCOUNT, **times), HERE, ADDON_ACCOUNT, NOW)


def test_what_nobody_configured_matches_nothing(tokens, signer):
    with pytest.raises(TokenRefused):
        tokens.of_account(signer.token("", ADDON_ACCOUNT), "", ADDON_ACCOUNT, NOW)
    with pytest.raises(TokenRefused):
        tokens.of_account(signer.token(HERE, ADDON_ACCOUNT), HERE, "", NOW)


def part(told: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


def claims(signer: Signer) -> dict[str, object]:
    return jwt.decode(signer.token(HERE, ADDON_ACCOUNT), options={"verify_signature": False})


def forgeries(signer: Signer, home: Path) -> dict[str, str]:
    said, good = claims(signer), signer.token(HERE, ADDON_ACCOUNT)
    head, body, signature = good.split(".")
    return {
        "no signature": f"{part({'alg': 'none', 'kid': KEY_ID})}.{part(said)}.",
        "no signature, in capitals": f"{part({'alg': 'NONE', 'kid': KEY_ID})}.{part(said)}.",
        "the certificate as a shared secret": jwt.encode(said, "x" * 64, "HS256", {"kid": KEY_ID}),
        "another key under Google's name": Signer(home, NOW.timestamp).token(HERE, ADDON_ACCOUNT),
        "other words under the signature": f"{head}.{part({**said, 'exp': AT + 9999})}.{signature}",
        "a key that nobody has": f"{part({'alg': 'RS256', 'kid': 'x'})}.{body}.{signature}",
        "no key named": f"{part({'alg': 'RS256'})}.{body}.{signature}",
        "two parts": f"{head}.{body}",
        "no base64": f"{head}.%%%.{signature}",
        "no object": f"{head}.{part([said])}.{signature}",
        "no ASCII": "ä.ö.ü",
        "nothing": "",
        "far too long": f"{head}.{body}.{signature}{'A' * 9000}",
    }


@pytest.mark.threat("push-forged")
@pytest.mark.threat("panel-forged")
def test_a_forged_token_opens_nothing(tokens, signer, tmp_path):
    opened = []
    for name, token in forgeries(signer, tmp_path).items():
        try:
            tokens.of_account(token, HERE, ADDON_ACCOUNT, NOW)
        except TokenRefused:
            continue
        opened.append(name)
    assert opened == []


def test_the_certificates_are_asked_for_once(tokens, signer, google):
    for hours in (0, 1, 5):
        token = signer.token(HERE, ADDON_ACCOUNT, exp=AT + 86400)
        tokens.of_account(token, HERE, ADDON_ACCOUNT, NOW + timedelta(hours=hours))
    assert google.asked == 1


def test_old_certificates_are_asked_for_anew_and_a_withdrawn_key_opens_nothing(tokens, signer, google):
    token = signer.token(HERE, ADDON_ACCOUNT, exp=AT + 86400)
    tokens.of_account(token, HERE, ADDON_ACCOUNT, NOW)
    google.certificates = {}
    with pytest.raises(TokenRefused):
        tokens.of_account(token, HERE, ADDON_ACCOUNT, NOW + timedelta(hours=6))


def test_a_new_key_is_looked_for_at_once_but_not_for_every_forgery(tokens, signer, google):
    google.certificates, known = {}, google.certificates
    token = signer.token(HERE, ADDON_ACCOUNT)
    for seconds in (0, 1, 59):
        with pytest.raises(TokenRefused):
            tokens.of_account(token, HERE, ADDON_ACCOUNT, NOW + timedelta(seconds=seconds))
    assert google.asked == 1
    google.certificates = known
    assert tokens.of_account(token, HERE, ADDON_ACCOUNT, NOW + timedelta(seconds=60))


def test_nobody_comes_in_while_google_is_away(tokens, signer, google):
    google.away = True
    with pytest.raises(HostError):
        tokens.of_account(signer.token(HERE, ADDON_ACCOUNT), HERE, ADDON_ACCOUNT, NOW)


def test_the_certificates_are_read_as_google_shows_them(recorder, signer):
    recorder.say(Answer(200, signer.certs(), {"Cache-Control": "public, max-age=19943, must-revalidate"}))
    told = published(f"{recorder.url}/oauth2/v1/certs")
    assert (told.certificates, told.lasts) == (signer.certs(), timedelta(seconds=19943))


@pytest.mark.parametrize("answer", [Answer(500, {}), Answer(302, {}), Answer(200, []), DROPPED], ids=str)
def test_certificates_that_cannot_be_read_are_a_hosts_error(recorder, answer):
    recorder.say(answer)
    with pytest.raises(HostError):
        published(recorder.url)


def test_a_certificate_that_is_none_is_a_hosts_error(signer):
    broken = Keys(lambda: Published({KEY_ID: "no certificate"}, timedelta(hours=1)))
    with pytest.raises(HostError):
        GoogleTokens(broken).of_account(signer.token(HERE, ADDON_ACCOUNT), HERE, ADDON_ACCOUNT, NOW)

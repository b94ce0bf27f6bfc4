"""The signed page of Zendesk: what opens the iframe, and everything that does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes import ANA, CASEY, ROSA
from tests.web.stage import PUBLIC_KEY, SIGNER, signed_token

PATHS = {"/zendesk/sidebar": "ticket_sidebar", "/zendesk/desk": "nav_bar"}
NOW = 1772442000  # the frozen clock


def open_page(web, token: str, path: str = "/zendesk/sidebar"):
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://acme.zendesk.com"}
    return web.test_client().post(f"{path}?origin=x&app_guid=G", data={"token": token}, headers=headers)


def encoded(part: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(("path", "location"), PATHS.items())
def test_a_token_of_zendesk_opens_its_page(stage, web, path, location):
    answer = open_page(web, signed_token(stage, ROSA, location), path)
    assert answer.status_code == 200
    assert 'data-bearer="' in answer.text
    assert "Set-Cookie" not in answer.headers


WRONG = {
    "another audience": {"aud": "https://acme.zendesk.com/api/v2/apps/installations/78.json"},
    "another account's audience": {"aud": "https://evil.zendesk.com/api/v2/apps/installations/77.json"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "evil.zendesk.com"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 11},
    "no expiry": {"exp": None},
    "expiry as text": {"exp": "2030"},
    "endless expiry": {"exp": 10**30},
    "issued tomorrow": {"iat": NOW + 86400},
    "no time of issue": {"iat": None},
    "not yet valid": {"nbf": NOW + 60},
    "another product": {"context": {"product": "chat", "location": "ticket_sidebar"}},
    "another location": {"context": {"product": "support", "location": "nav_bar"}},
    "no context": {"context": None},
    "context as text": {"context": "ticket_sidebar"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
@pytest.mark.threat("signed-page")
def test_a_wrong_claim_opens_nothing(stage, web, changes):
    answer = open_page(web, signed_token(stage, ROSA, **changes))
    assert answer.status_code == 401
    assert "bearer" not in answer.text


def test_both_forms_of_the_issuer_are_known(stage, web):
    assert open_page(web, signed_token(stage, ROSA, iss="https://acme.zendesk.com")).status_code == 200


@pytest.mark.threat("signed-page")
def test_a_token_without_signature_opens_nothing(stage, web):
    claims = jwt.decode(signed_token(stage, ROSA), options={"verify_signature": False})
    for algorithm in ("none", "None", "NONE"):
        forged = f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims)}."
        assert open_page(web, forged).status_code == 401


@pytest.mark.threat("signed-page")
def test_the_public_key_is_no_shared_secret(stage, web):
    claims = jwt.decode(signed_token(stage, ROSA), options={"verify_signature": False})
    head = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
    for key in (PUBLIC_KEY.encode(), PUBLIC_KEY.strip().encode()):
        mac = hmac.new(key, head.encode(), hashlib.sha256).digest()
        forged = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert open_page(web, forged).status_code == 401


def test_another_key_opens_nothing_whatever_the_header_says(stage, web):
    claims = jwt.decode(signed_token(stage, ROSA), options={"verify_signature": False})
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key()))
    for headers in ({}, {"jku": "https://evil.example/keys"}, {"jwk": public}, {"kid": "https://evil.example/key.pem"}):
        forged = jwt.encode(claims, other, algorithm="RS256", headers=headers)
        assert open_page(web, forged).status_code == 401


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
@pytest.mark.threat("signed-page")
def test_only_rs256_counts(stage, web, algorithm):
    claims = jwt.decode(signed_token(stage, ROSA), options={"verify_signature": False})
    assert open_page(web, jwt.encode(claims, SIGNER, algorithm=algorithm)).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "é" * 50, "." * 10])
def test_rubbish_opens_nothing(web, token):
    assert open_page(web, token).status_code == 401


@pytest.mark.threat("signed-page")
def test_the_same_token_opens_the_page_once(stage, web):
    token = signed_token(stage, ROSA)
    assert [open_page(web, token).status_code for _ in range(3)] == [200, 401, 401]


def test_a_used_token_stays_used_until_its_leeway_is_over(stage, web, clock):
    token = signed_token(stage, ROSA)
    open_page(web, token)
    clock.tick(305)
    open_page(web, signed_token(stage, ANA))
    assert open_page(web, token).status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.threat("signed-page")
def test_a_page_cannot_be_fetched_by_get(web, path):
    answer = web.test_client().get(path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(("asked", "dressed"), [("dark", True), ("light", True), ('"><script>', False)])
def test_the_page_is_dressed_as_zendesk_says(stage, web, asked, dressed):
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://acme.zendesk.com"}
    token = {"token": signed_token(stage, ROSA)}
    page = web.test_client().post("/zendesk/sidebar", query_string={"colorScheme": asked}, data=token, headers=headers)
    assert (f'data-scheme="{asked}"' in page.text) is dressed
    assert '"><script>' not in page.text


def test_the_sidebar_loads_less_than_60_kb_of_ours(stage, web):
    static = Path(web.static_folder)
    wanted = set(re.findall(r'"/static/([\w.-]+)', open_page(web, signed_token(stage, ROSA)).text))
    seen = set()
    while wanted:
        seen |= wanted
        scripts = [static / name for name in wanted if name.endswith(".js")]
        wanted = {name for one in scripts for name in re.findall(r'from "\./([\w.]+)"', one.read_text())} - seen
    assert {"countersign.css", "sidebar.js", "region.js"} <= seen
    assert sum((static / name).stat().st_size for name in seen) < 60_000


def test_a_customer_gets_no_page_however_good_the_token(stage, web):
    assert open_page(web, signed_token(stage, CASEY)).status_code == 403


@pytest.mark.parametrize("subject", ["https://acme.zendesk.com/api/v2/users/999.json", "somebody", "3", None])
def test_who_is_not_confirmed_by_the_host_gets_no_page(stage, web, subject):
    assert open_page(web, signed_token(stage, ROSA, sub=subject)).status_code == 403


def test_the_role_is_the_hosts_word_not_the_tokens(stage, web, iframe):
    frame = iframe(ROSA)
    assert frame.post("/api/v1/rollback", {"scope": "*"}).status_code == 403
    assert frame.get("/parts/settings").status_code == 403


def test_the_desk_inside_zendesk_leads_to_ones_own_figures_and_to_the_log(stage, web, iframe):
    page = open_page(web, signed_token(stage, ANA, "nav_bar"), "/zendesk/desk").text
    assert 'data-tab="own"' in page
    assert '<a href="/log" target="_blank" rel="noopener"' in page
    assert "/log" not in open_page(web, signed_token(stage, ROSA, "nav_bar"), "/zendesk/desk").text
    frame = iframe(ANA, "/zendesk/desk")
    assert "Drafts judged" in frame.get("/parts/own").text
    assert "<form" not in frame.get("/parts/own").text  # nothing that needs a cookie

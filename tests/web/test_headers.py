"""Headers on every answer: who may frame it, what may run in it, what may be kept."""

from __future__ import annotations

import pytest

from app.web.headers import policy
from app.web.problems import IFRAMES
from tests.fakes import ANA, ROSA
from tests.web.stage import Stage, signed_token
from tests.web.test_access import address, method, rules


def directives(answer) -> dict[str, str]:
    return dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))


@pytest.mark.threat("clickjacking")
def test_only_the_hosts_own_site_frames_the_iframe_pages(stage, web):
    answer = web.test_client().post("/zendesk/sidebar", data={"token": signed_token(stage, ROSA)})
    rules = directives(answer)
    assert rules["frame-ancestors"] == "https://acme.zendesk.com"
    assert rules["script-src"] == "'self' http://127.0.0.1:8001"
    assert "X-Frame-Options" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/sign-in", "/healthz", "/api/v1/openapi.json", "/nowhere", "/static/api.js"])
@pytest.mark.threat("clickjacking")
def test_nobody_frames_anything_else(web, path):
    with web.test_client().get(path) as answer:
        rules = directives(answer)
    assert rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'none'"


def test_no_answer_is_without_its_headers(web, browser):
    """Every route there is, entered or refused: a new one is tried without being named here."""
    ana = browser(ANA).client
    entered = [(ana, rule) for rule in rules(web) if method(rule) == "GET"]
    refused = [(web.test_client(), rule) for rule in rules(web)]
    cookies = list[str]()
    for client, rule in entered + refused:
        answer = client.open(address(rule), method=method(rule))
        assert answer.headers["X-Content-Type-Options"] == "nosniff", rule
        assert answer.headers["Referrer-Policy"] == "same-origin", rule
        assert answer.headers["Cache-Control"] == "no-store", rule
        assert "Access-Control-Allow-Origin" not in answer.headers, rule
        framed = "https://acme.zendesk.com" if rule.endpoint in IFRAMES else "'none'"
        assert directives(answer)["frame-ancestors"] == framed, rule
        cookies += answer.headers.getlist("Set-Cookie")
    assert cookies
    assert [one for one in cookies if not all(word in one for word in ("HttpOnly", "SameSite=Lax"))] == []


def test_nothing_unsafe_is_ever_allowed():
    written = policy("https://static.zdassets.com", "https://acme.zendesk.com")
    assert not any(word in written for word in ("unsafe", "*", "http:"))


@pytest.mark.threat("csrf-pages")
def test_behind_tls_the_cookie_belongs_to_this_host_alone(tmp_path, sqlite_database, clock):
    stage = Stage.build(tmp_path, sqlite_database, clock, app_url="https://countersign.example.com")
    answer = stage.app().test_client().get("/sign-in", base_url="https://countersign.example.com")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-countersign=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    stage.close()


def test_a_mistyped_address_is_a_page_for_people_and_a_document_for_programs(browser):
    ana = browser(ANA)
    page = ana.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "To the queue" in page.text
    assert ana.get("/nowhere").mimetype == "application/problem+json"

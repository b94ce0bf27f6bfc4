"""Headers on every answer: who may frame it, what may run in it, what may be kept."""

from __future__ import annotations

import pytest

from app.web.headers import policy
from tests.fakes import ANA, ROSA
from tests.web.stage import Stage, signed_token


def directives(answer) -> dict[str, str]:
    return dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))


def test_only_the_hosts_own_site_frames_the_iframe_pages(stage, web):
    answer = web.test_client().post("/zendesk/sidebar", data={"token": signed_token(stage, ROSA)})
    rules = directives(answer)
    assert rules["frame-ancestors"] == "https://acme.zendesk.com"
    assert rules["script-src"] == "'self' http://127.0.0.1:8001"
    assert "X-Frame-Options" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/sign-in", "/healthz", "/api/v1/openapi.json", "/nowhere", "/static/api.js"])
def test_nobody_frames_anything_else(web, path):
    with web.test_client().get(path) as answer:
        rules = directives(answer)
    assert rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'none'"


def test_no_answer_is_without_its_headers(web, browser):
    ana = browser(ANA)
    for path in ("/", "/settings", "/api/v1/queue", "/parts/queue", "/api/v1/proposals/none", "/zendesk/sidebar"):
        answer = ana.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_nothing_unsafe_is_ever_allowed():
    written = policy("https://static.zdassets.com", "https://acme.zendesk.com")
    assert not any(word in written for word in ("unsafe", "*", "http:"))


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

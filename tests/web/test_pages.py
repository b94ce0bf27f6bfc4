"""What people see: the words of customers stay words, and each state has its face."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import bringing, polling, watch
from app.governance.proposal import Finding, Passage, Sentence, Tier, Trigger
from app.host import HostError, Installation, Leave, Sender, TicketRef
from app.store import proposals
from app.web.access import PAGES
from tests.fakes import ANA, CASEY, ROSA
from tests.web.stage import MEI, STANDARD

TEMPLATES = Path(__file__).parents[2] / "app/web/templates"
ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "{{ 71 * 139 }}{% raw %}",
    "<iframe src=https://evil.example></iframe>",
    "<b>bold</b> &lt;i&gt;",
)


def sidebar(person, stored) -> str:
    answer = person.get(f"/parts/ticket/zendesk/{stored.proposal.ticket}")
    assert answer.status_code == 200
    return answer.text


def visible(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.threat("script")
def test_the_words_of_others_are_shown_as_words(stage, browser, iframe, attack):
    stage.host.people[CASEY.id] = replace(CASEY, name=attack)
    passage = Passage(id=STANDARD.id, title=attack, text=attack, score=1, audience="public", language="en")
    stored = stage.proposed(
        attack, subject=attack, passages=(passage,), draft=f"Hello {attack}", sentences=(Sentence(attack, (passage.id,)),),
        findings=(Finding("links", attack, 0), Finding("tone", attack)), triggers=(Trigger("legal", attack),),
        language=attack,
    )  # fmt: skip
    pages = (
        sidebar(iframe(ROSA), stored),
        browser(ANA).get("/").text,
        browser(ANA).get(f"/parts/proposal/{stored.id}").text,
    )
    for html in pages:
        assert not re.search(r"<(script(?! type=\"module\")|img(?! src=\"/static)|iframe|b>|svg/)", html), html
        assert "9869" not in visible(html)
        assert not re.search(r"(href|src)=\"javascript:", html)


def test_the_draft_stands_there_to_the_letter(stage, iframe):
    text = "Hello,\n\n  two spaces,\ttab & <angle>.\n\nBye"
    stored = stage.proposed(draft=text, sentences=(Sentence("two spaces,\ttab & <angle>.", (STANDARD.id,)),))
    html = sidebar(iframe(ROSA), stored)
    letter = re.search(r'<div class="letter" data-draft>(.*?)</div>', html, re.DOTALL)
    assert letter
    assert unescape(re.sub(r"<[^>]+>", "", letter[1])) == text


def test_each_sentence_has_its_source_beside_it(stage, iframe):
    html = sidebar(iframe(ROSA), stage.proposed())
    assert html.count('data-testid="source"') == 2
    assert STANDARD.id in html
    assert "<mark>Standard delivery takes 3 to 5 working days within Europe.</mark>" in html


def test_in_draft_mode_there_is_no_approve_only_insert(stage, iframe):
    html = sidebar(iframe(ROSA), stage.proposed(category="refund-exception", tier=Tier.JUDGEMENT))
    assert 'data-testid="approve"' not in html
    assert 'data-testid="insert"' in html
    assert "A person sends this" in visible(html)


def test_a_finding_stands_at_its_sentence(stage, iframe):
    html = sidebar(iframe(ROSA), stage.proposed(findings=(Finding("numbers", "the number 3 is unknown", 0),)))
    assert re.search(r'class="sentence bad" data-sentence="0"', html)
    assert "The number 3 is unknown" in html


def test_after_a_stop_the_draft_is_gone_from_view(stage, iframe):
    stored = stage.proposed()
    iframe(ANA).post("/api/v1/rollback", {"scope": "*"})
    html = sidebar(iframe(ROSA), stored)
    assert 'data-testid="banner-off"' in html
    assert "People answer; nothing is sent." in visible(html)
    assert 'data-testid="draft"' not in html
    assert 'data-testid="approve"' not in html


def test_a_ticket_that_nobody_prepared_is_empty(iframe):
    answer = iframe(ROSA).get("/parts/ticket/zendesk/4711")
    assert 'data-testid="empty"' in answer.text


def test_a_newer_message_says_that_the_thread_moved_on(stage, clock, iframe):
    stored = stage.proposed()
    ref = TicketRef("zendesk", stored.proposal.ticket)
    stage.host.says(ref, CASEY, "And another thing")
    ticket = stage.host.fetch(ref)
    comment = ticket.newest_customer_comment()
    with stage.deps.engine.begin() as tx:
        proposals.begin(tx, stage.deps.keys, ticket, comment, "support", clock.tick(1), clock.now())
    assert 'data-testid="banner-working"' in sidebar(iframe(ROSA), stored)
    assert 'data-testid="banner-moved-on"' in iframe(ROSA).get(f"/parts/proposal/{stored.id}").text


def test_an_unchanged_part_is_not_sent_again(stage, iframe):
    rosa, stored = iframe(ROSA), stage.proposed()
    path = f"/parts/ticket/zendesk/{stored.proposal.ticket}"
    first = rosa.get(path)
    again = rosa.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    rosa.post(f"/api/v1/proposals/{stored.id}/reject", {"reason": "other"})
    assert rosa.get(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_an_unchanged_queue_is_not_even_read(stage, browser):
    ana = browser(ANA)
    for _ in range(5):
        stage.proposed()
    statements: list[str] = []
    sa.event.listen(stage.deps.readers, "before_cursor_execute", lambda *about: statements.append(about[2]))
    tag = {"If-None-Match": ana.get("/parts/queue").headers["ETag"]}
    first = len(statements)
    assert ana.get("/parts/queue", headers=tag).status_code == 304
    assert len(statements) - first <= 5 < first


def test_whatever_changes_a_queue_changes_its_tag(stage, browser):
    ana, stored = browser(ANA), stage.proposed()
    tag = {"If-None-Match": ana.get("/parts/queue").headers["ETag"]}
    for change in (
        stage.proposed,
        lambda: ana.post(f"/api/v1/proposals/{stored.id}/reject", {"reason": "other"}),
        lambda: ana.post("/api/v1/rollback", {"scope": "*"}),
    ):
        change()
        answer = ana.get("/parts/queue", headers=tag)
        assert answer.status_code == 200
        tag = {"If-None-Match": answer.headers["ETag"]}
    assert browser(MEI).get("/parts/queue", headers=tag).status_code == 200


def test_every_page_and_part_renders_with_one_of_each_kind(stage, browser):
    stage.every_kind()
    ana = browser(ANA)
    for path in ("/", "/?show=people", "/?show=done", "/?show=nonsense", "/escalations", "/settings", "/parts/state"):
        assert ana.get(path).status_code == 200, path


def test_only_reviewers_can_pick_for_a_batch(stage, browser):
    stage.proposed()
    assert 'data-testid="pick"' in browser(MEI).get("/").text
    assert 'data-testid="pick"' not in browser(ROSA).get("/").text


def test_the_settings_put_the_switch_first_and_tell_what_a_stop_does(stage, browser):
    stage.proposed()
    html = browser(ANA).get("/settings").text
    assert html.index('data-testid="switch-all"') < html.index('data-testid="modes"')
    assert "A stop would now void 1 open draft; nothing is in flight." in visible(html)


def test_the_stop_works_without_scripts(stage, browser):
    ana = browser(ANA)
    answer = ana.client.post("/settings/stop", data={"scope": "*", "form_token": ana.token})
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert ana.get("/api/v1/switch").json[0]["state"] in {"OFF", "CONFIRMED"}


def test_a_host_that_is_down_is_said_in_words(stage, browser):
    ana = browser(ANA)
    stage.host.faults.down = HostError("Zendesk does not answer")
    polling.poll(stage.deps, "zendesk")
    html = ana.get("/settings").text
    assert 'data-testid="trouble-list"' in html
    assert 'data-testid="troubles"' in ana.get("/").text


def test_a_person_sees_an_error_as_a_page(web, browser):
    answer = browser(ROSA).get("/settings")
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert "reviewer" in visible(answer.text)


@pytest.mark.threat("script")
def test_no_template_holds_a_script_a_style_or_a_handler():
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|\|\s*safe\b|javascript:", text), template


def test_no_script_touches_the_hosts_send():
    scripts = "".join(path.read_text(encoding="utf-8") for path in (TEMPLATES.parent / "static").glob("*.js"))
    assert not re.search(
        r"ticket\.save|ticket\.submit(?!\.done)|sendMessage|enableSave|disableSave|comment\.type", scripts
    )
    assert "localStorage" not in scripts
    assert "document.cookie" not in scripts


def test_the_settings_say_why_something_is_off_and_what_a_stop_does_not_reach(stage, browser):
    stage.host.writing = (*stage.host.writing, Sender("automation", "Pending notification", brings=False))
    bringing.look(stage.deps, "zendesk")
    stage.host.installed = Installation(Leave.GONE, "the app is disabled in Zendesk")
    watch.look(stage.deps, "zendesk")
    text = visible(browser(ANA).get("/settings").text)
    assert "Stopped by the installation watch (the app is disabled in Zendesk)" in text
    assert "not stopped by the switch: automation “Pending notification”" in text
    assert "Stop and revoke tokens" in text


def test_each_page_that_keeps_itself_true_has_a_part_to_ask_for(web, browser):
    """Else its reader is told that there is no connection."""
    script = (TEMPLATES.parent / "static/page.js").read_text(encoding="utf-8")
    still = re.findall(
        r'"(\w+)"', script[script.index('["log"') : script.index("].includes(name)) {", script.index('["log"'))]
    )
    ana = browser(ANA)
    paths = [rule.rule for rule in web.url_map.iter_rules() if rule.endpoint in PAGES and not rule.arguments]
    assert len(paths) > 10
    for path in paths:
        for name in re.findall(r'data-page="(\w+)"', ana.get(path).text):
            assert name in still or ana.get(f"/parts/{name}").status_code == 200, path

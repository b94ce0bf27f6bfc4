"""The evidence page: one step large, six lines, nothing green that is not done."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app import create_app, figures, ramping, review
from app.governance.fingerprint import Tools
from app.governance.golden import Comparison, made_of
from app.host import TicketRef
from app.store import evidence, golden, plans, policies, staff
from app.store.tables import golden as table
from app.store.tables import proposal
from tests import earned
from tests.fakes import ANA, ROSA
from tests.web.browsers import Browser
from tests.web.stage import settings
from tests.web.test_pages import visible

TOOLS = Tools(model="embedded", prompts={}, retrieval={})


def offered(stage, category: str = "delivery-times") -> None:
    """One draft of that category of the starter policy, made with known tools."""
    stored = stage.proposed(category=category)
    with stage.deps.engine.begin() as tx:
        policy = policies.in_force(tx, stage.deps.clock.now())
        mark = evidence.fingerprint_of(tx, stored.proposal, policy, TOOLS, stage.deps.clock.now())
        assert mark
        tx.exec_driver_sql(f"UPDATE proposal SET fingerprint = '{mark}' WHERE id = '{stored.id}'")


def test_the_next_step_is_large_and_six_lines_stand_below(stage, browser):
    html = browser(ANA).get("/evidence").text
    section = re.search(
        r'<section class="earning inconclusive" data-testid="evidence-delivery-times".*?</section>', html, re.S
    )
    assert section
    assert "Not yet" in section[0]
    assert "more good reviews needed; at most 1 in" in re.search(r'data-testid="next-step">(.*?)</p>', section[0])[1]
    assert section[0].count('<li class="open">') + section[0].count('<li class="done">') == 6


def test_a_plan_is_shown_with_its_hash_and_what_is_left_out(stage, browser):
    assert "Written down with the first draft" in browser(ANA).get("/evidence").text
    offered(stage)
    words = visible(browser(ANA).get("/evidence").text)
    assert "by policy version 1" in words
    assert "1 still waiting for a review" in words
    assert "Nothing yet" in words


def test_whoever_has_this_edition_costs_one_read(stage, browser):
    person = browser(ANA)
    first = person.get("/parts/evidence")
    assert person.get("/parts/evidence", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    offered(stage)
    assert person.get("/parts/evidence", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    before = person.get("/parts/evidence").headers["ETag"]
    stage.deps.clock.tick(24 * 3600)
    assert browser(ANA).get("/parts/evidence").headers["ETag"] != before  # a review may have become old


def test_it_is_for_reviewers(browser):
    assert browser(ROSA).get("/evidence").status_code == 403
    assert 'data-testid="nav-evidence"' in browser(ANA).get("/").text
    assert 'data-testid="nav-evidence"' not in browser(ROSA).get("/").text


# --- a new release -----------------------------------------------------------------------------------------------------


def released(stage, found: Comparison) -> None:
    """A release whose drafts were compared with those of the plan."""
    offered(stage)
    stored, now = stage.proposed(), stage.deps.clock.now()
    with stage.deps.engine.begin() as tx:
        policy, plan = policies.in_force(tx, now), plans.newest(tx, "delivery-times")
        was = made_of(stored.proposal, policy)
        ticket = stage.host.fetch(TicketRef("zendesk", stored.proposal.ticket))
        message = golden.Message(ticket, stored.proposal.comment, stored.record.corrected, now.date(), was)
        golden.keep(tx, stage.deps.keys, stored, plan.plan.fingerprint, message, now)
        row = tx.execute(sa.select(table.c.id)).scalar_one()
        other = replace(was, draft=was.draft.replace("3", "9"), tier=2)
        differ = [(row, other, ("tier", "draft"))] if found.different else []
        making = replace(plan.making, tools=replace(TOOLS, prompts={"code": "2"}))
        golden.tell(
            tx, stage.deps.keys, "delivery-times", plan.sha256, plan.plan.fingerprint, making, found, differ, now
        )


def test_a_release_that_drafts_otherwise_is_shown_message_by_message(stage, browser):
    released(stage, Comparison(3, 3, 1))
    html = browser(ANA).get("/evidence").text
    assert "1 message comes out different since the update, of 3 reviewed ones" in visible(html)
    shown = visible(re.search(r'data-testid="release-differences".*?</table>', html, re.S)[0])
    assert "Tier 1 2" in shown
    assert "9 to 5" in shown
    assert "Thank you" not in shown  # of the draft only what differs
    with stage.deps.engine.begin() as tx:
        golden.forget(tx, proposal.c.id.is_not(None))
    assert "The words of this message are gone." in browser(ANA).get("/evidence").text


def test_a_release_that_drafts_alike_is_told_among_the_details(stage, browser):
    released(stage, Comparison(3, 3, 0))
    html = browser(ANA).get("/evidence").text
    assert "exactly as before the update, so the reviews go on counting" in html
    assert "release-ended" not in html


def test_of_many_categories_one_is_unfolded(stage, browser):
    html = browser(ANA).get("/evidence").text
    folds = re.findall(r'<details id="category-([^"]+)"( open)?>', html)
    assert len(folds) == 16
    assert [name for name, is_open in folds if is_open] == [folds[0][0]]


# --- read in one look -------------------------------------------------------------------------------------------------
def statements(stage, person) -> int:
    """How often SQL is asked for the page."""
    asked = []
    listen = ("before_cursor_execute", lambda *_: asked.append(1))
    sa.event.listen(stage.deps.readers, *listen)
    try:
        assert person.get("/evidence").status_code == 200
    finally:
        sa.event.remove(stage.deps.readers, *listen)
    return len(asked)


def test_many_categories_ask_sql_no_more_often_than_one(stage, browser):
    ana = browser(ANA)
    released(stage, Comparison(3, 3, 1))
    one = statements(stage, ana)
    for category in ("order-tracking", "returns-how-to", "payment-methods", "invoices"):
        offered(stage, category)
    assert statements(stage, ana) == one < 60


@pytest.mark.parametrize("different", [0, 1])
def test_one_look_at_all_says_what_each_look_alone_would(stage, different):
    released(stage, Comparison(3, 3, different))
    offered(stage, "invoices")
    found = tuple(stands.report for stands in ramping.standings(stage.deps))
    assert found == figures.evidence(stage.deps)
    assert sum(report.registered is not None for report in found) == 2


# --- the ramp and second looks -----------------------------------------------------------------------------------------
@pytest.fixture
def earner_web(earner):
    """The pages over a deployment whose category has passed the gate."""
    return create_app(
        replace(earner.deps, settings=settings(earner.deps.settings.home, "", key=earner.deps.settings.key))
    )


def page_of(web, email):
    """That person's browser, signed in on the sign-in page."""
    client = web.test_client()
    found = re.search(r'name="form_token" value="([^"]+)"', client.get("/sign-in").text)
    with web.extensions["deps"].readers.begin() as tx:
        member = staff.by_email(tx, email)
    client.post("/sign-in", data={"person": member.id, "form_token": found[1]})
    with client.session_transaction() as session:
        return Browser(client, session["form_token"])


def test_two_admins_raise_a_category_on_the_page_and_a_reviewer_takes_it_back(earner_web):
    ana, ben = page_of(earner_web, "ana@acme.example"), page_of(earner_web, "ben@acme.example")
    page = ana.get("/evidence").text
    assert "Ask for five a day" in page
    assert '<polyline class="sum opens"' in page  # the curve says what the gate says
    assert ana.get("/evidence/delivery-times.csv").text.splitlines()[-1].split(",")[6] == "yes"
    asked = ana.post("/api/v1/ramp/delivery-times/ask", {"reason": "the gate holds"}).json
    assert (asked["step"], asked["in_force"]) == ("five a day", False)
    assert 'data-testid="ramp-grant"' not in ana.get("/evidence").text
    assert ana.post(f"/api/v1/ramp/requests/{asked['id']}/grant").status_code == 422
    assert "Grant five a day" in ben.get("/evidence").text
    assert ben.post(f"/api/v1/ramp/requests/{asked['id']}/grant").json["in_force"] is True
    words = visible(ana.get("/evidence").text)
    assert "Auto-send: five a day" in words
    assert "50 more answers must have had time to turn out badly" in words
    page_of(earner_web, "rosa@acme.example").post("/api/v1/ramp/delivery-times/lower")
    assert "Auto-send: off" in visible(ana.get("/evidence").text)


def test_a_second_look_is_asked_of_another_person(earner, earner_web):
    for number in range(9):
        item = earned.offered(earner, 900 + number)
        earner.clock.tick(60)
        review.approve(earner.deps, item, earner.seen(item), earned.actor(earner, "rosa@acme.example"))
    earner.after_undo()
    pages = [page_of(earner_web, email) for email in ("rosa@acme.example", "mei@acme.example")]
    asked = [(page, re.findall(r'data-task="([^"]+)"', page.get("/evidence").text)) for page in pages]
    ((other, (task,)),) = [
        (page, tasks) for page, tasks in asked if tasks
    ]  # the draw says whose review it is, and so who not
    assert other.post(f"/api/v1/proposals/{task}/second", {"said": "perfect"}).status_code == 422
    assert other.post(f"/api/v1/proposals/{task}/second", {"said": "accepted"}).json["answered"] == "again"
    assert 'data-testid="second-look"' not in other.get("/evidence").text
    assert tuple(stands.report for stands in ramping.standings(earner.deps)) == figures.evidence(earner.deps)

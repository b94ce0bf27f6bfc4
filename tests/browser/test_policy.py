"""A change of policy from edit to in force, by two people, on the page; and what one person may do alone."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def opened(running, page: Page) -> Page:
    page.goto(f"{running.app}/settings/policy")
    expect(page.get_by_test_id("comes-to")).to_be_visible()
    return page


def version(page: Page) -> int:
    return int(page.get_by_test_id("in-force").get_attribute("data-version") or 0)


def write(page: Page, old: str, new: str) -> None:
    """Type into the text."""
    page.get_by_test_id("tab-text").click()
    text = page.get_by_test_id("policy-text")
    before = text.input_value()
    assert old in before
    text.fill(before.replace(old, new, 1))


def ask(page: Page, why: str) -> None:
    page.get_by_test_id("reason").fill(why)
    page.get_by_test_id("ask").click()


def test_a_policy_change_from_edit_to_in_force(running, signed_in, elsewhere):
    ana, ben = opened(running, signed_in("ana@acme.example")), opened(running, elsewhere)
    before = version(ana)

    write(ana, "schema = 1", "schema = 1\nnmae = 1")
    expect(ana.get_by_test_id("problems")).to_contain_text("did you mean `name`")
    expect(ana.get_by_test_id("ask")).to_be_disabled()
    write(ana, "schema = 1\nnmae = 1", "schema = 1")
    expect(ana.get_by_test_id("comes-to")).to_contain_text("equivalent")

    write(ana, "per_hour = 30", "per_hour = 31")
    expect(ana.get_by_test_id("comes-to")).to_contain_text("wider")
    both_keep_theirs(ana, ben)
    ask(ana, "A little more")
    expect(ana.get_by_test_id("request")).to_contain_text("per_hour from 30 to 31")
    expect(ana.get_by_test_id("approve")).to_have_count(0)  # the author
    expect(ana.get_by_test_id("publish")).to_have_count(0)

    expect(ben.get_by_test_id("approve")).to_be_visible()
    stale = ben.get_by_test_id("request")
    request, seen = stale.get_attribute("data-request"), stale.get_attribute("data-seen")
    write(ana, "per_hour = 31", "per_hour = 32")
    ask(ana, "A little more than that")
    expect(ana.get_by_test_id("request")).to_contain_text("per_hour from 30 to 32")
    assert clicked_late(ben, request, seen) == 409  # an approval for an older hash

    ben.reload()
    expect(ben.get_by_test_id("request")).to_contain_text("from 30 to 32")
    ben.get_by_test_id("approve").click()
    expect(ana.get_by_test_id("publish")).to_be_visible()
    ana.get_by_test_id("publish").click()
    expect(ana.locator(f"[data-testid=in-force][data-version='{before + 1}']")).to_be_visible()
    expect(ana.get_by_test_id("in-force")).to_contain_text("approved by Ben")

    expect(ben.get_by_test_id("overtaken")).to_contain_text("came into force since you began")
    expect(ben.get_by_test_id("ask")).to_be_disabled()

    opened(running, ana)
    write(ana, "per_hour = 32", "per_hour = 2")
    expect(ana.get_by_test_id("comes-to")).to_contain_text("narrower")
    ask(ana, "Less, at once")
    ana.get_by_test_id("publish").click()
    expect(ana.locator(f"[data-testid=in-force][data-version='{before + 2}']")).to_be_visible()


def both_keep_theirs(ana: Page, ben: Page) -> None:
    """Two wrote from the same beginning: nothing is lost, and the second sees what the first says otherwise."""
    ana.get_by_test_id("save").click()
    expect(ana.get_by_test_id("toast")).to_have_text("Kept.")
    write(ben, "per_hour = 30", "per_hour = 29")
    ben.get_by_test_id("save").click()
    meanwhile = ben.get_by_test_id("meanwhile")
    expect(meanwhile).to_contain_text("Ana Alvarez saved another text meanwhile")
    expect(meanwhile.locator("del")).to_have_text("per_hour = 31")
    expect(meanwhile.locator("ins")).to_have_text("per_hour = 29")
    for button, text in (("Look at theirs", "per_hour = 31"), ("Back to mine", "per_hour = 29")):
        meanwhile.get_by_role("button", name=button).click()
        expect(ben.get_by_test_id("policy-text")).to_have_value(re.compile(text))


def clicked_late(page: Page, request: str | None, seen: str | None) -> int:
    """What the click of somebody who still sees the older text is answered."""
    script = """async ([request, seen]) => (await fetch(`/api/v1/policy/requests/${request}/approve`, {
        method: "POST", body: JSON.stringify({seen}),
        headers: {"Content-Type": "application/json", "X-Countersign-Form": document.body.dataset.formToken}})).status"""
    return int(page.evaluate(script, [request, seen]))


def test_the_nine_questions_change_the_text_and_are_judged(running, signed_in):
    page = opened(running, signed_in("ana@acme.example"))
    page.locator(".question summary").nth(3).click()
    page.locator("label", has_text="opening-hours at most").locator("select").select_option("assisted")
    expect(page.get_by_test_id("judged")).to_contain_text("opening-hours in support: no longer allowed")
    page.get_by_test_id("try").click()
    expect(page.get_by_test_id("trial-done")).to_be_visible(timeout=60_000)
    assert requests.get(f"{running.app}/healthz", timeout=10).status_code == 200

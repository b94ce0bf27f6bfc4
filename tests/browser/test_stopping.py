"""Freezes, the rehearsal and the phone link, by the buttons that people press."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(running: Any, signed_in: Callable[[str], Any]) -> Any:
    """The settings page as that person has it; signed out again, so that the next one can come."""

    @contextmanager
    def of(email: str) -> Any:
        page = signed_in(email)
        page.goto(f"{running.app}/settings")
        yield page
        page.locator("form.me button").click()

    return of


def test_one_person_freezes_a_category_and_two_lift_it(settings: Any) -> None:
    with settings("ana@acme.example") as page:
        page.get_by_test_id("open-freeze").click()
        page.locator("[data-name=freeze] select[name=category]").select_option("delivery-times")
        page.locator("[data-name=freeze] input[name=reason]").fill("it invents days")
        page.get_by_test_id("freeze").click()
        row = page.locator("[data-testid=frozen][data-kind=person]")
        expect(row).to_contain_text("it invents days")
        expect(page.get_by_test_id("modes").locator("tr", has_text="Delivery times")).to_contain_text("frozen")
        row.get_by_test_id("thaw-open").click()
        row.locator("input[name=reason]").fill("the source is right now")
        row.get_by_test_id("thaw").click()
        expect(row).to_contain_text("A second admin must confirm")
    with settings("ben@acme.example") as page:
        row = page.locator("[data-testid=frozen][data-kind=person]")
        row.get_by_test_id("thaw-confirm").click()
        expect(row).to_have_count(0)


def test_a_rehearsal_from_the_page_ends_in_a_certificate(settings: Any, running: Any) -> None:
    before = len(running.ledger())
    with settings("ana@acme.example") as page:
        page.get_by_test_id("rehearse").click()
        expect(page.get_by_test_id("drill-running")).to_be_visible()
        expect(page.get_by_test_id("certificates")).to_contain_text("passed", timeout=120_000)
        expect(page.get_by_test_id("certificates")).not_to_contain_text("not passed")
        expect(page.get_by_test_id("switch-all").get_by_test_id("switch-state")).to_have_text("LIVE")
    assert len(running.ledger()) == before


def test_a_phone_stops_one_queue_with_one_button(settings: Any, context: Any) -> None:
    with settings("ana@acme.example") as page:
        page.get_by_test_id("open-stop-link").click()
        page.locator("[data-name=stop-link] input[name=made_for]").fill("ben@acme.example")
        page.locator("[data-name=stop-link] select[name=scope]").select_option("billing")
        page.get_by_test_id("make-stop-link").click()
        expect(page.get_by_test_id("stop-address")).not_to_have_value("")
        address = page.get_by_test_id("stop-address").input_value()
    phone = context.new_page()
    phone.goto(address)
    phone.get_by_test_id("stop").click()
    expect(phone.get_by_test_id("stop-link")).to_contain_text("Nothing more will be sent", timeout=60_000)
    for email in ("ana@acme.example", "ben@acme.example"):
        with settings(email) as page:
            billing = page.get_by_test_id("switch-billing")
            expect(billing).to_contain_text("ben@acme.example, by a phone link")
            billing.locator("[data-act=restore]").click()
            expect(billing.locator("[data-act=restore]")).to_have_count(0)

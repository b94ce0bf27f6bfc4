"""Every page in light and dark, wide and on a phone: pictures to look at, and axe finds nothing serious."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.conftest import ROOT, Running
from tests.browser.pictures import photograph

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
PICTURES = ROOT / "test-results/pages"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAGES = {
    "queue": "/",
    "queue-people": "/?show=people",
    "escalations": "/escalations",
    "evidence": "/evidence",
    "figures": "/figures",
    "log": "/log",
    "settings": "/settings",
    "start": "/settings/start",
    "people": "/settings/people",
    "policy": "/settings/policy",
    "sources": "/settings/sources",
    "source": "/settings/source?id=shipping-times",
    "runbook": "/settings/runbook",
    "own": "/me",
    "status": "/status",
    "corrections": "/corrections?kind=category&what=delivery-times&since=2020-01-01",
    "not-found": "/nowhere",
}
IN_DOCUMENTS = ("queue", "escalations", "settings", "policy")
COLOURS = {"runOnly": ["color-contrast"]}


def objections(frame: Page | Frame, name: str, **how: object) -> list[str]:
    """What axe says against it, each with the first place where it is so."""
    frame.evaluate(AXE)
    found = frame.evaluate("how => axe.run(document, {resultTypes: ['violations'], ...how})", how)["violations"]
    return [
        f"{name}: {one['impact']} {one['id']} at {one['nodes'][0]['target']}: {one['nodes'][0]['failureSummary']}"
        for one in found
    ]


def pictured(page: Page, name: str) -> list[str]:
    """One page as it stands, in all its dresses, and what is wrong with it."""
    wrong = objections(page, name)
    for dress, size in (("light", WIDE), ("light", PHONE), ("dark", WIDE)):
        page.emulate_media(color_scheme=dress, reduced_motion="reduce")
        page.set_viewport_size(size)
        page.screenshot(path=PICTURES / f"{name}-{dress}-{size['width']}.png", full_page=size is WIDE)
        if name in IN_DOCUMENTS and (dress, size) == ("light", WIDE):
            photograph(page, f"{name}.png")
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong += [f"{name}: {beyond} px beyond the edge at {size['width']} px"] if beyond > 0 else []
    wrong += objections(page, f"{name}, dark", **COLOURS)
    page.emulate_media(color_scheme="light")
    return wrong


def when_all_is_prepared(page: Page, running: Running) -> None:
    """What came in since the start; half of it would be another picture each time."""
    for _ in range(200):
        page.goto(f"{running.app}/status")
        waiting = [page.get_by_test_id(f"waiting-{kind}").text_content() for kind in ("deliveries", "drafts", "notes")]
        if set(waiting) == {"0"}:
            return
        page.wait_for_timeout(500)
    raise AssertionError(waiting)


def test_every_page_is_fit_for_everybody(running, signed_in):
    ticket = running.new_ticket(subject="A parcel to Lyon")
    page = signed_in("ana@acme.example")
    expect(page.get_by_test_id("line").filter(has_text="A parcel to Lyon")).to_be_visible()
    when_all_is_prepared(page, running)
    wrong = []
    for name, path in PAGES.items():
        page.goto(f"{running.app}{path}")
        page.wait_for_timeout(300)  # scripts tell times and judge the policy
        wrong += pictured(page, name)
    page.goto(running.app)
    expect(page.get_by_test_id("proposal")).to_be_visible()
    page.keyboard.press("?")
    wrong += pictured(page, "help")
    page.goto(f"{running.zendesk}/agent/tickets/{ticket}")
    expect(page.frame_locator("[data-testid=app-frame]").get_by_test_id("approve")).to_be_visible()
    (sidebar,) = (frame for frame in page.frames if "/zendesk/sidebar" in frame.url)
    wrong += objections(sidebar, "sidebar")
    page.emulate_media(color_scheme="dark")
    wrong += objections(sidebar, "sidebar, dark", **COLOURS)
    page.context.clear_cookies()
    page.goto(f"{running.app}/sign-in")
    wrong += pictured(page, "sign-in")
    assert not wrong, "\n".join(wrong)

"""Chromium as people have it, for what only a browser shows: what it paints, what it loads, what holds up its main thread."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
ANA = "ana@acme.example"


def program() -> str:
    """Debian's; Playwright brings none of its own."""
    found = shutil.which("chromium")
    if found is None:
        raise RuntimeError("Chromium is missing: make setup-test installs it")
    return found


@contextmanager
def opened() -> Iterator[BrowserContext]:
    """A fresh profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        try:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.set_default_timeout(60_000)
            yield context
        finally:
            browser.close()


def signed_in(context: BrowserContext, address: str) -> Page:
    """Countersign's own pages, as Ana, who is an admin of the sandbox."""
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator(f"[data-testid=person][data-email='{ANA}']").click()
    page.get_by_test_id("me").wait_for()
    return page

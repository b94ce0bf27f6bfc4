"""The sidebar beside a ticket in Chromium: how long until it is of use, and how much it loads from us."""

from __future__ import annotations

from random import Random
from statistics import median
from typing import Any

from playwright.sync_api import Page, Response

from benchmarks import chromium, ground
from benchmarks.offered import until_quiet
from benchmarks.report import Figure, percentile

SEEDS, OPENED = 20, 40
GOAL, ASSETS = (
    300,
    60_000,
)  # milliseconds after the iframe's load event; bytes of scripts, styles and pictures of our own
PLACE = "/zendesk/sidebar"
WATCH = f"""if (location.pathname === "{PLACE}") {{
  const look = new MutationObserver(() => {{
    if (!document.querySelector("[data-proposal]")) return;
    look.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.useful = performance.now())));
  }});
  look.observe(document, {{ childList: true, subtree: true }});
}}"""
TOLD = """() => window.useful && (() => {
  const [page] = performance.getEntriesByType("navigation");
  return { useful: window.useful, loaded: page.loadEventEnd, first: performance.getEntriesByName("first-contentful-paint")[0].startTime };
})()"""


def measure(seed: int) -> list[Figure]:
    """Seeded tickets with a draft, opened one after another in any order, each in a document of its own."""
    with ground.folder() as place, ground.deployment(place / "home", SEEDS) as running:
        until_quiet(place / "home" / "countersign.db")
        with chromium.opened() as context:
            context.add_init_script(WATCH)
            asked = chromium.signed_in(context, running.url).request.get(f"{running.url}/api/v1/queue?state=offered")
            tickets = [one["ticket"] for one in asked.json() if one["host"] == "zendesk"]
            page, chance = context.new_page(), Random(seed)
            assert context.browser is not None  # noqa: S101 - it is no persistent one
            with context.browser.new_context() as fresh:
                fresh.add_init_script(WATCH)
                assets = _assets(fresh.new_page(), running, tickets[0])
            told = [_opened(page, f"{running.host}/agent/tickets/{chance.choice(tickets)}") for _ in range(OPENED)]
    return figures(told, assets)


def _assets(page: Page, running: ground.Deployment, ticket: str) -> int:
    """What one opening loads of ours that is not about the ticket, in a browser that has none of it yet."""
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    _opened(page, f"{running.host}/agent/tickets/{ticket}")
    ours = [one for one in answers if one.status == 200 and one.url.startswith(f"{running.url}/static/")]
    return sum({one.url: len(one.body()) for one in ours}.values())  # what it asks for again is answered 304


def _opened(page: Page, address: str) -> dict[str, float]:
    page.goto(address)
    page.frame_locator("[data-testid=app-frame]").get_by_test_id("proposal").wait_for()
    (frame,) = (one for one in page.frames if PLACE in one.url)
    frame.wait_for_function(TOLD)
    told: dict[str, Any] = frame.evaluate(TOLD)
    return told


def figures(told: list[dict[str, float]], assets: int) -> list[Figure]:
    after = [one["useful"] - one["loaded"] for one in told]
    floor = median(one["first"] for one in told)
    whole = [one["useful"] for one in told]
    return [
        Figure("useful_p95_ms", f"painted with its draft after loading, p95 of {len(told)}", percentile(after, 0.95), "ms", at_most=GOAL),
        Figure("useful_ms", "  median", median(after), "ms"),
        Figure("whole_p95_ms", "  from the first byte asked for, p95", percentile(whole, 0.95), "ms", floor=floor),
        Figure("assets_bytes", "scripts, styles and pictures of our own", assets, "bytes", at_most=ASSETS),
    ]  # fmt: skip

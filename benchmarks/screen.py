"""The queue in Chromium with 10,000 open proposals: what it keeps on the page, and how long anything holds up the main thread."""

from __future__ import annotations

from playwright.sync_api import Page

from app import wiring
from app.config import Settings
from app.deps import Deps
from app.launch import redis
from app.store import audit
from app.store.tables import proposal
from benchmarks import chromium, filled, ground
from benchmarks.report import Figure

MOVES, LOOKS = 20, 3  # how often j is pressed; polls waited for, each of which brings a changed list
WATCH = """window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: "longtask", buffered: true });"""
TAKE = "() => Math.max(0, ...window.tasks.splice(0))"  # a browser tells of a task from 50 ms on
HOLD = "() => setTimeout(() => { const end = performance.now() + 80; while (performance.now() < end); })"


def measure(_seed: int) -> list[Figure]:
    """Open it, move, choose a hundred, and let it renew itself while new ones come."""
    with ground.folder() as home:
        env = dict(filled.deployment("sqlite", 0, 1, None), REDIS_URL=f"unix://{home / 'redis.sock'}")
        deps = wiring.deps(Settings.from_env(env))
        port = ground.free_ports()
        with ground.running([redis(home)], env), ground.running([ground.web(port)], env), chromium.opened() as context:
            context.add_init_script(WATCH)
            page = chromium.signed_in(context, f"http://localhost:{port}")
            page.get_by_test_id("proposal").wait_for()
            rows, longest = _worked(page, deps)
        deps.engine.dispose()
        deps.readers.dispose()
    return figures(rows, longest)


def _worked(page: Page, deps: Deps) -> tuple[int, dict[str, float]]:
    longest = {"opening": _longest(page)}
    page.evaluate(HOLD)
    if _longest(page) < 80:
        raise RuntimeError("this browser tells of no long task: 0 would mean nothing")
    for _ in range(MOVES):
        page.keyboard.press("j")
        page.wait_for_timeout(150)
    longest["moving"] = _longest(page)
    page.keyboard.press("X")
    page.get_by_text("100 selected").wait_for()
    longest["choosing"] = _longest(page)
    for _ in range(LOOKS):
        gone = page.get_by_test_id("line").last.get_attribute("data-line")
        with deps.engine.begin() as tx:
            tx.execute(proposal.update().where(proposal.c.id == gone).values(state="superseded"))
            audit.append(tx, deps.clock.now(), "bench", "bench", str(gone), {})
        page.locator(f"[data-line='{gone}']").wait_for(state="detached")
    longest["renewing"] = _longest(page)
    return page.get_by_test_id("line").count(), longest


def _longest(page: Page) -> float:
    page.wait_for_timeout(1000)
    return float(page.evaluate(TAKE))


def figures(rows: int, longest: dict[str, float]) -> list[Figure]:
    said = {
        "opening": "opening",
        "moving": f"{MOVES} moves",
        "choosing": "choosing a hundred",
        "renewing": f"{LOOKS} changed lists",
    }
    tasks = [
        Figure(f"{name}_ms", f"longest task over 50 ms: {said[name]}", longest[name], "ms", at_most=50) for name in said
    ]
    return [Figure("rows", f"rows on the page, {filled.OPEN:,} open", rows, at_most=200), *tasks]

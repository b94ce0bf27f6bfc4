"""How long Gmail's side panel waits for a card: Google's signed event in, a card out, as the sandbox's own Google sees it."""

from __future__ import annotations

import time
from random import Random
from statistics import median

from benchmarks import ground
from benchmarks.offered import until_quiet
from benchmarks.report import Figure, percentile

NAME = "card"
OPENED, HOMES = 300, 50
GOAL = 150  # milliseconds


def measure(seed: int) -> list[Figure]:
    """Seeded threads opened one after another in any order; the floor is a route that does nothing."""
    with ground.folder() as place, ground.deployment(place / "home") as running:
        until_quiet(place / "home" / "countersign.db")
        gmail = f"http://127.0.0.1:{running.port + 2}"
        threads = [one["id"] for one in ground.call(f"{gmail}/mail/state")["threads"]]
        chance = Random(seed)
        opened = [_took(gmail, running.url, "message", chance.choice(threads)) for _ in range(OPENED)]
        homes = [_took(gmail, running.url, "home", "") for _ in range(HOMES)]
        floor = [_healthz(running.url) for _ in range(OPENED)]
    return figures(opened, homes, floor)


def _took(gmail: str, app: str, route: str, thread: str) -> float:
    place = {"thread": thread, "message": thread} if thread else {}
    told = ground.call(f"{gmail}/mail/panel", {"url": f"{app}/gmail/addon/{route}", "open": place})
    if "action" not in told.get("answer", {}):
        raise RuntimeError(f"no card: {told}")
    return float(told["took"])


def _healthz(app: str) -> float:
    begun = time.perf_counter()
    ground.call(f"{app}/healthz")
    return (time.perf_counter() - begun) * 1000


def figures(opened: list[float], homes: list[float], floor: list[float]) -> list[Figure]:
    return [
        Figure(
            "p95_ms",
            f"p95 of {len(opened)} cards",
            percentile(opened, 0.95),
            "ms",
            floor=percentile(floor, 0.95),
            at_most=GOAL,
        ),
        Figure("median_ms", "  median", median(opened), "ms", floor=median(floor)),
        Figure("home_p95_ms", f"p95 of {len(homes)} homepages", percentile(homes, 0.95), "ms"),
    ]

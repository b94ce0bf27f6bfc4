"""The desk with 10,000 open proposals: how fast its pages answer over HTTP with few and with many messages stored.

Both deployments run at once and are asked in turns, so that what disturbs one disturbs the other. Filling the larger one
takes minutes and 13 GB under the temporary folder, and is kept for two days.
"""

from __future__ import annotations

import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median

import sqlalchemy as sa

from app import board, wiring
from app.config import Settings
from app.launch import redis
from app.store import staff
from app.store.tables import proposal
from benchmarks import filled, ground
from benchmarks.report import Figure, percentile
from tests.fakes import ANA

FEW, MANY = 10_000, 1_000_000  # messages answered long ago
ROUNDS = 60
FLOOR = "/sign-in"  # it shows nothing of what is stored
PAGES = {
    "queue": "/parts/queue?show=open", "page": "/", "proposal": "/parts/proposal/{id}", "sidebar": "/parts/ticket/zendesk/{ticket}",
    "escalations": "/escalations", "figures": "/figures", "evidence": "/evidence", "log": "/log?kind=role.", "log_of_ticket": "/log?about={ticket}",
}  # fmt: skip
GOALS = dict.fromkeys(("queue", "page", "proposal", "sidebar"), 150) | {"figures": 600}


class Desk:
    """One deployment that runs, and what its pages took."""

    def __init__(self, many: int, seed: int, up: ExitStack) -> None:
        env, self._chance = filled.deployment("sqlite", many, 1, None), Random(seed)
        deps = wiring.deps(Settings.from_env(env))
        with deps.engine.begin() as tx:
            staff.meet(tx, "zendesk", ANA, deps.clock.now())
        board.count(deps)  # as the clock does
        with deps.readers.begin() as tx:
            wanted = sa.select(proposal.c.id, proposal.c.ticket).where(proposal.c.state == "offered").limit(1_000)
            self._open = [dict(row._mapping) for row in tx.execute(wanted)]
        deps.engine.dispose()
        deps.readers.dispose()
        port = ground.free_ports()
        up.enter_context(ground.running([redis(Path(env["COUNTERSIGN_HOME"])), ground.web(port)], env))
        self._address = f"http://localhost:{port}"
        self._browser = _signed_in(self._address)
        self.took: dict[str, list[float]] = {path: [] for path in (FLOOR, *PAGES.values())}

    def round(self) -> None:
        """Every page once, about one of the open ones."""
        about = self._chance.choice(self._open)
        for path, took in self.took.items():
            began = time.perf_counter()
            with self._browser.open(self._address + path.format(**about), timeout=60) as answer:
                answer.read()
            took.append(1000 * (time.perf_counter() - began))


def measure(seed: int) -> list[Figure]:
    """The same pages of both in turns."""
    with ExitStack() as up:
        few, many = (Desk(size, seed, up) for size in (FEW, MANY))
        for _ in range(ROUNDS):
            few.round()
            many.round()
    return figures(few.took, many.took)


def figures(few: Mapping[str, list[float]], many: Mapping[str, list[float]]) -> list[Figure]:
    """p95 with many stored; the ratio is that of the medians, which one pause of the machine does not move."""
    floor = percentile(many[FLOOR], 0.95)
    return [
        figure
        for name, path in PAGES.items()
        for figure in (
            Figure(f"{name}_p95_ms", f"{name}, p95, {MANY:,} stored", percentile(many[path], 0.95), "ms", floor, at_most=GOALS.get(name)),
            Figure(f"{name}_ratio", f"  ratio to {FEW:,} stored", median(many[path]) / median(few[path]), at_most=1.3),
        )
    ]  # fmt: skip


def _signed_in(address: str) -> urllib.request.OpenerDirector:
    """As Ana, an admin."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{address}/sign-in").read().decode()
    (token,) = set(re.findall(r'name="form_token" value="([^"]+)"', page))
    person = re.search(rf'name="person" value="([^"]+)"[^>]*data-email="{ANA.email}"', page)
    assert person is not None  # noqa: S101 - she was met before
    fields = urllib.parse.urlencode({"form_token": token, "person": person[1]}).encode()
    browser.open(f"{address}/sign-in", fields).read()
    return browser

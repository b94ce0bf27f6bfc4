"""The desk with 10,000 open proposals: how fast queue, one proposal, sidebar and figures answer, with few and with many messages stored."""

from __future__ import annotations

import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from random import Random

from sqlalchemy import Connection

from app import wiring
from app.config import Settings
from app.deps import Deps
from app.governance.proposal import Draft, Passage, Proposal, Sentence, Tier, Urgency
from app.governance.sources import passages as cut
from app.host import Person
from app.launch import redis
from app.store import sources, staff
from app.store.record import Line, Page, Record, sealed
from app.store.tables import proposal as table
from benchmarks import ground
from benchmarks.report import Figure, percentile

OPEN, FEW, MANY = 10_000, 10_000, 300_000  # proposals on offer; messages answered long ago
CUSTOMERS = 500
ASKED = "How long does standard delivery take within Europe, and what does it cost? " * 3
ROUNDS = 60
ANA = Person(id="1", name="Ana Alvarez", email="ana@acme.example", role="admin")
PAGES = {"queue": "/parts/queue?show=open", "page": "/", "proposal": "/parts/proposal/{id}", "sidebar": "/parts/ticket/zendesk/{ticket}"}  # fmt: skip
GOAL = 150


def measure(seed: int) -> list[Figure]:
    """The same deployment twice: with few messages behind it, then with many."""
    with ground.folder() as home:
        env = ground.environment(home, REDIS_URL=f"unix://{home / 'redis.sock'}", **ground.account("a secret"))
        deps = wiring.deps(Settings.from_env(env))
        wiring.prepare(deps)
        fill(deps, "offered", range(OPEN))
        fill(deps, "sent", range(FEW))
        with ground.running([redis(home)], env):
            few, floor = _timed(env, Random(seed))
            fill(deps, "sent", range(FEW, MANY))
            many, _ = _timed(env, Random(seed))
        deps.engine.dispose()
    return [
        figure
        for name in PAGES
        for figure in (
            Figure(f"{name}_p95_ms", f"{name}, p95, {MANY:,} stored", many[name], "ms", floor, at_most=GOAL),
            Figure(f"{name}_ratio", f"  ratio to {FEW:,} stored", many[name] / few[name], at_most=1.3),
        )
    ]


# --- what is stored ----------------------------------------------------------------------------------------------------
def fill(deps: Deps, state: str, numbers: range) -> None:
    """So many proposals in that state, of a few hundred customers."""
    with deps.engine.begin() as tx:
        staff.meet(tx, "zendesk", ANA, deps.clock.now())
        passages = [one for source in sources.current(tx) if source.id == "shipping-times" for one in cut(source)][:2]
        blobs = [_sealed(tx, deps, number, passages) for number in range(CUSTOMERS)]
        rows = _rows(deps, state, numbers, blobs)
        while some := list(islice(rows, 10_000)):
            tx.execute(table.insert(), some)


def _sealed(tx: Connection, deps: Deps, number: int, passages: list[Passage]) -> tuple[str, bytes]:
    subject = deps.keys.subject("zendesk", str(number))
    now = deps.clock.now()
    sentences = tuple(Sentence(one.text.split(". ")[0] + ".", (one.id,)) for one in passages)
    proposal = Proposal(
        host="zendesk", ticket="0", comment="0", queue="support", subject="Delivery", requester=str(number), cc=(), participants=(),
        text=ASKED, full_text=ASKED, language="en", machine_mail=(), injection=(), redactions=(), category="delivery-times",
        tier=Tier.LOOKUP, confidence=0.96, urgency=Urgency.NORMAL, triggers=(), passages=tuple(passages), findings=(),
        draft=Draft(" ".join(one.text for one in sentences), sentences),
    )  # fmt: skip
    page = Page(
        f"Casey {number}", "https://acme.zendesk.com/agent/tickets/1", (Line("Casey", False, True, now, ASKED),)
    )
    return subject, sealed(tx, deps.keys, subject, Record(proposal, page))


def _rows(deps: Deps, state: str, numbers: range, blobs: list[tuple[str, bytes]]) -> Iterator[dict[str, object]]:
    now = deps.clock.now()
    for number in numbers:
        subject, blob = blobs[number % CUSTOMERS]
        at = now - timedelta(minutes=number % 10_000, days=0 if state == "offered" else 30 + number % 300)
        yield {
            "id": f"{state[0].upper()}{number:025}", "host": "zendesk", "ticket": f"{state}-{number}", "comment": "1",
            "queue": "support", "subject_key": subject, "state": state, "action": "OFFER_DRAFT", "mode": "ASSISTED",
            "category": "delivery-times", "tier": 1, "rules": "unapproved", "policy_version": 1, "sealed": blob,
            "attempt": 1, "created_at": at, "changed_at": at,
        }  # fmt: skip


# --- who asks ----------------------------------------------------------------------------------------------------------
def _timed(env: dict[str, str], chance: Random) -> tuple[dict[str, float], float]:
    """p95 of each page in milliseconds, and of the sign-in page, which shows nothing of what is stored."""
    port = ground.free_ports()
    with ground.running([ground.web(port)], env):
        browser, address = _signed_in(f"http://localhost:{port}"), f"http://localhost:{port}"
        took: dict[str, list[float]] = {name: [] for name in ("floor", *PAGES)}
        for _ in range(ROUNDS):
            number = chance.randrange(OPEN)
            about = {"id": f"O{number:025}", "ticket": f"offered-{number}"}
            for name, path in {"floor": "/sign-in", **PAGES}.items():
                began = time.perf_counter()
                with browser.open(address + path.format(**about), timeout=60) as answer:
                    answer.read()
                took[name].append(1000 * (time.perf_counter() - began))
    slow = {name: percentile(times, 0.95) for name, times in took.items()}
    return slow, slow.pop("floor")


def _signed_in(address: str) -> urllib.request.OpenerDirector:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{address}/sign-in").read().decode()
    (token,) = set(re.findall(r'name="form_token" value="([^"]+)"', page))
    (person,) = re.findall(r'name="person" value="([^"]+)"', page)
    fields = urllib.parse.urlencode({"form_token": token, "person": person}).encode()
    browser.open(f"{address}/sign-in", fields).read()
    return browser

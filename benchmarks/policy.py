"""How long the analysis of a large policy takes, and the trial of a policy on a hundred thousand stored decisions."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Connection

from app import replay
from app.config import MANIFEST, Settings
from app.deps import Deps
from app.governance import proof
from app.governance.analysis import among_rows, findings
from app.governance.document import parse
from app.governance.finding import Ground
from app.governance.policy import Mode, Policy, Rule
from app.governance.proposal import Draft, Passage, Proposal, Sentence, Tier, Urgency
from app.governance.verdict import compare
from app.store import engine, names, policies, replays
from app.store.keys import Keys
from app.store.record import Page, Record, sealed
from app.store.replays import Replay
from app.store.tables import proposal as table
from benchmarks.report import Figure

NAME = "policy"
CATEGORIES, ROWS, DECISIONS, CUSTOMERS = 40, 40, 100_000, 5_000
STARTER = (MANIFEST / "policy.toml").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SIGNS = ("urgent", "injection", "personal-data", "others-in-copy")


def measure(seed: int) -> list[Figure]:
    """The analysis beside its own comparison of rows; the replay beside reading and opening the same rows."""
    large = _large(Random(seed))
    ground = Ground(today=date(2026, 11, 23), lines={})
    return [
        Figure("analysis_s", f"analyse {CATEGORIES} categories and {ROWS} rows", _took(lambda: findings(large, ground)), "s",
               floor=_took(lambda: among_rows(large, ground)), at_most=1.0),
        Figure("proof_s", "of it the proof over decide()", _took(lambda: proof.broken(large)), "s"),
        Figure("verdict_s", "compare it with itself less one row", _took(lambda: compare(large, replace(large, rules=large.rules[1:]))), "s"),
        *_replayed(seed),
    ]  # fmt: skip


def _took(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _large(chance: Random) -> Policy:
    starter = parse(STARTER)
    many = tuple(
        replace(starter.categories[place % len(starter.categories)], name=f"category-{place}")
        for place in range(CATEGORIES)
    )
    rows = tuple(
        Rule(f"row-{place}", place % 2 == 0, Mode.AUTO, categories=(f"category-{chance.randrange(CATEGORIES)}",),
             when=() if place % 2 == 0 else tuple(chance.sample(SIGNS, 2)))
        for place in range(ROWS)
    )  # fmt: skip
    return replace(starter, categories=many, rules=rows)


def _replayed(seed: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, _deployment(Path(folder)) as deps:
        with deps.engine.begin() as tx:
            policies.install(tx, STARTER, NOW - timedelta(days=90))
            _stored(tx, deps.keys, Random(seed))
        at = replay.begin(deps, STARTER.replace("per_hour = 30", "per_hour = 0", 1), 30, "benchmark")
        reading = _took(lambda: _opened(deps, at))
        taken = _took(lambda: replay.run(deps, at.id))
        with deps.readers.begin() as tx:
            done = replays.read(tx, at.id)
        if (done.state, done.done) != (replays.DONE, DECISIONS):
            raise RuntimeError(f"{done.done} of {DECISIONS} were counted")
    return [Figure("replay_s", f"replay {DECISIONS:,} stored decisions", taken, "s", floor=reading, at_most=60.0)]


def _opened(deps: Deps, at: Replay) -> None:
    """The least that could do it: the same rows read and opened, and nothing asked of them."""
    while True:
        with deps.readers.begin() as tx:
            rows = replays.past(tx, deps.keys, at, replay.STEP)
        if not rows:
            return
        at = replace(at, through=rows[-1].id)


class _Clock:
    def now(self) -> datetime:
        return NOW


@contextmanager
def _deployment(home: Path) -> Iterator[Deps]:
    url = f"sqlite:///{home / 'policy.db'}"
    env = {
        "COUNTERSIGN_KEY": "11" * 32,
        "COUNTERSIGN_DEPLOYMENT": "bench",
        "DATABASE_URL": url,
        "COUNTERSIGN_HOME": str(home),
    }
    settings = Settings.from_env(env)
    writing = engine.connect(url)
    engine.upgrade(writing)
    deps = Deps(settings, writing, engine.readers(writing), Keys(settings.key), {}, lambda _job, _ids: None, _Clock())
    yield deps
    deps.readers.dispose()
    writing.dispose()


def _stored(tx: Connection, keys: Keys, chance: Random) -> None:
    """Decisions of the last month, of every tier, with a draft each where one was written."""
    starter = parse(STARTER)
    subjects = [keys.subject("zendesk", str(number)) for number in range(CUSTOMERS)]
    passage = Passage(
        "shipping-times#standard", "Delivery", "Standard delivery takes 3 to 5 days." * 8, 0.9, "public", "en"
    )
    draft = Draft(passage.text, (Sentence(passage.text, (passage.id,)),))
    rows = []
    for number in range(DECISIONS):
        category, at = chance.choice(starter.categories), NOW - timedelta(days=29) + timedelta(seconds=20 * number)
        made = Proposal(
            host="zendesk", ticket=str(number), comment=str(number), queue="support", subject="Delivery", requester="7",
            text="When will it come? " * 12, full_text="When will it come? " * 12, language="en", machine_mail=(), injection=(),
            redactions=(), category=category.name, tier=category.tier, confidence=chance.random(), urgency=Urgency.NORMAL,
            triggers=(), passages=(passage,), draft=None if category.tier is Tier.HIGH_STAKES else draft, findings=(),
        )  # fmt: skip
        subject = chance.choice(subjects)
        rows.append({
            "id": names.new(at), "host": "zendesk", "ticket": str(number), "comment": str(number), "queue": "support",
            "subject_key": subject, "state": "human", "action": "OFFER_DRAFT", "mode": "ASSISTED", "category": category.name,
            "tier": int(category.tier), "attempt": 1, "created_at": at, "changed_at": at,
            "sealed": sealed(tx, keys, subject, Record(made, Page("Casey", "https://x"))),
        })  # fmt: skip
    tx.execute(table.insert(), rows)

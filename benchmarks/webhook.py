"""How many deliveries a second the web process takes, and how long each waits for its 202."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

import sqlalchemy as sa

from app.store import engine
from app.store.tables import inbox
from benchmarks.ground import Pair, processor_seconds, serving, web_beside_floor
from benchmarks.load import Load, Outcome, put_on
from benchmarks.report import Figure, percentile

NAME = "webhook"
WARM = 300
ROUNDS, FULL = 5, 2000  # as fast as answers come
CALM_ROUNDS, CALM, MODERATE = 3, 400, 50.0  # so many a second


@dataclass(frozen=True)
class Round:
    """One of ours and one of the floor's, minutes apart at most."""

    ours: Outcome
    floor: Outcome


@dataclass(frozen=True)
class Burnt:
    """Milliseconds of processor for one delivery: steadier than the clock when others use the machine."""

    ours: float
    floor: float


def measure(seed: int) -> list[Figure]:
    """Full speed first, in turns so that a slow moment of the machine meets both; then a moderate rate."""
    chance = Random(seed)
    with web_beside_floor() as pair:
        _round(pair, chance, WARM)
        before = _burnt(pair)
        full = [_round(pair, chance, FULL) for _ in range(ROUNDS)]
        after, each = _burnt(pair), 1000 / (ROUNDS * FULL)
        calm = [_round(pair, chance, CALM, MODERATE) for _ in range(CALM_ROUNDS)]
        _nothing_lost(pair, WARM + ROUNDS * FULL + CALM_ROUNDS * CALM)
    return figures(full, calm, Burnt((after.ours - before.ours) * each, (after.floor - before.floor) * each))


def _round(pair: Pair, chance: Random, count: int, rate: float | None = None) -> Round:
    def at(port: int) -> Outcome:
        return put_on(Load(port, pair.secret, count, chance.getrandbits(32), rate))

    if chance.random() < 0.5:
        floor = at(pair.floor_port)
        return Round(at(pair.ours_port), floor)
    return Round(at(pair.ours_port), at(pair.floor_port))


def _burnt(pair: Pair) -> Burnt:
    return Burnt(processor_seconds(serving(pair.ours)), processor_seconds(serving(pair.floor)))


def _nothing_lost(pair: Pair, accepted: int) -> None:
    with engine.connect(pair.database).connect() as tx:
        stored = tx.execute(sa.select(sa.func.count()).select_from(inbox)).scalar_one()
    if stored != accepted:
        raise RuntimeError(f"{accepted} deliveries were accepted, {stored} are in the inbox")


def figures(full: Sequence[Round], calm: Sequence[Round], burnt: Burnt) -> list[Figure]:
    """The ratio is the median of the rounds' own ratios."""

    def slow(outcomes: Iterable[Outcome]) -> float:
        return 1000 * median(percentile(outcome.answers, 0.99) for outcome in outcomes)

    def middle(outcomes: Iterable[Outcome]) -> float:
        return 1000 * median(median(outcome.answers) for outcome in outcomes)

    ratios = [one.ours.rate / one.floor.rate for one in full]
    return [
        Figure(
            "requests_per_second",
            "deliveries a second",
            median(one.ours.rate for one in full),
            floor=median(one.floor.rate for one in full),
        ),
        Figure("ratio_to_floor", "ratio to the floor", median(ratios), at_least=0.8),
        Figure("ratio_lowest", "  lowest round", min(ratios)),
        Figure("ratio_highest", "  highest round", max(ratios)),
        Figure("processor_ms", "processor per delivery", burnt.ours, "ms", floor=burnt.floor),
        Figure(
            "p99_ms_full",
            "p99 at full speed",
            slow(one.ours for one in full),
            "ms",
            floor=slow(one.floor for one in full),
        ),
        Figure(
            "p99_ms_moderate",
            f"p99 at {MODERATE:g} a second",
            slow(one.ours for one in calm),
            "ms",
            floor=slow(one.floor for one in calm),
        ),
        Figure(
            "p50_ms_moderate",
            "  median",
            middle(one.ours for one in calm),
            "ms",
            floor=middle(one.floor for one in calm),
        ),
    ]

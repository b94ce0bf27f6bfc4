"""Run trials side by side, and say what they came to."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.crash import judge
from tests.crash.roads import ROADS
from tests.crash.trial import Case, Outcome, Trial
from tests.crash.world import World


def run(world: World, case: Case) -> Outcome:
    """One trial. What keeps it from ending is a violation too: something was lost."""
    began = time.monotonic()
    with world.place(case.database) as place:
        trial = Trial(world, place, case)
        try:
            ROADS[case.point](trial)
        except AssertionError as error:
            trial.outcome.violations.append(f"it came to no end: {error}")
        trial.outcome.violations += judge.violations(trial)
    trial.outcome.seconds = time.monotonic() - began
    return trial.outcome


def run_all(world: World, cases: Iterable[Case], lanes: int, deadline: float = float("inf")) -> Iterator[Outcome]:
    """Each as it ends; none begins after the deadline."""

    def in_time(case: Case) -> Outcome | None:
        return run(world, case) if time.monotonic() < deadline else None

    with ThreadPoolExecutor(lanes) as pool:
        for done in as_completed([pool.submit(in_time, case) for case in cases]):
            if outcome := done.result():
                yield outcome

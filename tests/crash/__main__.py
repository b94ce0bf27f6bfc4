"""`python -m tests.crash`: every crash point, many seeds, both databases, with and without a rollback; resumable.

Results go to a file of JSON Lines, one trial a line; a case that is in it is not run again. Exit 1: a promise was broken.
`python -m tests.crash storm`: all harms at once, at random moments, in slices of a thousand events; resumable likewise.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from app.crash import POINTS
from tests import servers
from tests.crash import slices, suite, tables
from tests.crash.tables import Record
from tests.crash.trial import Case
from tests.crash.world import world

DATABASES = ("sqlite", "postgresql")
CHUNK = 400  # trials on one sandbox: its answers slow down as its ledger grows


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["storm"]:
        return slices.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--points", type=numbers, default=list(POINTS), help="1-25, or some: 9,10,13")
    parser.add_argument("--seeds", type=int, default=40, metavar="N", help="how many")
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument("--weak", action="store_true", help="send without the stamp: promises must fall")
    parser.add_argument("--lanes", type=int, default=6, help="trials side by side")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no trial after so long")
    parser.add_argument("--results", type=Path, default=Path("test-results/torture.jsonl"))
    given = parser.parse_args(arguments)
    wanted = list(cases(given.points, given.seeds, given.databases.split(","), weak=given.weak))
    known = tables.read(given.results)
    left = [case for case in wanted if case.key not in known]
    deadline = time.monotonic() + 60 * given.minutes
    given.results.parent.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(left), CHUNK):
        run(left[start : start + CHUNK], given.lanes, given.results, deadline)
    known = tables.read(given.results)
    done = [known[case.key] for case in wanted if case.key in known]
    print("\n".join(tables.table(done, len(wanted))), flush=True)  # noqa: T201 - a command speaks
    return 1 if any(one["violations"] for one in done) != given.weak else 0


def numbers(text: str) -> list[int]:
    """`3`, `1-8` or `9,10,13`."""
    parts = [part.partition("-") for part in text.split(",")]
    return [number for low, _, high in parts for number in range(int(low), int(high or low) + 1)]


def cases(points: list[int], seeds: int, databases: list[str], *, weak: bool) -> Iterator[Case]:
    """Seed by seed, so that an interrupted run has looked at everything a little."""
    for seed in range(seeds):
        for database in databases:
            for rollback in (False, True):
                yield from (Case(point, seed, database, rollback, weak) for point in points)


def run(chosen: list[Case], lanes: int, results: Path, deadline: float) -> None:
    """Each outcome is on the disk before the next one is looked at."""
    if not chosen or time.monotonic() > deadline:
        return
    databases = {case.database for case in chosen}
    with (
        tempfile.TemporaryDirectory(prefix="countersign-crash-", ignore_cleanup_errors=True) as home,
        servers.redis_server() as redis_url,
        servers.postgres_server("max_connections=400") if "postgresql" in databases else nullcontext() as postgres,
        world(Path(home), redis_url, postgres, lanes) as made,
        results.open("a", encoding="utf-8") as file,
    ):
        for outcome in suite.run_all(made, chosen, lanes, deadline):
            record: Record = {"key": outcome.case.key, **asdict(outcome)}
            print(json.dumps(record), file=file, flush=True)
            print(tables.line(record), flush=True)  # noqa: T201


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))

"""Run storms one after another, each in a world of its own."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from tests import servers
from tests.crash import storm_judge, storm_table, tables
from tests.crash.storm import SHARE, TEETH, Report, Slice, Storm
from tests.crash.tables import Record
from tests.crash.weather import Weather
from tests.crash.world import World, world

DISK = "64m"  # of a SQLite deployment: small enough to be filled


def run(which: Slice) -> Report:
    """One storm. What keeps it from ending is a violation too: something was lost."""
    began = time.monotonic()
    with ExitStack() as stack:
        home = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-storm-", ignore_cleanup_errors=True))
        )
        redis_url = stack.enter_context(servers.redis_server())
        cluster, postgres = home / "cluster", None
        if which.store == "postgresql":
            home.chmod(0o755)
            postgres = stack.enter_context(servers.postgres_server("max_connections=200", keep=cluster))
        made = stack.enter_context(world(home, redis_url, postgres, 1))
        made.cluster, made.grounds = cluster, stack.enter_context(small_disk(home))
        wire = stack.enter_context(fault_wire(made, which))
        place = stack.enter_context(made.place(which.store))
        report = _through(made, which, Storm(made, place, which, wire.address), home)
        report.counts["small disks"] = made.grounds is not None
        report.counts.update({f"host {name}": count for name, count in wire.told().items()})
    report.seconds = time.monotonic() - began
    return report


def _through(made: World, which: Slice, storm: Storm, home: Path) -> Report:
    made.zendesk.control("PUT", "settings", {"blind_seconds": 1})
    weather = Weather(storm)
    try:
        storm.run(weather)
    except AssertionError as error:
        storm.report.violations.append(str(error))
    storm.report.violations += storm_judge.violations(storm, home / "exported")
    return storm.report


@contextmanager
def small_disk(home: Path) -> Iterator[Path | None]:
    """A disk of its own; None where this machine does not let us make one: nobody's own disk is to be filled."""
    place = home / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", place]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)


class FaultWire:
    """The road to the host, and what it did to those who took it."""

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.address, self._process = address, process

    def told(self) -> Counter[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Counter(json.loads(self._process.stdout.readline()))


@contextmanager
def fault_wire(made: World, which: Slice) -> Iterator[FaultWire]:
    address = f"127.0.0.1:{servers.free_port()}"
    there = made.zendesk.url.removeprefix("http://")
    command = [sys.executable, "-m", "tests.crash.fault_wire", f"{address}={there}", str(which.number), str(SHARE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        servers.wait_for_port(int(address.rpartition(":")[2]))
        try:
            yield FaultWire(address, process)
        finally:
            process.kill()


def main(arguments: list[str]) -> int:
    """Slice after slice until there are enough of them, or the time is over. Exit 1: a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash storm", description=__doc__)
    parser.add_argument("--slices", type=int, default=50, metavar="N", help="of each store")
    parser.add_argument("--events", type=int, default=1000, metavar="N", help="in each slice")
    parser.add_argument("--store", default="sqlite,postgresql")
    parser.add_argument("--without", default="", metavar="SAFEGUARD", help=f"promises must fall: {', '.join(TEETH)}")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no slice after so long")
    parser.add_argument("--results", type=Path, default=Path("test-results/storm.jsonl"))
    given = parser.parse_args(arguments)
    deadline = time.monotonic() + 60 * given.minutes
    stores = given.store.split(",")
    wanted = [Slice(one, store, given.events, given.without) for one in range(given.slices) for store in stores]
    given.results.parent.mkdir(parents=True, exist_ok=True)
    for which in wanted:
        if which.key not in tables.read(given.results) and time.monotonic() < deadline:
            keep(run(which), given.results)
    known = tables.read(given.results)
    done = [known[which.key] for which in wanted if which.key in known]
    print("\n".join(storm_table.table(done)), flush=True)  # noqa: T201 - a command speaks
    return 1 if any(one["violations"] for one in done) != bool(given.without) else 0


def keep(report: Report, results: Path) -> None:
    """On the disk before the next one begins."""
    record: Record = {**vars(report), "key": report.slice.key, "slice": asdict(report.slice)}
    with results.open("a", encoding="utf-8") as file:
        print(json.dumps(record), file=file, flush=True)
    print(storm_table.line(record), flush=True)  # noqa: T201

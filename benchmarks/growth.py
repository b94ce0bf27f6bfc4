"""Growth: what each message and each page costs with few and with many messages stored, on SQLite and on PostgreSQL.

`python -m benchmarks.growth [--sizes 10000,100000,1000000] [--databases sqlite,postgresql]`: one database after the other, its
sizes in turns. Processor time and statements are counted beside the clock, which others on the machine move.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from subprocess import PIPE, Popen

from benchmarks import filled, ground
from benchmarks.report import Figure, circumstances, flat, table, write
from benchmarks.slices import Slice

NAME = "load"
SIZES, KINDS = (10_000, 100_000, 1_000_000), ("sqlite", "postgresql")
FEW = SIZES[0]
GOALS = {"queue": 150, "queue_part": 150, "proposal": 150, "sidebar": 150, "figures": 600}


# --- all of them -------------------------------------------------------------------------------------------------------
def _file(kind: str, many: int) -> Path:
    return filled.CACHE / f"measured-{kind}-{many}.json"


def _measure(kind: str, sizes: list[int], server: str) -> None:
    """Each size in a process of its own, so that none has another's memory; they take turns, a small step each."""
    command = [sys.executable, "-m", "benchmarks.growth", "--slice", kind]
    with ExitStack() as over:
        made = [over.enter_context(Popen([*command, str(many), server], cwd=ground.ROOT, stdin=PIPE, stdout=PIPE)) for many in sizes]  # fmt: skip
        going = deque(made)
        for one in made:
            _turn(one)  # filled
        while going:
            one = going.popleft()
            if _turn(one):
                going.append(one)
    if any(one.returncode for one in made):
        raise RuntimeError(f"a slice of {kind} broke off")


def _turn(child: Popen[bytes]) -> bool:
    """It takes its next step. False: that was the last."""
    assert child.stdin is not None  # noqa: S101 - we asked for the pipes
    assert child.stdout is not None  # noqa: S101
    with suppress(BrokenPipeError):
        child.stdin.write(b"go\n")
        child.stdin.flush()
    return child.stdout.readline() == b"more\n"


def _slice(kind: str, many: int, server: str) -> None:
    """In that process. What is printed there goes where errors go: the pipe is for taking turns."""
    turns, sys.stdout = sys.stdout, sys.stderr
    sys.stdin.readline()
    load, began = os.getloadavg()[0], time.perf_counter()
    mine = Slice(filled.deployment(kind, many, 1, server or None), many)
    told = {"load_average": load, "filling_seconds": time.perf_counter() - began}
    for _ in mine.steps():
        print("more", file=turns, flush=True)
        sys.stdin.readline()
    _file(kind, many).write_text(json.dumps(mine.found | told, indent=1))


PER_MESSAGE = ("webhook_cpu_ms", "announce_cpu_ms", "offer_cpu_ms", "approve_cpu_ms", "claim_and_send_cpu_ms", "bytes_per_message")  # fmt: skip
SHOWN = ("webhooks_per_second", "claims_per_second", "offer_p95_ms", "web_mb", "clock_share_of_core", "count_cpu_ms")


def figures(found: Mapping[tuple[str, int], Mapping[str, float]]) -> Iterator[Figure]:
    """Each beside what it was with few stored; ratios of processor time, which does not hang on who else works here."""
    for (kind, many), mine in found.items():
        at, few = f"{kind}_{many}", found.get((kind, FEW)) if many != FEW else None
        for name in PER_MESSAGE:
            yield Figure(f"{at}_{name}", f"{kind} {many:,}: {name}", mine[name], floor=few[name] if few else None)  # fmt: skip
            if few:
                yield Figure(f"{at}_{name}_ratio", "  ratio to few", mine[name] / few[name], at_most=1.2)
        for name, goal in GOALS.items():
            yield Figure(f"{at}_{name}_p95_ms", f"{kind} {many:,}: {name} p95", mine[f"{name}_p95_ms"], "ms", mine["sign-in_p95_ms"], at_most=goal)  # fmt: skip
            yield Figure(f"{at}_{name}_cpu_ms", f"  processor, {mine[f'{name}_statements']:.0f} statements", mine[f"{name}_cpu_ms"], "ms", mine["sign-in_cpu_ms"])  # fmt: skip
            if few:
                yield Figure(f"{at}_{name}_ratio", "  ratio to few", mine[f"{name}_cpu_ms"] / few[f"{name}_cpu_ms"], at_most=1.3)  # fmt: skip
        for name in SHOWN:
            yield Figure(f"{at}_{name}", f"{kind} {many:,}: {name}", mine[name])


# --- for whoever chooses a machine -------------------------------------------------------------------------------------
DOCUMENT = ground.ROOT / "docs/operate.md"
_BEGIN, _END = "<!-- make bench-load -->", "<!-- end -->"
COLUMNS = {
    "deliveries a second": ("webhooks_per_second", "{:.0f}"), "processor of a delivery": ("webhook_cpu_ms", "{:.1f} ms"),
    "of a message, without its models": ("offer_cpu_ms", "{:.0f} ms"), "of a reply": ("claim_and_send_cpu_ms", "{:.0f} ms"),
    "of the queue": ("queue_part_cpu_ms", "{:.0f} ms"), "of the sidebar": ("sidebar_cpu_ms", "{:.0f} ms"), "of the figures": ("figures_cpu_ms", "{:.0f} ms"),
    "share of a core for the clock": ("clock_share_of_core", "{:.0%}"), "memory of `web`": ("web_mb", "{:.0f} MB"), "disk a message": ("bytes_per_message", "{:,.0f} B"),
}  # fmt: skip


def sizing(found: Mapping[tuple[str, int], Mapping[str, float]], day: str) -> str:
    """The table of `docs/operate.md`."""
    head = f"Measured {day} on {os.cpu_count()} cores; load of the machine by others: " + ", ".join(
        f"{mine['load_average']:.0f}" for mine in found.values()
    )
    lines = [f"{head}.", "", f"| stored | {' | '.join(COLUMNS)} |", "|---|" + "---|" * len(COLUMNS)]
    for (kind, many), mine in found.items():
        cells = [shape.format(mine[name]) for name, shape in COLUMNS.values()]
        lines.append(f"| {many:,}, {'SQLite' if kind == 'sqlite' else 'PostgreSQL'} | {' | '.join(cells)} |")
    return "\n".join(lines)


def document(text: str, of_now: str) -> str:
    """With that table in place of the one before."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{of_now}\n{_END}{rest.partition(_END)[2]}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--document", action="store_true", help="write the sizing table of docs/operate.md anew")
    parser.add_argument("--slice", nargs=3, metavar=("KIND", "SIZE", "SERVER"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.slice:
        _slice(given.slice[0], int(given.slice[1]), given.slice[2])
        sys.stdout.flush()
        os._exit(0)  # threads of libraries keep nobody waiting
    kinds, sizes = given.databases.split(","), [int(size) for size in given.sizes.split(",")]
    around = circumstances(1)
    for kind in kinds:
        with filled.cluster() if kind == "postgresql" else nullcontext("") as server:
            _measure(kind, sizes, server)
    found = {(kind, size): json.loads(_file(kind, size).read_text()) for kind in kinds for size in sizes}
    shown = list(figures(found))
    print(table(NAME, shown))
    print(f"  {write(flat(NAME, around, shown))}")
    if given.document:
        DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8"), sizing(found, str(around["date"])[:10])), "utf-8")
    return 1 if any(figure.met is False for figure in shown) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

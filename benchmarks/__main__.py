"""`python -m benchmarks [NAME…]`: measure, print the tables, write the figures down; exit 1 when a goal is missed."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks import report

BENCHMARKS = ("start", "triage", "memory", "webhook", "offered", "thread", "card", "sidebar")
ON_REQUEST = (
    "desk",
    "evidence",
    "judgement",
    "lighthouse",
    "mail",
    "policy",
    "record",
    "rollback",
    "script",
    "work",
    "screen",
)  # minutes, or data beside the repository


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*BENCHMARKS, *ON_REQUEST)))
    parser.add_argument("--seed", type=int, default=20261123)
    given = parser.parse_args(arguments)
    unknown = set(given.names) - {*BENCHMARKS, *ON_REQUEST}
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    return 1 if [name for name in given.names or BENCHMARKS if not _run(name, given.seed)] else 0


def _run(name: str, seed: int) -> bool:
    """True: every goal of it is met."""
    around = report.circumstances(seed)
    figures = import_module(f"benchmarks.{name}").measure(seed)
    print(report.table(name, figures), flush=True)
    print(f"  {report.write(report.flat(name, around, figures))}\n", flush=True)
    return all(figure.met is not False for figure in figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

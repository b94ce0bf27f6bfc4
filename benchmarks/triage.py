"""`countersign triage FILE.eml` from a cold process, on mail never seen before, with nothing else running."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.ground import ROOT, environment, folder
from benchmarks.report import Figure

NAME = "triage"
TIMES = 5
WHAT = ("headphones", "a kettle", "two lamps", "a desk chair", "a rain jacket", "three notebooks")
ASKED = (
    "how long does the delivery take",
    "what does express delivery cost",
    "when will my parcel come",
    "do you deliver on Saturdays",
    "which carrier brings it",
)


def letter(chance: Random) -> bytes:
    """A new mail each time."""
    mail = EmailMessage()
    mail["From"] = f"Casey <casey{chance.randrange(10**6)}@customer.example>"
    mail["To"], mail["Subject"] = "support@acme.example", f"Order {chance.randrange(10**6)}"
    mail["Message-ID"] = f"<{chance.getrandbits(64):x}@customer.example>"
    mail.set_content(f"Hello,\n\nI ordered {chance.choice(WHAT)}: {chance.choice(ASKED)}?\n\nThanks, Casey\n")
    return mail.as_bytes()


def measure(seed: int) -> list[Figure]:
    """Once unmeasured, so that byte code and file cache are warm for both; then in turns."""
    chance = Random(seed)
    with folder() as home:
        _ours(home, chance)
        _floor(home, chance)
        pairs = [(_ours(home, chance), _floor(home, chance)) for _ in range(TIMES)]
    return figures([ours for ours, _ in pairs], [floor for _, floor in pairs])


@dataclass(frozen=True)
class Run:
    """Seconds by the clock, and of the processor: the second is steadier when others use the machine."""

    clock: float
    processor: float


def _ours(home: Path, chance: Random) -> Run:
    file = home / "mail.eml"
    file.write_bytes(letter(chance))
    run, said = _timed(home, [sys.executable, "-m", "app", "triage", str(file), "--json"])
    if json.loads(said)["action"] not in ("offer_draft", "stand_down"):
        raise RuntimeError(f"a harmless question was judged as {said}")
    return run


def _floor(home: Path, chance: Random) -> Run:
    return _timed(home, [sys.executable, "-m", "benchmarks.floor_model"], letter(chance).decode())[0]


def _timed(home: Path, command: Sequence[str], said: str = "") -> tuple[Run, str]:
    begun, burnt = time.perf_counter(), _processor()
    done = subprocess.run(
        command, input=said, capture_output=True, text=True, check=True, cwd=ROOT, env=environment(home)
    )
    return Run(time.perf_counter() - begun, _processor() - burnt), done.stdout


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def figures(ours: Sequence[Run], floor: Sequence[Run]) -> list[Figure]:
    """The slowest must keep the promise, not the median."""

    def middle(runs: Sequence[Run]) -> float:
        return median(run.clock for run in runs)

    def slowest(runs: Sequence[Run]) -> float:
        return max(run.clock for run in runs)

    def burnt(runs: Sequence[Run]) -> float:
        return median(run.processor for run in runs)

    return [
        Figure("cold_seconds", "median of cold processes", middle(ours), "s", floor=middle(floor)),
        Figure("slowest_seconds", "slowest", slowest(ours), "s", floor=slowest(floor), at_most=5),
        Figure("processor_seconds", "processor, median", burnt(ours), "s", floor=burnt(floor)),
    ]

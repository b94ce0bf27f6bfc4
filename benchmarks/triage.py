"""`countersign triage FILE.eml` from a cold process, on mail never seen before, with nothing else running."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
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


def _ours(home: Path, chance: Random) -> float:
    file = home / "mail.eml"
    file.write_bytes(letter(chance))
    seconds, said = _timed(home, [sys.executable, "-m", "app", "triage", str(file), "--json"])
    if json.loads(said)["action"] not in ("offer_draft", "stand_down"):
        raise RuntimeError(f"a harmless question was judged as {said}")
    return seconds


def _floor(home: Path, chance: Random) -> float:
    return _timed(home, [sys.executable, "-m", "benchmarks.floor_model"], letter(chance).decode())[0]


def _timed(home: Path, command: Sequence[str], said: str = "") -> tuple[float, str]:
    begun = time.perf_counter()
    done = subprocess.run(
        command, input=said, capture_output=True, text=True, check=True, cwd=ROOT, env=environment(home)
    )
    return time.perf_counter() - begun, done.stdout


def figures(ours: Sequence[float], floor: Sequence[float]) -> list[Figure]:
    """The slowest must keep the promise, not the median."""
    return [
        Figure("cold_seconds", "median of cold processes", median(ours), "s", floor=median(floor)),
        Figure("slowest_seconds", "slowest", max(ours), "s", floor=max(floor), at_most=5),
    ]

"""Speed and memory of triage in a process of its own, on one thread, warm: processor time, which other load does not stretch."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median

from app import judging, triage
from app.ai.embed import Embedder
from app.governance.policy import Policy
from app.letters import from_json
from benchmarks import judgement_data as data
from benchmarks.ground import ROOT
from benchmarks.report import Figure

SHORT, LONG = 100, 25
WORDS = 200


def measure(_embedder: Embedder, _policy: Policy, seed: int) -> list[Figure]:
    command = [sys.executable, "-m", "benchmarks.judgement_speed", str(seed)]
    once = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ | once).stdout
    found = json.loads(said)
    return [
        Figure(
            "triage_short_ms",
            "triage, short message, median",
            found["short"],
            "ms",
            floor=found["short_floor"],
            at_most=25,
        ),
        Figure(
            "triage_mail_ms", "  200-word mail, median", found["mail"], "ms", floor=found["mail_floor"], at_most=130
        ),
        Figure("triage_megabytes", "  memory of the process", found["megabytes"], "MB", at_most=700),
    ]


def main(seed: int) -> None:
    """Each message is new; the floor is one embedding of it by the English model."""
    chance = Random(seed)
    texts = [row["text"] for row in data.rows("tiering")]
    chance.shuffle(texts)
    embedder = Embedder()
    mind = judging.mind(judging.policy(None), Path("/nonexistent"), embedder)

    def run(text: str) -> float:
        letter = from_json({"id": "x", "text": text}, "x")
        begun = time.process_time()
        triage.judge(letter, mind, datetime.now(UTC))
        return (time.process_time() - begun) * 1000

    def floor(text: str) -> float:
        begun = time.process_time()
        embedder.english.encode([text])
        return (time.process_time() - begun) * 1000

    for text in texts[:20]:
        run(text)
    short, mails = texts[20 : 20 + SHORT], [_mail(texts, chance) for _ in range(LONG)]
    found = {
        "short": median(map(run, short)), "short_floor": median(map(floor, short)),
        "mail": median(map(run, mails)), "mail_floor": median(map(floor, mails)),
        "megabytes": _most_megabytes(),
    }  # fmt: skip
    print(json.dumps(found))


def _most_megabytes() -> float:
    """The most that this program held; `ru_maxrss` would count the benchmark that started it too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024  # type: ignore[index]


def _mail(texts: list[str], chance: Random) -> str:
    words: list[str] = []
    while len(words) < WORDS:
        words += f"{chance.choice(texts).rstrip('.?!')}.".split()
    return " ".join(words[:WORDS])


if __name__ == "__main__":
    main(int(sys.argv[1]))

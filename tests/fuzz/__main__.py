"""`python -m tests.fuzz TARGET [SECONDS] [CORPUS]`: atheris drives one target by coverage and ends with 1 at the first fault,
whose input it prints. What it found worth keeping stays in CORPUS, so that a later run goes on from there.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

OURS = [
    "app.ai",
    "app.governance",
    "app.letters",
    "app.source_files",
    "app.web.signed_page",
    "integrations",
    "email",
    "json",
    "tomllib",
]
SEEDS = Path(__file__).parent / "corpus"


def main(name: str, seconds: str = "60", corpus: str = "") -> None:
    """Never returns: libFuzzer ends the process."""
    with atheris.instrument_imports(include=OURS):
        from tests.fuzz.targets import TARGETS
    found = Path(corpus or tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    found.mkdir(parents=True, exist_ok=True)
    limits = [
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=8192",
        "-print_final_stats=1",
    ]
    places = [str(found), str(SEEDS / name)]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={found}/", *places], TARGETS[name])
    atheris.Fuzz()


main(*sys.argv[1:])

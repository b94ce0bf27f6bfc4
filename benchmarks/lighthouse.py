"""What Lighthouse 12 says of queue and settings: fit for everybody, and built as browsers advise."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from benchmarks import chromium, ground
from benchmarks.offered import until_quiet
from benchmarks.report import Figure

PROGRAM = ground.ROOT / ".venv/lighthouse/node_modules/lighthouse/cli/index.js"
SEEDS = 40
PAGES = {"queue": "/", "settings": "/settings"}
GOALS = {"accessibility": 100, "best-practices": 95}


def measure(_seed: int) -> list[Figure]:
    """The sandbox with some of its seeded conversations, as an admin sees it."""
    if not PROGRAM.exists():
        raise RuntimeError("Lighthouse is not installed: make lighthouse brings it")
    with ground.folder() as place, ground.deployment(place / "home", SEEDS) as running:
        until_quiet(place / "home" / "countersign.db")
        with chromium.opened() as context:
            chromium.signed_in(context, running.url)
            cookies = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies(running.url))
            return [
                figure
                for name, path in PAGES.items()
                for figure in _judged(name, running.url + path, cookies, place / f"{name}.json")
            ]


def _judged(name: str, address: str, cookies: str, report: Path) -> list[Figure]:
    told = ["--output=json", f"--output-path={report}", "--quiet", f"--only-categories={','.join(GOALS)}"]
    flags = f"--chrome-flags=--headless=new {' '.join(chromium.FLAGS)}"
    command = ["node", str(PROGRAM), address, *told, flags, f"--extra-headers={json.dumps({'Cookie': cookies})}"]
    env = {**os.environ, "CHROME_PATH": chromium.program(), "PUPPETEER_SKIP_DOWNLOAD": "1"}
    subprocess.run([*command, "--preset=desktop", "--no-enable-error-reporting"], check=True, env=env, timeout=300)
    found = json.loads(report.read_text(encoding="utf-8"))
    if found["finalDisplayedUrl"] != address:
        raise RuntimeError(f"it was shown {found['finalDisplayedUrl']}, not {address}")
    for audit in found["audits"].values():
        if audit["score"] is not None and audit["score"] < 1:
            print(f"  {name}: {audit['title']}: {audit.get('displayValue', '')}", flush=True)
    return [
        Figure(
            f"{name}_{category}".replace("-", "_"),
            f"{name}: {category}",
            100 * found["categories"][category]["score"],
            at_least=goal,
        )
        for category, goal in GOALS.items()
    ]

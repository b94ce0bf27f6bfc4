"""Connections: a press asks one of them what `countersign doctor` would, beside the page, and says what to do."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

from flask import Blueprint, abort

from app import checkup
from app.deps import Deps
from app.store import heartbeats
from app.store.heartbeats import Beat
from app.web.context import current_deps
from app.web.language import told

bp = Blueprint("connections", __name__)
PATIENCE = 1.8  # seconds; whoever presses has an answer by then, and the rest appears when it comes
LONGEST = 60.0
_STILL = "Still asking: the answer appears here."
NAMES = {"database": "Database", "redis": "Redis", "model": "Language model"}


@bp.post("/api/v1/connections/<name>/test")
def test(name: str) -> dict[str, Any]:
    """All well, or what is wrong and what to do."""
    deps = current_deps()
    if name not in checkup.connections(deps):
        abort(404, "There is no such connection.")
    said: list[str] = []
    asking = threading.Thread(target=_ask, args=(deps, name, said), name=f"test {name}", daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return {"id": name, "says": told(said[0] if said else _STILL), "done": bool(said)}


def _ask(deps: Deps, name: str, said: list[str]) -> None:
    found = _by_another() if name == "model" and deps.settings.model else checkup.connection(deps, name)
    wrong = "; ".join(one["text"] for one in found if not one["ok"])
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, f"{heartbeats.TEST}{name}", deps.clock.now(), wrong or None)
    said.append(wrong or "; ".join(dict.fromkeys(one["text"] for one in found)))


def _by_another() -> list[dict[str, Any]]:
    """A process of its own: the providers' library would stay in this one for good."""
    # -P: whatever lies in the folder we were started from is not our code
    command = [sys.executable, "-P", "-m", "app", "doctor", "--only", "model", "--json"]
    try:
        run = subprocess.run(command, capture_output=True, timeout=LONGEST, check=False)
        found: list[dict[str, Any]] = json.loads(run.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return [{"ok": False, "text": "no usable answer: run `countersign doctor --only model`"}]
    return found


def listed(deps: Deps) -> list[tuple[str, str, Beat | None]]:
    """(name, in words, what the last test found)."""
    with deps.readers.begin() as tx:
        return [
            (name, NAMES.get(name, ""), heartbeats.of(tx, f"{heartbeats.TEST}{name}"))
            for name in checkup.connections(deps)
        ]

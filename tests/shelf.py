"""The starter sources on a deployment's shelf, all at once: what the starter policy names is there."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.governance.sources import parse_source
from app.store import sources
from app.store.tables import source
from tests.conftest import FrozenClock

FILES = Path(__file__).parents[1] / "manifest/sources"


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    return tuple(map(_row, sorted(FILES.glob("*.md"))))


def _row(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    read = parse_source(text, file.name)
    hashes = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "says": read.says}
    life = {"version": 1, "change": sources.NEW, "author": sources.INSTALLATION, "reason": "", "widens": False}
    return {"source_id": read.id, "language": read.language, "text": text, "name": file.name, **hashes, **life}


def fill(engine: Engine, clock: FrozenClock) -> None:
    """Whatever is there already stays."""
    with engine.begin() as tx:
        known = {one.key for one in sources.last_versions(tx)}
        rows = [row for row in _rows() if (row["source_id"], row["language"]) not in known]
        tx.execute(source.insert(), [{**row, "added_at": clock.now()} for row in rows])

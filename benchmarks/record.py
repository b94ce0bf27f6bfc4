"""The record at a million entries: a stranger's check, its memory, and the receipt of one message."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import story, wiring
from app.config import MANIFEST, Settings
from app.export import verify
from app.governance import chain, merkle
from app.governance.canonical import canonical
from app.governance.checkpoint import Checkpoint, signed
from app.store import checkpoints, engine, keyring
from app.store.keys import Keys
from app.store.tables import audit, audit_tail, policy_version, proposal
from benchmarks.ground import environment
from benchmarks.report import Figure, percentile

ENTRIES = 1_000_000
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_FLOOR = "import hashlib, sys\nfor line in open(sys.argv[1], 'rb'): hashlib.sha256(line).digest()\n"
RECEIPTS = 200


def measure(seed: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="countersign-record-") as folder:
        place = Path(folder)
        lines = _write_export(place / "export")
        floor = _timed([sys.executable, "-c", _FLOOR, str(place / "export" / "log.jsonl")])[0]
        seconds, memory = _timed([sys.executable, str(place / "export" / "verify.py"), "--json"])
        receipts = _receipts(place, lines, random.Random(seed))
    return [
        Figure("verify_seconds", f"chain, tree and replay of {ENTRIES:,} entries", seconds, "s", floor, at_most=60),
        Figure("verify_mb", "memory of that check", memory, "MB", at_most=300),
        Figure("receipt_p95_ms", "one receipt of a million entries, p95", 1000 * percentile(receipts, 0.95), "ms", at_most=100),
    ]  # fmt: skip


# A small process in between: a child's peak counts the memory of whoever started it.
_WATCH = """
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def _timed(command: list[str]) -> tuple[float, float]:
    """(seconds, peak MB) of a process that must succeed."""
    watched = subprocess.run(
        [sys.executable, "-c", _WATCH, *command], check=True, capture_output=True, text=True
    )  # fmt: skip
    seconds, memory = watched.stdout.split()
    return float(seconds), float(memory)


# --- a log as it would be after 200,000 replies --------------------------------------------------------------------------
def _entries(policy: bytes) -> Iterator[dict[str, Any]]:
    yield _entry("switch.installed", "*", gen=1)
    yield _entry("switch.installed", "support", gen=1)
    yield _entry(
        "policy.published",
        "1",
        "installation",
        sha256=hashlib.sha256(policy).hexdigest(),
        approved_by=None,
        verdict="first",
    )
    for number in range((ENTRIES - 4) // 5):
        about, flight = f"{number:026}", {"row": number, "attempt": 1}
        yield _entry("proposal.begun", about, queue="support")
        yield _entry(
            "proposal.decided", about, tier=1, action="OFFER_DRAFT", mode="assisted", category="delivery-times"
        )
        yield _entry(
            "proposal.approved", about, "rosa", approval=f"a{number}", seen="5" * 64, role="agent", via="sidebar"
        )
        intent = {"queue": "support", "approval": f"a{number}", "generations": [1, 1], "mode": "assisted"}
        yield _entry(
            "answer.intent", about, **flight, **intent, policy_version=1, approved_by="rosa", body_mac="b" * 64
        )
        yield _entry("answer.outcome", about, **flight, state="SENT", comment="c" * 64)


def _entry(action: str, about: str, actor: str = "countersign", /, **header: Any) -> dict[str, Any]:
    return {"actor": actor, "action": action, "object": about, "header": header}


def _write_export(folder: Path) -> list[bytes]:
    """By the product's own formats, without its database: that part is timed by `audit export` itself."""
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "policies").mkdir()
    keys, policy = Keys(bytes(32)), (MANIFEST / "policy.toml").read_bytes()
    beside = {"policies/1.toml": policy, "key.hex": checkpoints.public_key(keys).hex().encode()}
    beside["verify.py"] = Path(verify.__file__).read_bytes()
    for name, content in beside.items():
        (folder / name).write_bytes(content)
    files = {name: hashlib.sha256(content).hexdigest() for name, content in beside.items()}
    lines, head, tree = list[bytes](), chain.GENESIS, merkle.Tree()
    with (folder / "log.jsonl").open("wb") as log, (folder / "chain.txt").open("wb") as links:
        for seq, entry in enumerate(
            (*_entries(policy), _entry("log.exported", "log", files=files, texts=False)), start=1
        ):
            at = (SINCE + timedelta(seconds=seq)).isoformat(timespec="microseconds")
            lines.append(canonical({**entry, "seq": seq, "ts": at}))
            leaf = chain.leaf(lines[-1])
            head = chain.link(head, leaf)
            tree.add(leaf)
            log.write(lines[-1] + b"\n")
            links.write(head.hex().encode() + b"\n")
    checkpoint = Checkpoint("countersign/bench", len(lines), tree.root(), SINCE + timedelta(days=30))
    note = signed(checkpoint, checkpoints.public_key(keys), checkpoints.signing_key(keys).sign)
    (folder / "checkpoints" / "last.note").write_text(note, encoding="utf-8")
    (folder / "consistency.jsonl").write_bytes(b"")  # there is one checkpoint only
    return lines


# --- one receipt among a million entries ---------------------------------------------------------------------------------
def _receipts(folder: Path, lines: list[bytes], chance: random.Random) -> list[float]:
    deps = wiring.deps(Settings.from_env(environment(folder, COUNTERSIGN_KEY="0" * 64, COUNTERSIGN_DEPLOYMENT="bench")))
    engine.upgrade(deps.engine)
    with deps.engine.begin() as tx:
        keyring.prepare(tx, deps.settings.key)
    _fill(deps.engine, lines)
    with deps.engine.begin() as tx:
        checkpoints.sign(tx, deps.keys, "bench", deps.clock.now())
    seconds = []
    for _ in range(RECEIPTS):
        about = f"{chance.randrange((ENTRIES - 4) // 5):026}"
        began = time.perf_counter()
        receipt = story.receipt(deps, about)
        seconds.append(time.perf_counter() - began)
        if receipt is None or receipt["proof"] is None:
            raise RuntimeError(f"{about} has no receipt")
    return seconds


def _fill(database: sa.Engine, lines: list[bytes]) -> None:
    """The million rows at once: appending one by one is measured elsewhere."""
    head, rows, messages = chain.GENESIS, [], []
    for seq, line in enumerate(lines, start=1):
        entry, leaf = json.loads(line), chain.leaf(line)
        head = chain.link(head, leaf)
        at = datetime.fromisoformat(entry["ts"])
        told = {name: entry[name] for name in ("actor", "action", "object")}
        rows.append({"seq": seq, "ts": at, **told, "stored": line, "leaf": leaf, "chain": head})
        if entry["action"] == "proposal.begun":
            about = entry["object"]
            place = {"host": "zendesk", "ticket": about, "comment": about, "subject_key": "5" * 64, "state": "sent"}
            messages.append(
                {"id": about, **place, "attempt": 1, "policy_version": 1, "created_at": at, "changed_at": at}
            )
    with database.begin() as tx:
        toml = (MANIFEST / "policy.toml").read_text(encoding="utf-8")
        people = {
            "author": "installation",
            "verdict": "first",
            "reason": "installed",
            "published_at": SINCE,
            "effective_from": SINCE,
        }
        tx.execute(policy_version.insert().values(version=1, sha256="0", toml=toml, **people))
        tx.execute(audit.insert(), rows)
        tx.execute(proposal.insert(), messages)
        tx.execute(audit_tail.update().values(size=len(rows), chain=head))

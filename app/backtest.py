"""Backtest on a file of history: each message judged anew under a policy; left, and found again by the same command."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import config, judging, triage
from app.ai.embed import Embedder
from app.governance import foreign
from app.governance.policy import Policy
from app.governance.proposal import Proposal, Tier
from app.governance.trial import Reach, reach
from app.letters import Unreadable, from_json

EVERY = 50  # messages between two notes of how far it came


def run(file: Path, policy_file: Path, tell: Callable[[int, int], None]) -> dict[str, Any]:
    """What would have become of each message. Raises Unreadable, PolicyError; an interrupt keeps what was counted."""
    raw = _read(file)
    lines = [(number, line) for number, line in enumerate(raw.splitlines(), start=1) if line.strip()]
    mind, base = judging.mind(judging.policy(policy_file), config.home(), Embedder()), judging.policy(None)
    note = _note(raw, mind.policy)
    done, counts = _kept(note)
    try:
        for number, line in lines[done:]:
            told = _parsed(line, f"{file}:{number}")
            proposal, _ = triage.judge(from_json(told, f"{file}:{number}"), mind, datetime.now(UTC))
            _count(counts, proposal, reach(proposal, base), reach(proposal, mind.policy), told.get("tier"))
            done += 1
            if done % EVERY == 0:
                _keep(note, done, counts)
                tell(done, len(lines))
    except KeyboardInterrupt:
        _keep(note, done, counts)
        raise
    note.unlink(missing_ok=True)
    return as_json(counts, len(lines))


def _count(counts: Counter[str], proposal: Proposal, before: Reach, after: Reach, labelled: object) -> None:
    high_stakes = proposal.tier is Tier.HIGH_STAKES or bool(proposal.triggers)
    counts["tried"] += 1
    counts[after.name.lower()] += 1
    counts["now_auto"] += after is Reach.AUTO and before is not Reach.AUTO
    counts["tier3_sendable"] += high_stakes and after >= Reach.ASSISTED
    counts["labelled"] += labelled is not None
    counts["labelled_tier3"] += labelled == int(Tier.HIGH_STAKES)
    counts["labelled_tier3_offered"] += labelled == int(Tier.HIGH_STAKES) and after >= Reach.DRAFT
    counts["labelled_tier3_auto"] += labelled == int(Tier.HIGH_STAKES) and after is Reach.AUTO


def as_json(counts: Counter[str], total: int) -> dict[str, Any]:
    """The figures, and the sentence that decides."""
    names = (
        "tried",
        "now_auto",
        "tier3_sendable",
        "labelled",
        "labelled_tier3",
        "labelled_tier3_offered",
        "labelled_tier3_auto",
    )
    figures = {name: counts[name] for name in names}
    became = {one.name.lower(): counts[one.name.lower()] for one in Reach}
    says = (
        f"{counts['auto']:,} of {counts['tried']:,} could be auto-sent, once evidence allows "
        f"({counts['now_auto']:,} more than under the starter policy); {counts['tier3_sendable']:,} tier 3"
    )
    if counts["labelled_tier3"]:
        says += (
            f"; of {counts['labelled_tier3']:,} labelled tier 3, {counts['labelled_tier3_offered']:,} would have been offered "
            f"as a draft and {counts['labelled_tier3_auto']:,} could have gone by themselves"
        )
    return {"state": "done", "total": total, **figures, "became": became, "says": says}


# --- how far it came ---------------------------------------------------------------------------------------------------


def _note(raw: bytes, policy: Policy) -> Path:
    """One for each pair of history and policy."""
    name = hashlib.sha256(hashlib.sha256(raw).digest() + bytes.fromhex(policy.sha256)).hexdigest()[:24]
    return config.home() / "backtests" / f"{name}.json"


def _kept(note: Path) -> tuple[int, Counter[str]]:
    if not note.exists():
        return 0, Counter()
    kept = json.loads(note.read_text(encoding="utf-8"))
    return int(kept["done"]), Counter(kept["counts"])


def _keep(note: Path, done: int, counts: Counter[str]) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    config.write_private(note, json.dumps({"done": done, "counts": counts}))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}") from error


def _parsed(line: bytes, where: str) -> dict[str, Any]:
    try:
        told = foreign.from_json(line)
    except ValueError as error:
        raise Unreadable(f"{where}: not JSON") from error
    if not isinstance(told, dict):
        raise Unreadable(f"{where}: wants an object")
    return told

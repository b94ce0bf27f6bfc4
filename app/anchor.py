"""Anchor the log: sign a checkpoint now and then, give it to a keeper outside, and walk the whole chain each night."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from app.deps import Deps
from app.governance.decision import Freeze
from app.governance.freezing import Kind
from app.store import audit, checkpoints, freezes, heartbeats, switch
from app.store.checkpoints import Inconsistent, Signed

SELF = "self-verification"
KEEPER = "keeper"
NIGHT = timedelta(hours=23)  # older than a day it would freeze auto-send


class Lying(Exception):
    """The keeper holds another checkpoint of that size: the log was rewritten, or an old copy was restored."""


def anchor(deps: Deps) -> None:
    """A checkpoint if one is due, and every unkept one to the keeper. An altered log stops everything instead."""
    now = deps.clock.now()
    try:
        with deps.engine.begin() as tx:
            if checkpoints.due(tx, now):
                checkpoints.sign(tx, deps.keys, deps.settings.deployment, now)
        trouble = _hand_out(deps)
    except (Inconsistent, Lying) as error:
        stop(deps, str(error))
        return
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, KEEPER, now, trouble)


def _hand_out(deps: Deps) -> str | None:
    """What is wrong with the keeper, None if it has everything; no keeper at all is no trouble, and said elsewhere."""
    keeper = deps.settings.keeper
    if keeper is None:
        return None
    with deps.readers.begin() as tx:
        waiting, newest = checkpoints.unkept(tx), checkpoints.last(tx)
    try:
        _compare(keeper, deps.settings.deployment, newest)
        for signed in waiting:
            _keep(keeper, deps.settings.deployment, signed)
            with deps.engine.begin() as tx:
                checkpoints.kept(tx, signed.size, deps.clock.now())
    except OSError as error:
        return f"the keeper of checkpoints cannot be reached: {error.strerror}"
    return None


def _file(keeper: Path, deployment: str, size: int) -> Path:
    return keeper / f"{deployment}-{size:010}.note"


def _keep(keeper: Path, deployment: str, signed: Signed) -> None:
    """Write once; what is there already must be the same."""
    file = _file(keeper, deployment, signed.size)
    try:
        with file.open("xb") as out:
            out.write(signed.note.encode())
    except FileExistsError:
        if file.read_bytes() != signed.note.encode():
            raise Lying(f"the keeper holds another checkpoint over {signed.size} entries") from None


def _compare(keeper: Path, deployment: str, newest: Signed | None) -> None:
    """The keeper must not know of a longer log than ours: that is what a restored old copy looks like."""
    kept = [file.name for file in keeper.iterdir() if file.match(f"{deployment}-*.note")]
    longest = max((int(name.rpartition("-")[2].removesuffix(".note")) for name in kept), default=0)
    if longest > (newest.size if newest else 0):
        raise Lying(f"the keeper holds a checkpoint over {longest} entries, this database is older")


def verify_nightly(deps: Deps) -> None:
    """Once a day, walk everything; a log that does not verify stops automation."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        before = next((beat for beat in heartbeats.everybody(tx) if beat.name == SELF), None)
        if before is not None and before.trouble is None and now - before.at < NIGHT:
            return
        verdict = audit.verify(tx)
    if verdict.broken_at is not None:
        stop(deps, f"the log does not verify at entry {verdict.broken_at}: {verdict.why}")
        return
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, SELF, now)


def stop(deps: Deps, why: str) -> None:
    """Narrow, visibly: everything OFF until people have looked. Restoring takes two, as always."""
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, SELF, now, why)
        switch.roll_back(tx, switch.ALL, "countersign", why, now)
    with deps.engine.begin() as tx:
        freezes.freeze(tx, freezes.EVERYTHING, Freeze.DRAFT_ONLY, Kind.CRITICAL, why, "countersign", now)

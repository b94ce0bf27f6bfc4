"""Anchor the log: sign a checkpoint now and then, give it to a keeper outside, and walk the whole chain each night."""

from __future__ import annotations

from datetime import timedelta

from app import keeper
from app.deps import Deps
from app.governance.decision import Freeze
from app.governance.freezing import Kind
from app.keeper import Lying
from app.store import audit, checkpoints, freezes, heartbeats, switch
from app.store.checkpoints import Inconsistent

SELF = "self-verification"
KEEPER = "keeper"
NIGHT = timedelta(hours=23)  # older than a day it would freeze auto-send


def anchor(deps: Deps) -> None:
    """A checkpoint if one is due, and every unkept one to the keeper. An altered log stops everything instead."""
    now = deps.clock.now()
    try:
        with deps.engine.begin() as tx:
            if checkpoints.due(tx, now):
                checkpoints.sign(tx, deps.keys, deps.settings.deployment, now)
        trouble = keeper.hand_out(deps)
    except (Inconsistent, Lying) as error:
        stop(deps, str(error))
        return
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, KEEPER, now, trouble)


def verify_nightly(deps: Deps) -> None:
    """Once a day, walk everything; a log that does not verify stops automation."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        before = next((beat for beat in heartbeats.everybody(tx) if beat.name == SELF), None)
        if before is not None and before.trouble is None and timedelta() <= now - before.at < NIGHT:
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

"""Polling: ask a host what changed since our cursor, because webhooks lose events and because some are only hints."""

from __future__ import annotations

from datetime import timedelta

from app.deps import Deps
from app.host import Changes, HostError
from app.store import cursors, heartbeats, inbox

_AWAY = timedelta(seconds=10)


def poll(deps: Deps, host_name: str) -> None:
    """One look. The cursor moves with the rows, in one transaction, and never back."""
    try:
        _look(deps, host_name)
    except HostError as error:
        with deps.engine.begin() as tx:
            heartbeats.missed(tx, f"poll:{host_name}", deps.clock.now(), error)


def heed(deps: Deps, row: inbox.Waiting) -> None:
    """A hint that something changed there: one look answers every hint that came before it."""
    try:
        _look(deps, row.ref.host)
    except HostError as error:
        wait = max(_AWAY, timedelta(seconds=error.retry_after))
        with deps.engine.begin() as tx:
            inbox.later(tx, row.id, deps.clock.now(), str(error), wait)


def _look(deps: Deps, host_name: str) -> None:
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        cursor, hints = cursors.read(tx, host_name), inbox.hints(tx, host_name)
    changes: Changes = deps.hosts[host_name].poll(cursor, now)
    with deps.engine.begin() as tx:
        ids = inbox.add(tx, deps.keys, host_name, changes.arrivals, now)
        cursors.advance(tx, host_name, cursor, changes.cursor, now)
        inbox.heeded(tx, hints)
        heartbeats.beat(tx, f"poll:{host_name}", now)
    deps.ring("handle", ids)

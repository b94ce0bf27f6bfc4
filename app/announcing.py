"""Announcements: what tells us of changes at a host runs out at some hosts, and is renewed there every day."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.deps import Deps
from app.host import HostError
from app.store import cursors, heartbeats

EVERY = timedelta(minutes=10)
RENEWED = timedelta(days=1)
ALARM = timedelta(hours=48)  # so long before it runs out people are told that it could not be renewed


def look(deps: Deps, host_name: str) -> None:
    """Renew it if that was a day ago. Where it cannot be renewed the next look tries again, and the poll goes on."""
    now, place = deps.clock.now(), place_of(host_name)
    with deps.readers.begin() as tx:
        last = heartbeats.of(tx, place)
    if last is not None and last.trouble is None and timedelta() <= now - last.at < RENEWED:
        return
    try:
        until = deps.hosts[host_name].announce()
    except HostError as error:
        _not_renewed(deps, host_name, error, now)
        return
    with deps.engine.begin() as tx:
        cursors.move(tx, place, until.isoformat() if until else "", now)
        heartbeats.beat(tx, place, now)


def until(deps: Deps, host_name: str) -> datetime | None:
    """Until when that host announces its changes. None: without end, or not at all."""
    with deps.readers.begin() as tx:
        kept = cursors.read(tx, place_of(host_name))
    return datetime.fromisoformat(kept) if kept else None


def place_of(host_name: str) -> str:
    """Under which name it is watched."""
    return f"push:{host_name}"


def _not_renewed(deps: Deps, host_name: str, error: HostError, now: datetime) -> None:
    ends = until(deps, host_name)
    if ends is not None and ends - now > ALARM:
        return
    left = f"for {max(0, int((ends - now).total_seconds() // 3600))} hours more" if ends else "not at all"
    with deps.engine.begin() as tx:
        heartbeats.beat(
            tx, place_of(host_name), now, f"changes are announced {left}, and only polled for then: {error}"
        )

"""Sent is not delivered: what brings our replies to customers at a host, and what else writes to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.deps import Deps
from app.host import HostError, Sender
from app.store import heartbeats, senders

EVERY = timedelta(hours=1)
NOBODY = "no active rule there mails every public reply to the requester: what we send may reach nobody"


def look(deps: Deps, host_name: str) -> None:
    """Read it anew, for the settings page and the doctor. That replies reach nobody is shown as trouble."""
    now, place = deps.clock.now(), f"delivery:{host_name}"
    try:
        found = deps.hosts[host_name].senders()
    except HostError as error:
        with deps.engine.begin() as tx:
            heartbeats.beat(tx, place, now, f"cannot be read: {error}")
        return
    with deps.engine.begin() as tx:
        senders.put(tx, host_name, found)
        heartbeats.beat(tx, place, now, None if any(one.brings for one in found) else NOBODY)


def known(deps: Deps, host_name: str) -> str:
    """In words, as we last read it; empty where nobody has looked yet."""
    with deps.readers.begin() as tx:
        looked = heartbeats.of(tx, f"delivery:{host_name}") is not None
        return in_words(senders.of(tx, host_name)) if looked else ""


def in_words(found: Sequence[Sender]) -> str:
    """One line for people."""
    bring = [f"“{one.name}”" for one in found if one.brings]
    others = [f"{one.kind} “{one.name}”" for one in found if not one.brings]
    also = f"; also writing to customers, and not stopped by the switch: {', '.join(others)}" if others else ""
    return (f"replies are brought by {', '.join(bring)}" if bring else NOBODY) + also

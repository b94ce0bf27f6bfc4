"""Whom we know: the host's word on a person, asked now or remembered for a minute, and the role our admins set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import cast

from flask import current_app

from app.deps import Deps
from app.host import HostError
from app.store import staff
from app.store.staff import Member

MINUTE = timedelta(seconds=60)


class Trust(Enum):
    """How old the host's word on a role may be."""

    MINUTE = "at most a minute"
    NOW = "asked for this very act: widening"
    LAST = "any, if the host does not answer: a stop never waits"


@dataclass
class Memory:
    """What this process heard from hosts, and when."""

    heard: dict[str, tuple[Member, datetime]] = field(default_factory=dict)


def ask(deps: Deps, host: str, host_id: str) -> Member | None:
    """What the host says of that person now; None: it does not name them as staff. Raises HostError."""
    if host not in deps.hosts:
        return None
    try:
        person = deps.hosts[host].person(host_id)
        with deps.engine.begin() as tx:
            return staff.meet(tx, host, person, deps.clock.now())
    except PermissionError:
        return None
    except HostError as error:
        if error.permanent:
            return None
        raise


def member_now(deps: Deps, member: Member, trust: Trust) -> Member | None:
    """The member with a role as old as `trust` allows; None: no longer staff. Raises HostError."""
    heard, now = _memory(), deps.clock.now()
    if trust is not Trust.NOW and member.id in heard and now - heard[member.id][1] <= MINUTE:
        return heard[member.id][0]
    try:
        fresh = ask(deps, member.host, member.host_id)
    except HostError:
        if trust is not Trust.LAST:
            raise
        return member
    heard.pop(member.id, None)
    if fresh is not None:
        heard[fresh.id] = (fresh, now)
    return fresh


def pickable(deps: Deps) -> list[Member]:
    """The people of a sandbox; nobody elsewhere."""
    if not deps.settings.sandbox:
        return []
    with deps.readers.connect() as tx:
        return staff.everybody(tx)


def _memory() -> dict[str, tuple[Member, datetime]]:
    return cast("Memory", current_app.extensions.setdefault("known", Memory())).heard

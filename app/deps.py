"""Deps: what every floor above the store is given, built once in `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from app.config import Settings
from app.host import Host
from app.limits import Counts, CountsHere
from app.panel import SidePanel
from app.presence import Nobody, Presence
from app.sign_in import SignIn
from app.store.keys import Keys


class Clock(Protocol):
    """The only place where time comes from."""

    def now(self) -> datetime:
        """An aware datetime."""
        ...


Ring = Callable[[str, Sequence[int]], None]
"""ring(job, ids): a doorbell that may be lost; SQL is the truth and the sweeper rings again."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Passed by name, down the stairs."""

    settings: Settings
    engine: Engine
    readers: Engine
    keys: Keys
    hosts: Mapping[str, Host]
    ring: Ring
    clock: Clock
    sign_ins: Mapping[str, SignIn] = field(
        default_factory=dict
    )  # where people can prove who they are; none: nobody can
    panel: SidePanel | None = None  # one that a host draws by itself; None: there is none
    presence: Presence = field(default_factory=Nobody)
    counts: Counts = field(default_factory=CountsHere)

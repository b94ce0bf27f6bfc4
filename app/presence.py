"""Presence: who has which ticket open beside us. Told by the panels, kept in Redis for two minutes; lost, it harms nobody."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import redis

from app.doorbell import connect
from app.store import staff
from app.store.staff import Member

if TYPE_CHECKING:
    from app.deps import Deps

LASTS = timedelta(minutes=2)
KEY = "countersign:presence"
_AWAY = 10.0  # seconds for which a Redis that did not answer is not asked again: no card waits for it twice


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody has that ticket open."""

    host: str
    ticket: str
    member: str


class Presence(Protocol):
    """Where looks are kept. Never raises: nobody waits, and nothing depends, on it."""

    def looks(self, now: datetime, mine: Look | None = None) -> frozenset[Look]:
        """Those of the last two minutes; `mine` is noted first."""
        ...


class Nobody:
    """Where there is no Redis, nobody sees anybody."""

    def looks(self, now: datetime, mine: Look | None = None) -> frozenset[Look]:  # noqa: ARG002
        """None."""
        return frozenset()


class RedisPresence:
    """One sorted set of looks by their time. What is old goes whenever somebody looks."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = connect(url), clock
        self._again = 0.0

    @property
    def is_away(self) -> bool:
        """It did not answer a moment ago."""
        return self._clock() < self._again

    def looks(self, now: datetime, mine: Look | None = None) -> frozenset[Look]:
        """In one round trip; a Redis that is away shows nobody."""
        if self.is_away:
            return frozenset()
        try:
            return frozenset(map(_look, self._exchanged(now.timestamp(), mine)))
        except (redis.RedisError, ValueError, TypeError):  # away, or somebody else wrote into it
            self._again = self._clock() + _AWAY
            return frozenset()

    def _exchanged(self, at: float, mine: Look | None) -> list[bytes]:
        lasts = LASTS.total_seconds()
        with self._redis.pipeline(transaction=False) as ask:
            if mine is not None:
                ask.zadd(KEY, {json.dumps(astuple(mine)): at})
                ask.expire(KEY, LASTS)
            ask.zremrangebyscore(KEY, "-inf", at - lasts)
            ask.zrangebyscore(KEY, at - lasts, at + lasts)
            found: list[bytes] = ask.execute()[-1]
        return found


def _look(kept: bytes) -> Look:
    host, ticket, member = json.loads(kept)
    return Look(str(host), str(ticket), str(member))


def others(deps: Deps, host: str, ticket: str, me: Member, *, here: bool) -> tuple[str, ...]:
    """Who else has it open, by name. `here`: so have I, from now on."""
    found = deps.presence.looks(deps.clock.now(), Look(host, ticket, me.id) if here else None)
    return _names(deps, (look.member for look in found if (look.host, look.ticket) == (host, ticket)), me)


def on_tickets(deps: Deps, me: Member) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """All that others have open: host and ticket, and their names."""
    found: dict[tuple[str, str], list[str]] = {}
    for look in deps.presence.looks(deps.clock.now()):
        found.setdefault((look.host, look.ticket), []).append(look.member)
    named = {place: _names(deps, members, me) for place, members in found.items()}
    return {place: names for place, names in named.items() if names}


def _names(deps: Deps, members: Iterable[str], me: Member) -> tuple[str, ...]:
    wanted = {member for member in members if member != me.id}
    if not wanted:
        return ()
    with deps.readers.begin() as tx:
        known = [staff.by_id(tx, member) for member in wanted]
    return tuple(sorted(member.name for member in known if member is not None))


def said(names: tuple[str, ...]) -> str:
    """In words: "Anna is on this"."""
    if not names:
        return ""
    if len(names) == 1:
        return f"{names[0]} is on this"
    shown, rest = (names, 0) if len(names) <= 3 else (names[:2], len(names) - 2)
    last = f"{rest} others" if rest else shown[-1]
    first = shown if rest else shown[:-1]
    return f"{', '.join(first)} and {last} are on this"

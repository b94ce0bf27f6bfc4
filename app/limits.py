"""How often in a minute: sign-ins, calls, deliveries. Counted in Redis for all processes; while it is away, each counts for itself."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import redis

from app.doorbell import connect

if TYPE_CHECKING:
    from app.deps import Deps

_MINUTE = 60
_AWAY = 10.0  # seconds for which a Redis that did not answer is not asked again: nobody waits for it twice
_LONGEST_WAIT = 59  # Zendesk comes again for less than a minute only


class What(StrEnum):
    """What is counted, each by its own number of the settings."""

    SIGN_IN = "sign-in"
    CALL = "call"
    DELIVERY = "delivery"


class Counts(Protocol):
    """Where is counted. Never raises: a count that is lost harms nobody."""

    def count(self, key: str, minute: int) -> int:
        """How often in that minute, this time included."""
        ...


@dataclass
class CountsHere:
    """In this process alone."""

    _minute: int = 0
    _counted: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, key: str, minute: int) -> int:
        """What is older than this minute is forgotten."""
        with self._lock:
            if minute != self._minute:
                self._minute, self._counted = minute, Counter()
            self._counted[key] += 1
            return self._counted[key]


class RedisCounts:
    """For all processes together, in one round trip."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = connect(url), clock
        self._here, self._again = CountsHere(), 0.0

    def count(self, key: str, minute: int) -> int:
        """Without Redis the limits hold for each process, and lock nobody out who kept to them."""
        if self._clock() < self._again:
            return self._here.count(key, minute)
        try:
            return self._counted(f"countersign:count:{key}:{minute}")
        except redis.RedisError:
            self._again = self._clock() + _AWAY
            return self._here.count(key, minute)

    def _counted(self, name: str) -> int:
        with self._redis.pipeline(transaction=False) as ask:
            ask.incr(name)
            ask.expire(name, 2 * _MINUTE)
            return int(ask.execute()[0])


def seconds_to_wait(deps: Deps, what: What, who: str, now: datetime) -> int:
    """0: come in. Else for how many seconds whoever it is has asked often enough. Stops never ask this."""
    limits = deps.settings.limits
    most = {What.SIGN_IN: limits.sign_ins, What.CALL: limits.calls, What.DELIVERY: limits.deliveries}[what]
    if most == 0:
        return 0
    minute, gone = divmod(int(now.timestamp()), _MINUTE)
    if deps.counts.count(f"{what}:{_name(deps, who)}", minute) <= most:
        return 0
    return min(_MINUTE - gone, _LONGEST_WAIT)


def _name(deps: Deps, who: str) -> str:
    """Whoever reads Redis learns no address."""
    return hashlib.blake2b(who.encode(), key=deps.keys.derived("limits"), digest_size=12).hexdigest()

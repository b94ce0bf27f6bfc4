"""How often in a minute: sign-ins, calls, deliveries. Counted in Redis for all processes; while it is away, each counts for itself."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import redis

from app.doorbell import connect

if TYPE_CHECKING:
    from app.deps import Deps

_MINUTE = 60
_AT_ONCE, _KEPT = 20, 1000
_AWAY = 10.0  # seconds for which a Redis that did not answer is not asked again: nobody waits for it twice
_LONGEST_WAIT = 59  # Zendesk comes again for less than a minute only


class What(StrEnum):
    """What is counted, each by its own number of the settings."""

    SIGN_IN = "sign-in"
    CALL = "call"
    DELIVERY = "delivery"


class Counts(Protocol):
    """Where is counted. Never raises: a count that is lost harms nobody."""

    def count(self, key: str, minute: int, at_once: int = 1) -> int:
        """How often in that minute, this time included; of so many a process may take all at once, and count by itself."""
        ...


@dataclass
class CountsHere:
    """In this process alone."""

    _minute: int = 0
    _counted: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, key: str, minute: int, at_once: int = 1) -> int:  # noqa: ARG002 - there is nobody else
        """What is older than this minute is forgotten."""
        with self._lock:
            if minute != self._minute:
                self._minute, self._counted = minute, Counter()
            self._counted[key] += 1
            return self._counted[key]


class RedisCounts:
    """For all processes together: one round trip for as many as a process takes at once."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = connect(url), clock
        self._here, self._again, self._lock = CountsHere(), 0.0, threading.Lock()
        self._taken: dict[str, tuple[int, Iterator[int]]] = {}  # by key: of which minute, and what is left of it

    def count(self, key: str, minute: int, at_once: int = 1) -> int:
        """Without Redis the limits hold for each process, and lock nobody out who kept to them."""
        if self._clock() < self._again:
            return self._here.count(key, minute)
        try:
            with self._lock:  # or every thread would take its own
                return self._next(key, minute, at_once)
        except redis.RedisError:
            self._again = self._clock() + _AWAY
            return self._here.count(key, minute)

    def _next(self, key: str, minute: int, at_once: int) -> int:
        of, left = self._taken.get(key, (minute, iter(())))
        if of == minute and (number := next(left, None)) is not None:
            return number
        last = self._counted(f"countersign:count:{key}:{minute}", at_once)
        if len(self._taken) >= _KEPT:
            self._taken.clear()  # of minutes that are over, most of them
        self._taken[key] = (minute, iter(range(last - at_once + 2, last + 1)))
        return last - at_once + 1

    def _counted(self, name: str, many: int) -> int:
        with self._redis.pipeline(transaction=False) as ask:
            ask.incrby(name, many)
            ask.expire(name, 2 * _MINUTE)
            return int(ask.execute()[0])


def seconds_to_wait(deps: Deps, what: What, who: str, now: datetime) -> int:
    """0: come in. Else for how many seconds whoever it is has asked often enough. Stops never ask this."""
    limits = deps.settings.limits
    most = {What.SIGN_IN: limits.sign_ins, What.CALL: limits.calls, What.DELIVERY: limits.deliveries}[what]
    if most == 0:
        return 0
    minute, gone = divmod(int(now.timestamp()), _MINUTE)
    at_once = max(1, min(most // 100, _AT_ONCE))  # so many may be counted that never come: a hundredth, in each process
    if deps.counts.count(f"{what}:{_name(deps, who)}", minute, at_once) <= most:
        return 0
    return min(_MINUTE - gone, _LONGEST_WAIT)


def _name(deps: Deps, who: str) -> str:
    """Whoever reads Redis learns no address."""
    return hashlib.blake2b(who.encode(), key=deps.keys.derived("limits"), digest_size=12).hexdigest()

"""`countersign run --sandbox` to the line `ready`: before any byte code, in an empty folder, and where it ran before."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from app.launch import redis
from benchmarks.ground import bare_web, deployment, environment, folder, free_ports, running
from benchmarks.report import Figure

NAME = "start"
TIMES = 3


@dataclass(frozen=True)
class Start:
    """Seconds of one round."""

    fresh: float
    again: float
    floor: float


def measure(seed: int) -> list[Figure]:
    """The seed changes nothing here: what is started is always the same."""
    del seed
    with folder() as place, deployment(place / "home", PYTHONPYCACHEPREFIX=str(place / "pyc")) as first:
        pass
    _round()
    return figures(first.seconds, [_round() for _ in range(TIMES)])


def _round() -> Start:
    with folder() as place:
        with deployment(place / "home") as fresh:
            pass
        with deployment(place / "home") as again:
            pass
        return Start(fresh.seconds, again.seconds, _bare())


def _bare() -> float:
    """Redis, then bare Flask on a fresh database, until it answers."""
    with folder() as home:
        begun, secret = time.perf_counter(), secrets.token_urlsafe(32)
        web = bare_web(home, secret, free_ports(), f"unix://{home / 'redis.sock'}")
        with running([redis(home), web], environment(home)):
            return time.perf_counter() - begun


def figures(uncompiled: float, starts: Sequence[Start]) -> list[Figure]:
    """The slowest fresh start must keep the promise."""
    floor = [one.floor for one in starts]
    return [
        Figure("fresh_seconds", "first start, median", median(one.fresh for one in starts), "s", floor=median(floor)),
        Figure("slowest_seconds", "first start, slowest", max(one.fresh for one in starts), "s", max(floor), at_most=8),
        Figure("uncompiled_seconds", "the very first, no byte code yet", uncompiled, "s"),
        Figure("again_seconds", "later start, median", median(one.again for one in starts), "s", floor=median(floor)),
    ]

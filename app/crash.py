"""Named places where a test may kill or stop this process: `CRASHPOINT=name` in the environment, else nothing happens."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

# The 25 crash points of GOVERNANCE.md 5.6 by number. Those of OUTSIDE happen to us; tests/crash makes them happen.
POINTS: dict[int, tuple[str, ...]] = {
    1: ("webhook-unfiled",),
    2: ("webhook-filed",),
    3: ("webhook-unrung",),
    4: ("job-taken",),
    5: ("model-asked",),
    6: ("draft-stored",),
    7: ("offer-written",),
    8: ("approved",),
    9: ("claim-uncommitted",),
    10: ("claimed",),
    11: ("request-travels",),
    12: ("answer-lost",),
    13: ("answer-written",),
    14: ("record-uncommitted",),
    15: ("fenced",),
    16: ("read-back",),
    17: ("off-uncommitted", "off-committed"),
    18: ("draining",),
    19: ("confirm-uncommitted",),
    20: ("restore-uncommitted",),
    21: ("audit-unappended",),
    22: ("redis-emptied",),
    23: ("database-locked",),
    24: ("clock-jumps",),
    25: ("old-release",),
}
OUTSIDE = {11, 12, 15, 22, 23, 24, 25}


@dataclass
class _Trap:
    """What the next passings of one place do."""

    name: str
    left: int
    how: signal.Signals


def _parsed(wanted: str) -> _Trap:
    """`claimed`, `claimed:2` for the second passing, `claimed:2:STOP` to stop there instead of dying."""
    name, _, rest = wanted.partition(":")
    count, _, how = rest.partition(":")
    return _Trap(name, int(count or 1), signal.Signals[f"SIG{how or 'KILL'}"])


_trap = _parsed(os.environ.get("CRASHPOINT", ""))


def arm(wanted: str) -> None:
    """As CRASHPOINT, for a process that has begun already."""
    global _trap  # noqa: PLW0603 - one process, one trap
    _trap = _parsed(wanted)


def point(name: str) -> None:
    """Die here as hard as kill -9, or stop until somebody continues us, if a test asked for this place."""
    if name != _trap.name:
        return
    _trap.left -= 1
    if _trap.left == 0:
        os.kill(os.getpid(), _trap.how)

"""Tallying: months of answers are read and judged once, for the guardrails and then for the board."""

from __future__ import annotations

import time
from collections.abc import Callable

from app import board, guardrails
from app.deps import Deps
from app.governance.metrics import judge
from app.store import events
from app.sweep import each


def tally(deps: Deps) -> None:
    """The clock's. What one of the two stumbles over keeps the other from nothing."""
    now, began = deps.clock.now(), time.monotonic()
    with deps.readers.begin() as tx:
        history = judge(events.read(tx, deps.keys, board.earliest(now)), now)
    tasks: list[Callable[[], object]] = [
        lambda: guardrails.look(deps, history),
        lambda: board.count(deps, history, began),
    ]
    each(tasks, lambda task: task())

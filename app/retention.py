"""Retention: what was kept long enough goes, by the periods of the policy in force. Without a readable one nothing does.

It goes in slices, each in a short transaction of its own: nobody who writes waits for a year of messages to go.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain

from app.deps import Deps
from app.governance.policy import Logs
from app.store import policies, practices, pruning, readings, subjects

ROUND = 5.0  # seconds that one round may take
_REST = 4  # times as long as a slice took others may write before the next
_MESSAGES, _ENTRIES = 100, 500  # in a slice


def expire(deps: Deps, seconds: float = ROUND) -> bool:
    """Words older than `logs.content`, then entries of messages older than `logs.decisions`; people's own figures.

    Once an hour. True: there is more than a round could take.
    """
    now, began = deps.clock.now(), time.monotonic()
    with deps.engine.begin() as tx:
        practices.expire(tx, now)
        readings.expire(tx, now)  # promised to the people themselves, whatever the policy says
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
    if policy is None:
        return False
    slice_began = time.monotonic()
    for gone in chain(_words(deps, policy.logs, now), _entries(deps, policy.logs, now)):
        if gone and time.monotonic() - began > seconds:
            return True
        time.sleep(_REST * (time.monotonic() - slice_began) if gone else 0)
        slice_began = time.monotonic()
    return False


def _words(deps: Deps, logs: Logs, now: datetime) -> Iterator[int]:
    """Slice by slice: how many messages lost their words."""
    gone = _MESSAGES
    while gone == _MESSAGES:
        with deps.engine.begin() as tx:
            gone = subjects.expire(tx, deps.keys, now - logs.content, now, _MESSAGES)
        yield gone


def _entries(deps: Deps, logs: Logs, now: datetime) -> Iterator[int]:
    """Slice by slice: how many entries were pruned."""
    gone = 1
    while gone:
        with deps.readers.begin() as tx:
            found = pruning.due(tx, logs, now)
        gone = 0
        for due in found:
            for start in range(0, len(due.seqs), _ENTRIES):
                with deps.engine.begin() as tx:
                    pruned = pruning.prune(tx, replace(due, seqs=due.seqs[start : start + _ENTRIES]), now)
                gone += pruned
                yield pruned

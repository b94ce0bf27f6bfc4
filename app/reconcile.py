"""Within every hour: does each reply of ours at a host have its row? One that nobody can explain stops its queue."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from app import watch
from app.deps import Deps
from app.governance.decision import Freeze
from app.governance.freezing import Kind
from app.host import Changes, HostError, TicketRef, Trace
from app.store import cursors, freezes, heartbeats, replies, switch

EVERY = timedelta(
    minutes=55
)  # the host's list of changes is blind to its last minute: found within the hour all the same
AT_ONCE = 1000  # tickets; where so many changed there are more, and the next look comes at once
WATCH = "the reconciliation"


def reconcile(deps: Deps, host_name: str) -> None:
    """A round, if it is time since the last whole one. A host that is away is asked again in a minute."""
    now, place = deps.clock.now(), f"replies:{host_name}"
    with deps.readers.begin() as tx:
        last, since, cursor = replies.last(tx, host_name), replies.began(tx), cursors.read(tx, place)
    if since is None or (last is not None and last.tickets < AT_ONCE and timedelta() <= now - last.at < EVERY):
        return
    try:
        changes = deps.hosts[host_name].poll(cursor, now)
        counted, tickets = _look(deps, changes, since)
    except HostError as error:
        with deps.engine.begin() as tx:
            heartbeats.missed(tx, place, now, error)
        return
    kinds = (counted[replies.OURS], counted[replies.BY_HAND], counted[replies.FOREIGN], counted[""])
    with deps.engine.begin() as tx:
        replies.record(tx, replies.Round(host_name, now, tickets, *kinds), since)
        cursors.move(tx, place, changes.cursor, now)
        heartbeats.beat(tx, place, now)


def _look(deps: Deps, changes: Changes, since: datetime) -> tuple[Counter[str], int]:
    """Every changed ticket once: one request each."""
    counted = Counter[str]()
    refs = {arrival.ref for arrival in changes.arrivals if arrival.ref is not None}
    for ref in sorted(refs, key=lambda ref: ref.ticket):
        counted.update(_compare(deps, ref, trace) for trace in _traces(deps, ref) if trace.created_at >= since)
    return counted, len(refs)


def _traces(deps: Deps, ref: TicketRef) -> tuple[Trace, ...]:
    try:
        return deps.hosts[ref.host].traces(ref)
    except HostError as error:
        if not error.permanent:
            raise
        return ()  # deleted: nothing is there to be explained any more


def _compare(deps: Deps, ref: TicketRef, trace: Trace) -> str:
    with deps.readers.begin() as tx:
        kind, why = replies.judged(tx, ref, trace, deps.settings.deployment)
        found_before = why is not None and replies.known(tx, ref, trace)
    if why is not None and not found_before:
        _stop(deps, ref, trace, why)
    return "known" if found_before else kind


def _stop(deps: Deps, ref: TicketRef, trace: Trace, why: str) -> None:
    """OFF for the ticket's queue; for all of the host's where nobody knows it. Back takes two people, as after any stop.

    Not only a freeze: while the record of what was sent has a hole, the sending itself is in doubt. The freeze outlasts
    the restore: the cause has to be looked into as well.
    """
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        queue, live = replies.queue_of(tx, ref), watch.scopes(tx, deps, ref.host)
        reason = f"a reply on ticket {ref.ticket} that no row explains: {why}"
        switch.roll_back_each(tx, [queue] if queue in live else live, WATCH, reason, now)
        replies.note(tx, ref, trace, why, now)
    for scope in [queue] if queue else live:
        with deps.engine.begin() as tx:
            freezes.freeze(tx, freezes.Scope(scope), Freeze.DRAFT_ONLY, Kind.CRITICAL, reason, WATCH, now)

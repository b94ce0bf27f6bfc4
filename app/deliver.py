"""The only door to a host: write the intent, act once, write the outcome; unknown is a state."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import assigning, canary, crash, figures, traces, watch
from app.deps import Deps
from app.governance.canary import HOST
from app.host import Fate, HostError, NotAllowed, Outgoing, Permit, Purpose, Receipt, StaleFence
from app.store import approvals, audit, engine, outbox, outcomes, outgoing, proposals, waits

_WAIT = timedelta(seconds=10)
_LONGEST = timedelta(hours=1)  # an approval that could not go out for so long is looked at again


def deliver(deps: Deps, row_id: int) -> outbox.Refusal | Fate | None:
    """Take one row through the door. None: nothing to do, or the host is away and the row waits."""
    with deps.readers.begin() as tx:
        order = outbox.order(tx, row_id)
        due = order is not None and _is_due(order, deps.clock.now())
        wanted = outgoing.prepared(tx, deps.keys, row_id) if due else None
        allowed = order is not None and watch.allowed(tx, deps, order.ref.host)
    if order is None or wanted is None:
        return None
    traces.tell(message=order.proposal_id)
    try:
        _may_act(deps, order, allowed=allowed)
        ticket = canary.host(deps, order.ref.host).prepare(wanted)
    except HostError as error:
        _prepare_failed(deps, order, error)
        return None
    standing = ticket.standing(order.comment, deps.settings.deployment)
    with deps.engine.begin() as tx:
        engine.of_this_release(tx)
        claimed = outbox.claim(tx, deps.keys, row_id, standing, deps.clock.now(), figures.counter(deps))
        crash.point("claim-uncommitted")
    if isinstance(claimed, outbox.Refusal):
        _discard(deps, row_id, wanted)
        return claimed
    crash.point("claimed")
    return _send(deps, *claimed)


def _is_due(order: outbox.Order, now: datetime) -> bool:
    """What is held is rung for when it is filed, too: the host hears of it when its time has come."""
    return order.state == outbox.READY and waits.is_ripe(order.purpose, order.not_before, order.reason, now)


def _discard(deps: Deps, row_id: int, message: Outgoing) -> None:
    """Only where the row has ended: else another worker, who prepared the very same, may be about to send it.

    An offer that another worker has made meanwhile is what people were to find: it stays.
    """
    with deps.readers.begin() as tx:
        order = outbox.order(tx, row_id)
    if order is None or (order.purpose is Purpose.OFFER and order.state == outbox.SENT):
        return
    if order.state not in {outbox.READY, outbox.SENDING}:
        with suppress(HostError):  # away: `clearing` comes again
            canary.host(deps, message.ref.host).discard(message)


def _may_act(deps: Deps, order: outbox.Order, *, allowed: bool) -> None:
    """Never on a word about the installation that is older than a minute, should the clock that watches it be dead.

    A note that hands over to people is exempt, here as from the switch; a canary is installed nowhere.
    """
    exempt = order.purpose is Purpose.HAND_OVER or order.ref.host == HOST
    if not exempt and not allowed and not watch.look(deps, order.ref.host):
        raise HostError(f"{order.ref.host} does not allow us to act")


def _send(deps: Deps, permit: Permit, message: Outgoing) -> Fate | None:
    host = canary.host(deps, permit.ref.host)
    try:
        with traces.span("send"):
            receipt = host.send(permit, message)
    except HostError as error:
        return settle(deps, permit, message, error)
    crash.point(f"{message.purpose}-written")
    _record_sent(deps, permit, message, receipt)
    return Fate.SENT


def _record_sent(deps: Deps, permit: Permit, message: Outgoing, receipt: Receipt) -> None:
    with deps.engine.begin() as tx:
        if message.purpose is Purpose.ANSWER and not receipt.reached:
            why = receipt.warning or "the customer cannot see it"
            _end(tx, deps, permit, message, outbox.record_unclear(tx, permit, deps.clock.now(), why))
            return
        recorded = _end(tx, deps, permit, message, outbox.record(tx, deps.keys, permit, receipt, deps.clock.now()))
        crash.point("record-uncommitted")
    if recorded and message.purpose is Purpose.HAND_OVER:
        assigning.assign(deps, permit.ref)


def _end(tx: Connection, deps: Deps, permit: Permit, message: Outgoing, recorded: bool) -> bool:  # noqa: FBT001
    """What its approval made of the draft, told in the transaction that tells what became of the answer."""
    if recorded and message.purpose is Purpose.ANSWER and permit.ref.host != HOST:
        outcomes.sent(tx, deps.keys, permit.row, deps.clock.now())
    return recorded


@traces.span("settle")
def settle(deps: Deps, permit: Permit, message: Outgoing, error: HostError | None = None) -> Fate | None:
    """Fence, read back, write down what is true. None: the host cannot be asked now; the sweeper comes again.

    `error` is what the send raised, if we saw it: it says whether another attempt could do better.
    """
    try:
        if isinstance(error, NotAllowed):
            _remember_the_no(deps, permit, error)
        fate, receipt = _dead(deps, permit, message)
    except HostError as away:
        if away.retry_after:
            with deps.engine.begin() as tx:
                waits.sending(tx, permit, deps.clock.now() + timedelta(seconds=away.retry_after))
        return None
    crash.point("read-back")
    if fate is Fate.SENT and receipt is not None:
        _record_sent(deps, permit, message, receipt)
        return fate
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        if fate is Fate.NEVER_SENT:
            refusal = str(error) if error and error.permanent else None
            wait = timedelta(seconds=error.retry_after if error else 0)
            outbox.record_never_sent(tx, permit, now, stale=isinstance(error, StaleFence), refusal=refusal, wait=wait)
        else:
            why = {"why": said} if (said := waits.refusal(tx, permit)) else {}
            _end(tx, deps, permit, message, outbox.record_unclear(tx, permit, now, **why))
    return fate


def _remember_the_no(deps: Deps, permit: Permit, error: NotAllowed) -> None:
    with deps.engine.begin() as tx:
        waits.refused(tx, permit, str(error))


def _dead(deps: Deps, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
    """Fenced and read back; or, where we may not write, its one request was answered, so nothing of it is on its way.

    That answer, a no, proves nothing about the reply: a rule that the reply set off may have taken the ticket out of
    our reach, or a proxy may have kept the host's yes from us. So without a fence it never ends as "not sent".
    """
    host = canary.host(deps, permit.ref.host)
    try:
        return host.kill(permit, message)
    except NotAllowed:
        with deps.readers.begin() as tx:
            if waits.refusal(tx, permit) is None:
                raise
    try:
        found = host.find(permit, message)
    except NotAllowed:
        found = None
    return (Fate.SENT, found) if found else (Fate.UNCLEAR, None)


def _prepare_failed(deps: Deps, order: outbox.Order, error: HostError) -> None:
    """Nothing was claimed, so nothing was sent: wait for the host, or give the row to a person."""
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        old = order.approved_at is not None and now - order.approved_at > _LONGEST
        if not error.permanent and not old:
            wait = max(_WAIT, timedelta(seconds=error.retry_after))
            waits.ready(tx, order.id, now, wait, str(error))
            return
        proposals.hold(tx, deps.keys, order.proposal_id)
        if outbox.give_back(tx, order.id, str(error), now) and order.purpose is Purpose.ANSWER:
            approvals.void(tx, order.proposal_id, str(error), now)
            proposals.move(tx, order.proposal_id, proposals.HUMAN, now)
        audit.append(tx, now, "countersign", f"{order.purpose}.refused", order.proposal_id, {"rules": ["host"]})

"""What happens in a trial of each crash point."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from uuid import uuid4

import sqlalchemy as sa

from app import review
from app.store import switch
from app.store.tables import inbox, proposal
from integrations.zendesk import webhook
from tests.crash import actors
from tests.crash.trial import Trial
from tests.crash.world import send, state
from tests.door import RECORDED

LATE = 4.0  # seconds that a request may travel: its attempt is long settled when it arrives


# --- the message's way in: 1 to 7 --------------------------------------------------------------------------------------
def announced(trial: Trial) -> None:
    """The web process is struck while Zendesk tells of a ticket; Zendesk tells it again."""
    told = _delivery(trial)
    first = trial.fork(actors.webhook, armed=True, more=told)
    trial.until_struck(first)
    trial.roll_back_perhaps()
    again = trial.fork(actors.webhook, more=told)
    trial.wake(first)
    _answered(trial, again)
    _prepared(trial)


def _answered(trial: Trial, request: ForkServerProcess) -> None:
    trial.wait(lambda: state(request) == "dead", "an answer to the delivery")
    assert request.exitcode == 0, f"the delivery was refused: {request.exitcode}"


def worked_on(trial: Trial) -> None:
    """The worker is struck while it prepares a draft."""
    _answered(trial, trial.fork(actors.webhook, more=_delivery(trial)))
    doomed = trial.fork(actors.worker, armed=True)
    if trial.name == "offer-written":
        trial.fork(actors.clock)
    trial.until_struck(doomed)
    trial.roll_back_perhaps()
    trial.help()
    trial.wake(doomed)
    _prepared(trial)


def _delivery(trial: Trial) -> dict[str, object]:
    """A signed announcement of a new ticket."""
    (ref,) = trial.world.tickets(1)
    trial.tickets[f"new {ref.ticket}"] = ref
    document = json.loads(RECORDED["raw_body"])
    kind = "zen:event-type:ticket.created"
    document |= {"id": f"event-{uuid4().hex}", "subject": f"zen:ticket:{ref.ticket}", "type": kind}
    document["detail"] |= {"id": ref.ticket}
    document["event"] = {}
    body, account = json.dumps(document).encode(), trial.place.deps.settings.zendesk
    assert account is not None
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signed = webhook.signature(account.secrets[0], stamp, body)
    names = ("X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp")
    return {"body": body, "headers": dict(zip(names, (signed, stamp), strict=True))}


def _prepared(trial: Trial) -> None:
    """Until the ticket has its one proposal, on offer or with people, and its note."""
    trial.help()

    def done() -> bool:
        with trial.place.deps.readers.begin() as tx:
            told = tx.execute(sa.select(inbox.c.state)).scalars().all()
            made = tx.execute(sa.select(proposal.c.state)).scalars().all()
        return bool(made) and set(told) == {"done"} and "working" not in made

    trial.wait(done, "the proposal")
    trial.finish()


# --- approve: 8 ----------------------------------------------------------------------------------------------------------
def clicked(trial: Trial) -> None:
    """The click is stored and its answer lost: the person clicks again."""
    (ref,) = trial.world.tickets(1)
    item = trial.house.offered(ref)
    trial.tickets[item] = ref
    trial.bad_luck()
    click = {"proposal": item, "seen": trial.house.seen(item)}
    first = trial.fork(actors.approver, armed=True, more=click)
    trial.until_struck(first)
    trial.help()
    second = trial.fork(actors.approver, more=click)
    trial.roll_back_perhaps()
    trial.wake(first)
    trial.wait(lambda: state(second) == "dead", "the second click")
    trial.finish()


# --- the send: 9, 10, 13, 14, 16, 21 --------------------------------------------------------------------------------------
def sent(trial: Trial) -> None:
    """The sender is struck at a place of its own code."""
    _approved(trial)
    if trial.name == "read-back":  # nothing is read back while all goes well
        for ref in trial.tickets.values():
            trial.hang_up(ref, trial.chance.choice(("before", "after")))
    else:
        trial.bad_luck()
    _struck_sender(trial)


def _approved(trial: Trial) -> None:
    trial.approved(trial.chance.randint(1, 2))


def _struck_sender(trial: Trial) -> None:
    doomed = trial.fork(actors.worker, armed=True)
    trial.ring()
    trial.until_struck(doomed)
    trial.roll_back_perhaps()
    trial.help()
    trial.wake(doomed)
    trial.finish()


# --- at the host: 11, 12, 15 ----------------------------------------------------------------------------------------------
def travelling(trial: Trial) -> None:
    """The sender is struck while its request is on its way, or while its answer is."""
    _approved(trial)
    when = "before" if trial.name == "request-travels" else "after"
    late = when == "before" and (trial.case.weak or trial.chance.random() < 0.5)
    faults = [trial.spoil(ref, when, seconds=LATE if late else None) for ref in trial.tickets.values()]
    _struck_from_outside(trial, trial.fork(actors.worker), faults)


def fenced(trial: Trial) -> None:
    """Whoever settles is struck between the fence and the read-back."""
    _approved(trial)
    for ref in trial.tickets.values():
        trial.hang_up(ref, trial.chance.choice(("before", "after")))
    faults = [trial.spoil(ref, "after", on="tags") for ref in trial.tickets.values()]
    _struck_from_outside(trial, trial.fork(actors.worker), faults)


def _struck_from_outside(trial: Trial, doomed: ForkServerProcess, faults: list[int]) -> None:
    trial.ring()
    if trial.until(lambda: trial.fault_struck(*faults), 20.0):
        time.sleep(trial.chance.uniform(0, 0.1))
        trial.strike(doomed)
    trial.roll_back_perhaps()
    trial.help()
    trial.wake(doomed)
    trial.finish()


# --- the switch: 17 to 20 ---------------------------------------------------------------------------------------------------
def stopped(trial: Trial) -> None:
    """Whoever stops is struck in the transaction, after it, or while draining; they press again.

    The case without a rollback stops another queue: answers go on.
    """
    scope = switch.ALL if trial.case.rollback else "billing"
    _approved(trial)
    for ref in trial.tickets.values():
        trial.spoil(ref, "before", seconds=trial.chance.uniform(0.4, 1.2))
    trial.fork(actors.worker)
    trial.ring()
    trial.until(trial.in_flight, 3.0)
    first = trial.roll_back(armed=True, scope=scope)
    trial.until_struck(first)
    trial.fork(actors.stopper, more={"scope": scope})
    trial.wake(first)
    trial.finish(stopped=True)


def restored(trial: Trial) -> None:
    """The restore is struck before its commit: still CONFIRMED; asked again it is LIVE, and old answers stay with people."""
    _approved(trial)
    trial.roll_back()
    trial.finish(stopped=True)
    _admin(trial, "ana@acme.example")
    struck = trial.fork(actors.restorer, armed=True, more={"scope": "*", "by": "ben@acme.example"})
    trial.until_struck(struck)
    trial.wake(struck)
    if not trial.stop:
        assert trial.standing().state == "CONFIRMED", "half a restore"
        _admin(trial, "ben@acme.example")
    trial.wait(lambda: trial.standing().state == "LIVE", "LIVE")
    trial.off_at = trial.confirmed_at = None
    trial.approved(1)
    trial.ring()
    if trial.case.rollback:
        trial.roll_back_perhaps()
    trial.finish()


def _admin(trial: Trial, email: str) -> None:
    review.restore(trial.place.deps, "*", trial.house.actor(email))


# --- the world: 22 to 25 ---------------------------------------------------------------------------------------------------
def redis_emptied(trial: Trial) -> None:
    """Redis forgets everything, jobs and workers too."""
    _disturbed(trial, trial.place.redis.flushdb)


def database_locked(trial: Trial) -> None:
    """Somebody holds the database for longer than others wait; or the disk is full for one sender."""
    full = trial.case.database == "sqlite" and trial.case.seed % 2 == 1

    def hold() -> None:
        engine = trial.place.deps.engine
        with engine.begin() as tx:
            if engine.dialect.name == "postgresql":
                tx.execute(sa.text("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
            time.sleep(trial.chance.uniform(0.5, 4.0))

    if full:
        _disturbed(trial, lambda: time.sleep(1.0), full=True)
    else:
        _disturbed(trial, hold)


def clock_jumps(trial: Trial) -> None:
    """An hour forwards or backwards, and right again a little later."""

    def jump() -> None:
        trial.place.offset.write_text(trial.chance.choice(("3600", "-3600")))
        time.sleep(trial.chance.uniform(0.3, 2.0))
        trial.place.offset.write_text("0")

    _disturbed(trial, jump)


def _disturbed(trial: Trial, disturb: Callable[[], object], *, full: bool = False) -> None:
    _approved(trial)
    for ref in trial.tickets.values():
        trial.spoil(ref, trial.chance.choice(("before", "after")))
    first = trial.fork(actors.worker, full=full)
    trial.ring()
    trial.until(trial.in_flight, 1.0 if full else 3.0)
    time.sleep(trial.chance.uniform(0, 0.5))
    if trial.case.rollback:
        trial.stopper = trial.roll_back()
    trial.struck(stopped=False)
    disturb()
    if trial.stop or full:
        send(first, signal.SIGKILL)
    trial.finish()


def old_release(trial: Trial) -> None:
    """A sender of the old release is in the middle of a send when the new one is installed; it goes on, or starts again."""
    trial.name = trial.chance.choice(("claimed", "answer-written", "read-back"))
    _approved(trial)
    for ref in trial.tickets.values() if trial.name == "read-back" else ():
        trial.hang_up(ref)
    old = trial.fork(actors.worker, armed=True)
    trial.ring()
    trial.until_struck(old)
    with trial.place.deps.engine.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": "next"})
    survivor = trial.fork(actors.worker)  # the supervisor of the old release starts it again
    trial.ring()
    trial.roll_back_perhaps()
    trial.fork(actors.clock, release="next")
    trial.wake(old)
    trial.wait(lambda: state(survivor) == "dead" or trial._settled(), "the end of the old release")
    trial.fork(actors.worker, release="next")
    trial.helpers = True
    trial.finish()


ROADS: dict[int, Callable[[Trial], None]] = {
    **dict.fromkeys((1, 2, 3), announced),
    **dict.fromkeys((4, 5, 6, 7), worked_on),
    8: clicked,
    **dict.fromkeys((9, 10, 13, 14, 16, 21), sent),
    11: travelling,
    12: travelling,
    15: fenced,
    **dict.fromkeys((17, 18, 19), stopped),
    20: restored,
    22: redis_emptied,
    23: database_locked,
    24: clock_jumps,
    25: old_release,
}

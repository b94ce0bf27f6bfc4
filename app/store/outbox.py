"""The outbox: what may be written to a host, and the claim, the only maker of Permits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.canary import HOST
from app.governance.decision import Action, Decision, Reason, Switch, decide
from app.host import Fate, Outgoing, Permit, Purpose, Receipt, Standing, TicketRef
from app.store import approvals, audit, claiming, controls, names, outcomes, outgoing, proposals, switch, waits
from app.store.automatic import Findings
from app.store.keys import Keys, mac, seal
from app.store.record import Stored
from app.store.tables import approval as said
from app.store.tables import outbox as table
from app.store.tables import proposal as about
from app.store.told import told

READY, SENDING, SENT, HUMAN = "READY", "SENDING", "SENT", "HUMAN"
LEASE = timedelta(seconds=25)  # politeness only: what makes an attempt dead is the host's fence
MAX_TRIES = 3
RETRY = timedelta(seconds=30)
MAX_STALE = 5  # how often the ticket may change under our hands before a person looks
_STATE_AFTER_REFUSAL = {
    Action.OFFER_DRAFT: proposals.OFFERED,
    Action.STAND_DOWN: proposals.HUMAN,
    Action.HAND_OVER: proposals.HUMAN,
}


@dataclass(frozen=True, slots=True)
class Order:
    """A row as a worker finds it, before any lock: enough to prepare the host."""

    id: int
    purpose: Purpose
    proposal_id: str
    ref: TicketRef
    comment: str
    state: str
    not_before: datetime
    reason: str | None
    approved_at: datetime | None  # of an answer; of one that nobody approved, since when it waits


@dataclass(frozen=True, slots=True)
class Refusal:
    """No permit, and every reason why."""

    reasons: tuple[Reason, ...]


def put(
    tx: Connection,
    keys: Keys,
    stored: Stored,
    purpose: Purpose,
    body: str,
    now: datetime,
    *,
    not_before: datetime | None = None,
    approval: approvals.Approval | None = None,
    serial: str = "",
) -> int | None:
    """A READY row, once for each message and purpose; None when that message is already on its way or gone.

    `serial` tells notes for people apart: a second escalation has a note of its own. An answer has none.

    An answer that went back to people, provably unsent, may be approved again: the same row, so never twice.
    """
    proposal = stored.proposal
    key = f"{proposal.host}:{proposal.ticket}:{proposal.comment}:{purpose}{serial and ':'}{serial}"
    values: dict[str, Any] = {
        "state": READY,
        "tries": 0,
        "approval_id": approval.id if approval else None,
        "body_sealed": seal(keys.of(tx, stored.subject_key), body.encode()),
        "not_before": not_before or now,
        "reason": None,
        "fate": None,
        "settled_at": None,
    }
    row = tx.execute(_OF_KEY, {"key": key}).one_or_none()
    if row is None:
        return _insert(tx, stored, purpose, key, values, now)
    again = sa.and_(table.c.id == row.id, table.c.state == HUMAN, table.c.fate == Fate.NEVER_SENT)
    return row.id if tx.execute(table.update().where(again).values(**values)).rowcount else None


def _insert(tx: Connection, stored: Stored, purpose: Purpose, key: str, values: dict[str, Any], now: datetime) -> int:
    proposal = stored.proposal
    place = {"host": proposal.host, "ticket": proposal.ticket, "queue": proposal.queue or switch.ALL}
    made = {"msg_key": key, "send_id": names.new(now), "purpose": purpose, "proposal_id": stored.id}
    return int(tx.execute(_ADD, {**values, **place, **made}).scalar_one())


_OF_KEY = sa.select(table.c.id, table.c.state, table.c.fate).where(table.c.msg_key == sa.bindparam("key"))
_ADD = table.insert().returning(table.c.id)


def order(tx: Connection, row_id: int) -> Order | None:
    """That row."""
    row = tx.execute(_ORDER, {"row": row_id}).one_or_none()
    if row is None:
        return None
    ref = TicketRef(row.host, row.ticket)
    when = (row.not_before, row.reason, row.approved_at)
    return Order(row.id, Purpose(row.purpose), row.proposal_id, ref, row.comment, row.state, *when)


_HELD = sa.case((table.c.purpose == Purpose.ANSWER, about.c.changed_at))
_ORDER = (
    sa.select(table.c.id, table.c.purpose, table.c.proposal_id, table.c.host, table.c.ticket, table.c.state)
    .add_columns(table.c.not_before, table.c.reason)
    .add_columns(about.c.comment, sa.func.coalesce(said.c.created_at, _HELD).label("approved_at"))
    .select_from(table.join(about, about.c.id == table.c.proposal_id).outerjoin(said, said.c.id == table.c.approval_id))
    .where(table.c.id == sa.bindparam("row"))
)


def due(tx: Connection, now: datetime, limit: int = 500, *, rung: timedelta = timedelta()) -> list[int]:
    """Rows that may be claimed now, oldest first. A drill calls for its canaries itself.

    `rung`: for so long whoever filed an offer or a note is trusted to have rung for it; nobody rings for an answer.
    """
    ripe = sa.and_(table.c.state == READY, waits.ripe(now), table.c.host != HOST)
    heard = sa.and_(table.c.not_before > now - rung, table.c.not_before <= now)
    unheard = sa.or_(table.c.purpose == Purpose.ANSWER, sa.not_(heard))
    wanted = sa.select(table.c.id).where(ripe, unheard)
    return list(tx.execute(wanted.order_by(table.c.id).limit(limit)).scalars())


# --- claim -----------------------------------------------------------------------------------------------------------


def claim(
    tx: Connection,
    keys: Keys,
    row_id: int,
    standing: Standing,
    now: datetime,
    findings: Findings | None = None,
) -> tuple[Permit, Outgoing] | Refusal:
    """The only maker of Permits. The caller commits, and only then may use the permit.

    `findings` counts the policy's open findings, for an answer that nobody approved; without it none such goes.
    Holds the switch rows: an OFF waits for this commit, or this sees OFF. Unreadable raises: nothing is sent.
    """
    place = tx.execute(_PLACE, {"row": row_id}).one()
    setting = switch.read_locked(tx, place.queue)
    stored = proposals.hold(tx, keys, place.proposal_id)
    assert stored is not None  # noqa: S101 - a foreign key holds it
    row = tx.execute(_ROW, {"row": row_id}).one()
    if row.state != READY or not waits.is_ripe(row.purpose, row.not_before, row.reason, now):
        return Refusal((Reason("not-ready", f"the row is {row.state}"),))
    facts = claiming.facts(tx, keys, row, stored, setting, standing, now, findings)
    decision = _judge(row, stored, facts)
    if decision.action is not Action.SEND:
        _refuse(tx, keys, row, stored, decision, facts, standing)
        return Refusal(decision.reasons)
    return _permit(tx, keys, row, stored, facts, standing, now)


_MINE = table.c.id == sa.bindparam("row")
_PLACE = sa.select(table.c.queue, table.c.proposal_id).where(_MINE)
_ROW = sa.select(table).where(_MINE).with_for_update()


def _judge(row: Row[Any], stored: Stored, facts: controls.Now) -> Decision:
    """An answer must pass every rule; a note to people only what concerns notes."""
    if row.purpose == Purpose.ANSWER:
        return decide(facts.proposal, facts.policy, facts.controls)
    reasons = []
    if row.purpose == Purpose.OFFER and facts.controls.switch is not Switch.LIVE:
        reasons.append(Reason("rollback", f"the switch is {facts.controls.switch}"))
    if row.purpose == Purpose.OFFER and stored.state not in proposals.OPEN:
        reasons.append(Reason("moved-on", f"the draft is {stored.state}"))
    action = Action.STAND_DOWN if reasons else Action.SEND
    return Decision(action, stored.mode or decide(facts.proposal, facts.policy, facts.controls).mode, tuple(reasons))


def _refuse(
    tx: Connection,
    keys: Keys,
    row: Row[Any],
    stored: Stored,
    decision: Decision,
    facts: controls.Now,
    standing: Standing,
) -> None:
    """No permit: the row goes back to people, and the proposal shows what stood in the way as the ticket is now."""
    rules, now = [reason.rule for reason in decision.reasons], facts.at
    why = "; ".join(rules)
    give_back(tx, row.id, why, now)
    if row.purpose == Purpose.ANSWER:
        approvals.void(tx, stored.id, why, now)
        as_it_is = replace(stored, record=replace(stored.record, proposal=facts.proposal))
        proposals.rewrite(tx, keys, as_it_is, decision, now)
        state = proposals.SUPERSEDED if standing.newer else _STATE_AFTER_REFUSAL[decision.action]
        proposals.move(tx, stored.id, state, now)
        if state == proposals.SUPERSEDED:
            outcomes.unreviewed(tx, keys, stored.id, "superseded", now)
    audit.append(tx, now, "countersign", f"{row.purpose}.refused", stored.id, {"row": row.id, "rules": rules})


def give_back(tx: Connection, row_id: int, why: str, now: datetime) -> bool:
    """READY → HUMAN: provably never sent."""
    values = {"state": HUMAN, "fate": Fate.NEVER_SENT, "settled_at": now, "reason": why}
    mine = sa.and_(table.c.id == row_id, table.c.state == READY)
    return tx.execute(table.update().where(mine).values(**values)).rowcount == 1


def give_back_answer(tx: Connection, proposal_id: str, why: str, now: datetime) -> bool:
    """The READY answer of that proposal back to people. False: it is on its way."""
    wanted = sa.select(table.c.id).where(table.c.proposal_id == proposal_id, table.c.purpose == Purpose.ANSWER)
    row_id = tx.execute(wanted).scalar()
    return row_id is not None and give_back(tx, row_id, why, now)


def _permit(
    tx: Connection,
    keys: Keys,
    row: Row[Any],
    stored: Stored,
    facts: controls.Now,
    standing: Standing,
    now: datetime,
) -> tuple[Permit, Outgoing]:
    key = keys.of(tx, stored.subject_key)
    as_it_is = replace(stored, record=replace(stored.record, proposal=facts.proposal))
    message = outgoing.message(tx, row, key, as_it_is, facts.version, facts.approval)
    permit = Permit(
        row=row.id,
        attempt=row.attempt + 1,
        send_id=row.send_id,
        ref=message.ref,
        fence=standing.fence,
        body_mac=mac(key, message.body),
        recipients_mac=mac(key, "\n".join((facts.proposal.requester, *sorted(message.cc)))),
        generations=facts.setting.generations,
    )
    _mark_sending(tx, permit, facts, now)
    if row.purpose == Purpose.ANSWER:
        proposals.move(tx, stored.id, proposals.SENDING, now)
    words = told(as_it_is, key, message) if row.purpose == Purpose.ANSWER else None
    header = {**_intent(row, permit, message), **(facts.earned.header if facts.earned else {})}
    audit.append(tx, now, "countersign", f"{row.purpose}.intent", stored.id, header, words)
    return permit, message


def _mark_sending(tx: Connection, permit: Permit, facts: controls.Now, now: datetime) -> None:
    values = {
        "row": permit.row,
        "state": SENDING,
        "attempt": permit.attempt,
        "fence": permit.fence,
        "body_mac": permit.body_mac,
        "recipients_mac": permit.recipients_mac,
        "gen_all": permit.generations[0],
        "gen_queue": permit.generations[1],
        "policy_version": facts.version,
        "claimed_at": now,
        "lease_until": now + LEASE,
    }
    tx.execute(_SEND, values)


_SEND = table.update().where(_MINE, table.c.state == READY)
_SETTLE = (
    table.update()
    .where(_MINE, table.c.attempt == sa.bindparam("tried"), table.c.state == SENDING)
    .returning(table.c.purpose, table.c.proposal_id)
)


def _intent(row: Row[Any], permit: Permit, message: Outgoing) -> dict[str, Any]:
    return {
        "queue": row.queue,
        "approval": row.approval_id,
        "row": permit.row,
        "attempt": permit.attempt,
        "send_id": permit.send_id,
        "fence": permit.fence,
        "body_mac": permit.body_mac,
        "recipients_mac": permit.recipients_mac,
        "generations": list(permit.generations),
        "mode": message.mode,
        "policy_version": message.policy_version,
        "approved_by": message.approved_by,
    }


def failed(tx: Connection, row_id: int, why: str, now: datetime) -> None:
    """Something of ours broke before anything was claimed: three times, then a person's."""
    proposals.lock_of(tx, row_id)
    mine = sa.and_(table.c.id == row_id, table.c.state == READY, sa.not_(waits.held(now)))
    row = tx.execute(sa.select(table.c.tries, table.c.proposal_id, table.c.purpose).where(mine)).one_or_none()
    if row is None:
        return
    if row.tries + 1 < MAX_TRIES:
        values = {"tries": row.tries + 1, "not_before": now + RETRY, "reason": why}
        tx.execute(table.update().where(table.c.id == row_id).values(**values))
    elif give_back(tx, row_id, why, now) and row.purpose == Purpose.ANSWER:
        approvals.void(tx, row.proposal_id, why, now)
        proposals.move(tx, row.proposal_id, proposals.HUMAN, now)
        audit.append(tx, now, "countersign", "answer.refused", row.proposal_id, {"row": row_id, "rules": ["broken"]})


# --- outcome ---------------------------------------------------------------------------------------------------------


def stuck(tx: Connection, now: datetime, *, scope: str | None = None) -> list[int]:
    """SENDING rows whose lease is over, or all of a scope that must be drained: to be fenced and settled."""
    over = sa.or_(waits.over(table.c.lease_until, now), table.c.claimed_at > now)  # the clock was set back
    where = switch.within(scope) if scope is not None else over
    return list(tx.execute(sa.select(table.c.id).where(table.c.state == SENDING, where)).scalars())


def in_flight(tx: Connection, keys: Keys, row_id: int) -> tuple[Permit, Outgoing] | None:
    """The attempt that this row is in, as its claim let it go; None: it has ended."""
    row = tx.execute(sa.select(table).where(table.c.id == row_id, table.c.state == SENDING)).one_or_none()
    if row is None:
        return None
    stored = proposals.load(tx, keys, row.proposal_id)
    assert stored is not None  # noqa: S101 - a foreign key holds it
    message = outgoing.message(tx, row, keys.of(tx, stored.subject_key), stored, row.policy_version)
    generations = (row.gen_all, row.gen_queue)
    macs = (row.body_mac, row.recipients_mac)
    return Permit(row.id, row.attempt, row.send_id, message.ref, row.fence, *macs, generations), message


def record(tx: Connection, keys: Keys, permit: Permit, receipt: Receipt, now: datetime) -> bool:
    """SENDING → SENT by compare-and-set. False: somebody settled it before; do nothing."""
    values = {
        "state": SENT,
        "fate": Fate.SENT,
        "host_result_id": receipt.comment,
        "host_audit_id": receipt.audit,
        "reason": receipt.warning,
        "delivery": receipt.delivery,
    }
    header = {"comment": keys.host_id(receipt.comment), "audit": keys.host_id(receipt.audit)}
    return _settle(tx, permit, values, proposals.SENT, header, now)


def record_unclear(
    tx: Connection, permit: Permit, now: datetime, why: str = "unclear whether this reply arrived"
) -> bool:
    """SENDING → HUMAN: dead, but nobody can tell whether it was applied. A person checks; never an automatic retry."""
    values = {"state": HUMAN, "fate": Fate.UNCLEAR, "reason": why}
    return _settle(tx, permit, values, proposals.UNCLEAR, {}, now)


def record_never_sent(
    tx: Connection, permit: Permit, now: datetime, *,
    stale: bool = False, refusal: str | None = None, wait: timedelta = timedelta(0),
) -> bool:  # fmt: skip
    """Not applied and never will be: READY again while LIVE and tries are left, else a person's.

    `stale`: the ticket had changed; that costs no try, a few times. `refusal`: the host will never take it.
    """
    row = tx.execute(sa.select(table).where(table.c.id == permit.row)).one()
    live = row.purpose == Purpose.HAND_OVER or switch.read_locked(tx, row.queue).state is Switch.LIVE
    tries = row.tries if stale else row.tries + 1
    if live and refusal is None and tries < MAX_TRIES and permit.attempt - tries <= MAX_STALE:
        values = {
            "state": READY,
            "tries": tries,
            "not_before": now + wait if wait else row.not_before,
            "reason": "the host asked us to wait" if wait else row.reason,
            "settled_at": None,
        }
        state = proposals.APPROVED if row.approval_id else proposals.HELD
        return _settle(tx, permit, values, state, {"tries": tries}, now)
    why = (refusal or "three attempts failed") if live else "the switch was turned off"
    values = {"state": HUMAN, "fate": Fate.NEVER_SENT, "reason": why}
    settled = _settle(tx, permit, values, proposals.HUMAN, {"why": "refused" if refusal else why}, now)
    if settled and row.purpose == Purpose.ANSWER:
        approvals.void(tx, row.proposal_id, why, now)
    return settled


def _settle(
    tx: Connection, permit: Permit, values: dict[str, Any], state: str, header: dict[str, Any], now: datetime
) -> bool:
    proposals.lock_of(tx, permit.row)
    mine = {"row": permit.row, "tried": permit.attempt}
    row = tx.execute(_SETTLE, {**mine, "settled_at": now, **values}).one_or_none()
    if row is None:
        return False
    if row.purpose == Purpose.ANSWER:
        proposals.move(tx, row.proposal_id, state, now)
    entry = {"row": permit.row, "attempt": permit.attempt, "state": values["state"], **header}
    audit.append(tx, now, "countersign", f"{row.purpose}.outcome", row.proposal_id, entry)
    return True

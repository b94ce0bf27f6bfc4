"""What only an answer that nobody approved needs, as SQL says in the caller's transaction. Unknown is no, everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance import disclosure, ramp
from app.governance.decision import Controls
from app.governance.gate import Gate
from app.governance.hours import is_within
from app.governance.policy import Category, Policy
from app.governance.proposal import Proposal
from app.governance.ramp import Sent, Step
from app.host import Standing
from app.store import engine, evidence, plans
from app.store import ramp as steps
from app.store.keys import Keys
from app.store.record import Stored
from app.store.tables import escalation, outbox, proposal

Findings = Callable[[Connection, Policy], int | None]
"""How many findings on that policy are open; None: nobody counted them."""
_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Order:
    """What would go by itself. `row` and `body` None: nothing is written yet, and what waits counts as gone."""

    stored: Stored
    standing: Standing
    row: int | None
    body: str | None
    fingerprint: str | None  # what its draft was made with


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """The controls of an automatic answer, each at its cautious side, and what the log is told of them."""

    ramped: bool = False
    evidence: bool = False
    sender_trusted: bool = False
    within_hours: bool = False
    held_out: bool = True
    capped: bool = True
    disclosed: bool = False
    header: dict[str, object]

    def over(self, controls: Controls) -> Controls:
        """These in the place of the cautious ones."""
        names = [name for name in self.__dataclass_fields__ if name != "header"]
        return replace(controls, **{name: getattr(self, name) for name in names})


Reader = Callable[[Policy | None, Proposal], Earned]
_NOTHING = Earned(header={})


def one_at_a_time(tx: Connection) -> None:
    """Automatic answers are claimed one after the other: two that count together would both find the last free place."""
    engine.one_at_a_time(tx, "auto-send")


def reader(tx: Connection, keys: Keys, order: Order, findings: Findings | None, now: datetime) -> Reader:
    """For `controls.read`, which knows the policy in force and the proposal as the ticket is now."""
    return lambda policy, made: _read(tx, keys, order, policy, made, findings, now)


def _read(
    tx: Connection, keys: Keys, order: Order, policy: Policy | None, made: Proposal, findings: Findings | None, now: datetime
) -> Earned:  # fmt: skip
    category = policy.category(made.category) if policy else None
    if policy is None or category is None or order.fingerprint is None:
        return _NOTHING
    taken = steps.in_force(tx, category.name)
    plan = plans.plan_of(tx, category.name, order.fingerprint) if taken else None
    if taken is None or plan is None or taken.plan != plan.sha256 or taken.to_step is Step.OFF:
        return _NOTHING
    step = taken.to_step
    report = evidence.report_on(tx, policy, category, plan, findings(tx, policy) if findings else None, now)
    queue = policy.queue(made.queue)
    share = ramp.hold_out_share(step, _weekly(tx, category, now))
    tally = report.verdict.tally
    header = {"tier": int(made.tier or 3), "evidence": plan.sha256, "step": int(step)}
    return Earned(
        ramped=True,
        evidence=report.verdict.outcome is Gate.PASS,
        sender_trusted=order.standing.sender_trusted,
        within_hours=queue is not None and is_within(queue.hours, now),
        held_out=ramp.is_held_out(keys.derived("hold-out"), f"{made.host}:{made.ticket}:{made.comment}", share),
        capped=_is_capped(tx, order, made, category, step, now),
        disclosed=_is_disclosed(order, made, policy),
        header={**header, "good": tally.good, "failed": tally.failed},
    )


def _weekly(tx: Connection, category: Category, now: datetime) -> int:
    """How many messages of that category were answered or offered an answer in the last week."""
    mine = sa.and_(proposal.c.category == category.name, proposal.c.fingerprint.is_not(None))
    wanted = sa.select(sa.func.count()).select_from(proposal).where(mine, proposal.c.created_at > now - _WEEK)
    return tx.execute(wanted).scalar_one()


def _is_capped(tx: Connection, order: Order, made: Proposal, category: Category, step: Step, now: datetime) -> bool:
    """The caps, and a thread in which a person was ever wanted: there nothing goes by itself again."""
    here = sa.and_(outbox.c.host == made.host, outbox.c.ticket == made.ticket)
    theirs = proposal.c.subject_key == order.stored.subject_key
    alike = proposal.c.category == category.name

    def gone(span: timedelta, where: sa.ColumnElement[bool]) -> int:
        return steps.gone_since(tx, now - span, where, but=order.row, waiting=order.row is None)

    sent = Sent(thread=gone(_DAY, here), customer=gone(_DAY, theirs), hour=gone(_HOUR, alike), day=gone(_DAY, alike))
    return ramp.cap(sent, step, category.per_hour) is not None or _was_escalated(tx, made)


def _was_escalated(tx: Connection, made: Proposal) -> bool:
    here = sa.and_(escalation.c.host == made.host, escalation.c.ticket == made.ticket)
    return tx.execute(sa.select(escalation.c.id).where(here).limit(1)).first() is not None


def _is_disclosed(order: Order, made: Proposal, policy: Policy) -> bool:
    """What waits is exactly the draft and the line of the policy in force; before it waits, there is such a line."""
    line = disclosure.line_for(policy, made.language)
    if line is None or made.draft is None:
        return False
    return order.body is None or order.body == disclosure.with_line(made.draft.text, line)

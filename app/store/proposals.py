"""Proposals: one row for each customer comment, by whatever road it was announced; the text sealed under its owner's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.decision import Action, Decision, Reason
from app.governance.outcome import First
from app.governance.policy import Mode
from app.governance.proposal import Proposal
from app.host import Comment, Ticket
from app.store import audit, citations, names, outcomes, subjects
from app.store.engine import alone_about, alone_with
from app.store.keys import Keys
from app.store.record import WITH_KEY, Page, Record, Stored, from_row, sealed
from app.store.tables import outbox
from app.store.tables import proposal as table

WORKING, OFFERED, APPROVED, HELD = "working", "offered", "approved", "held"
SENDING, SENT, REJECTED, SUPERSEDED = "sending", "sent", "rejected", "superseded"
ESCALATED, HUMAN, UNCLEAR, HANDLED = "escalated", "human", "unclear", "handled"
OPEN = (WORKING, OFFERED, APPROVED, HELD)  # states in which something may still go out
WAITING = (OFFERED, APPROVED, HELD, SENDING)  # for a yes, or for its answer to leave
WITH_PEOPLE = (ESCALATED, UNCLEAR, HUMAN)
DONE = (SENT, REJECTED, SUPERSEDED, HANDLED)
LEASE = timedelta(seconds=60)
_READABLE = table.c.sealed.is_not(None)  # its words were not erased, nor has their time run out
_HERE = sa.and_(table.c.host == sa.bindparam("host"), table.c.ticket == sa.bindparam("ticket"))
# Made once: every message passes here several times.
_ONE = WITH_KEY.where(table.c.id == sa.bindparam("one"), _READABLE)
_ONE_HELD = _ONE.with_for_update(of=table)
_BRIEF = ("id", "comment", "state", "attempt", "lease_until", "created_at", "changed_at")
_OF_TICKET = sa.select(*(table.c[name] for name in _BRIEF)).where(_HERE).order_by(table.c.id).with_for_update()
Rows = Sequence[sa.Row[Any]]
_QUEUE = sa.select(table.c.queue).where(table.c.id == sa.bindparam("one"))
_WRITE = table.update().where(table.c.id == sa.bindparam("one"))
_CONCLUDE = _WRITE.where(table.c.state == WORKING, table.c.attempt == sa.bindparam("taken"))
_MOVE_FROM = _WRITE.where(table.c.state.in_(sa.bindparam("since", expanding=True)))


@dataclass(frozen=True, slots=True)
class Begun:
    """`stored` None: another worker is at it, or it was concluded before (`busy` tells)."""

    stored: Stored | None
    busy: bool = False


def begin(
    tx: Connection, keys: Keys, ticket: Ticket, comment: Comment, queue: str | None, read_at: datetime, now: datetime
) -> Begun:
    """Take the comment's one proposal for preparing; it supersedes those for older comments.

    `read_at`: when the ticket was read. If we know of a comment since then, this reading is stale and takes nothing.
    """
    alone_with(tx, ticket.ref)
    alone_about(tx, keys.subject(ticket.ref.host, ticket.requester.id))
    rows = tx.execute(_OF_TICKET, {"host": ticket.ref.host, "ticket": ticket.ref.ticket}).all()
    if not supersede(tx, keys, ticket, comment, read_at, now, rows):
        return Begun(None)
    row = next((row for row in rows if row.comment == comment.id), None)
    if row is None:
        return Begun(_insert(tx, keys, ticket, comment, queue, now))
    if row.state != WORKING or row.changed_at <= now < row.lease_until:
        return Begun(None, busy=row.state == WORKING)
    values = {"attempt": row.attempt + 1, "lease_until": now + LEASE, "changed_at": now}
    tx.execute(table.update().where(table.c.id == row.id).values(**values))
    return Begun(load(tx, keys, row.id))


def supersede(
    tx: Connection, keys: Keys, ticket: Ticket, comment: Comment, read_at: datetime, now: datetime, held: Rows | None = None
) -> bool:  # fmt: skip
    """End what was for older comments. False, and nothing done: somebody who read the ticket after us began a newer one."""
    place = {"host": ticket.ref.host, "ticket": ticket.ref.ticket}
    rows = tx.execute(_OF_TICKET, place).all() if held is None else held
    others = [row for row in rows if row.comment != comment.id]
    known = {one.id for one in ticket.comments}
    if any(other.comment not in known and other.created_at >= read_at for other in others):
        return False
    for other in others:
        if ticket.waits(other.comment):
            continue  # it sets right what was said last, and nobody said anything since
        if other.state in {WORKING, OFFERED} and move(tx, other.id, SUPERSEDED, now, since=(WORKING, OFFERED)):
            audit.append(tx, now, "countersign", "proposal.superseded", other.id, {})
            outcomes.unreviewed(tx, keys, other.id, "superseded", now)
    return True


def _insert(tx: Connection, keys: Keys, ticket: Ticket, comment: Comment, queue: str | None, now: datetime) -> Stored:
    ref = ticket.ref
    proposal = Proposal(
        host=ref.host, ticket=ref.ticket, comment=comment.id, queue=queue, subject=ticket.subject,
        requester=ticket.requester.id, cc=ticket.cc, participants=ticket.participants,
    )  # fmt: skip
    subject, row_id = keys.subject(ref.host, ticket.requester.id), names.new(now)
    subjects.meet(tx, keys, subject, ticket.requester.email)
    values = {"host": ref.host, "ticket": ref.ticket, "comment": comment.id, "queue": queue, "subject_key": subject}
    times = {"created_at": now, "changed_at": now, "lease_until": now + LEASE}
    record = Record(proposal, Page(ticket.requester.name, ticket.url))
    text = sealed(tx, keys, subject, record)
    tx.execute(table.insert(), {"id": row_id, "state": WORKING, "attempt": 1, "sealed": text, **values, **times})
    begun = {"queue": queue, "ticket": keys.ticket(ref), "comment": keys.host_id(comment.id)}
    audit.append(tx, now, "countersign", "proposal.begun", row_id, begun)
    return Stored(
        row_id, WORKING, subject, record, action=None, mode=None, policy_version=None, confirmed_by=None, edited_by=None,
        attempt=1, created_at=now, changed_at=now,
    )  # fmt: skip


def load(tx: Connection, keys: Keys, proposal_id: str) -> Stored | None:
    """That proposal."""
    row = tx.execute(_ONE, {"one": proposal_id}).one_or_none()
    return from_row(tx, keys, row) if row else None


def queue_of(tx: Connection, proposal_id: str) -> str | None:
    """The one whose switch it obeys."""
    return tx.execute(_QUEUE, {"one": proposal_id}).scalar()


def of_comment(tx: Connection, host: str, ticket: str, comment: str) -> str | None:
    """The id of that comment's one proposal."""
    where = sa.and_(table.c.host == host, table.c.ticket == ticket, table.c.comment == comment)
    return tx.execute(sa.select(table.c.id).where(where)).scalar()


def lock(tx: Connection, which: sa.ColumnElement[bool]) -> None:
    """Nobody else's to change until the caller commits, always in one order: after the switch, before the outbox."""
    tx.execute(sa.select(table.c.id).where(which).order_by(table.c.id).with_for_update())


def lock_of(tx: Connection, row_id: int) -> None:
    """The same for the one that an outbox row is about."""
    tx.execute(_LOCK_OF, {"row": row_id})


_ABOUT = sa.select(outbox.c.proposal_id).where(outbox.c.id == sa.bindparam("row"))
_LOCK_OF = sa.select(table.c.id).where(table.c.id.in_(_ABOUT)).with_for_update()


def hold(tx: Connection, keys: Keys, proposal_id: str) -> Stored | None:
    """That proposal, nobody else's to change until the caller commits. Always after the switch, before the outbox."""
    row = tx.execute(_ONE_HELD, {"one": proposal_id}).one_or_none()
    return from_row(tx, keys, row) if row else None


def newest_of(tx: Connection, keys: Keys, host: str, ticket: str) -> Stored | None:
    """The proposal for the ticket's newest comment that we know of."""
    where = sa.and_(table.c.host == host, table.c.ticket == ticket, _READABLE)
    newest = WITH_KEY.where(where).order_by(table.c.created_at.desc(), table.c.id.desc()).limit(1)
    row = tx.execute(newest).one_or_none()
    return from_row(tx, keys, row) if row else None


def newest(tx: Connection, keys: Keys) -> Stored | None:
    """The last one that was touched."""
    row = tx.execute(sa.select(table).where(_READABLE).order_by(table.c.changed_at.desc()).limit(1)).one_or_none()
    return from_row(tx, keys, row) if row else None


def conclude(
    tx: Connection,
    keys: Keys,
    stored: Stored,
    decision: Decision,
    policy_version: int | None,
    state: str,
    now: datetime,
    fingerprint: str | None = None,
) -> bool:
    """Write down what preparing came to. False: another worker took over, or a newer comment superseded it."""
    proposal = stored.proposal
    first = stored.record.first or (First.of(proposal, proposal.draft) if proposal.draft else None)
    record = replace(stored.record, reasons=decision.reasons, first=first)
    values = {
        "state": state,
        "action": decision.action.name,
        "mode": decision.mode.name,
        "category": proposal.category,
        "tier": int(proposal.tier) if proposal.tier else None,
        "rules": ",".join(reason.rule for reason in decision.reasons),
        "policy_version": policy_version,
        "queue": proposal.queue,
        "fingerprint": fingerprint,
        "sealed": sealed(tx, keys, stored.subject_key, record),
        "changed_at": now,
        "lease_until": None,
        **({"offered_at": now} if state in (OFFERED, HELD) and stored.drafts_first else {}),
    }
    done = tx.execute(_CONCLUDE, {**values, "one": stored.id, "taken": stored.attempt}).rowcount == 1
    if done:
        citations.note(tx, stored.id, proposal)
    return done


def rewrite(tx: Connection, keys: Keys, stored: Stored, decision: Decision, now: datetime) -> None:
    """A person changed the draft or confirmed the category."""
    values = {
        "action": decision.action.name,
        "mode": decision.mode.name,
        "rules": ",".join(reason.rule for reason in decision.reasons),
        "tier": int(stored.proposal.tier) if stored.proposal.tier else None,
        "sealed": sealed(tx, keys, stored.subject_key, replace(stored.record, reasons=decision.reasons)),
        "confirmed_by": stored.confirmed_by,
        "edited_by": stored.edited_by,
    }
    citations.note(tx, stored.id, stored.proposal)
    tx.execute(table.update().where(table.c.id == stored.id).values(**values, changed_at=now))


def move(tx: Connection, proposal_id: str, state: str, now: datetime, *, since: Sequence[str] = ()) -> bool:
    """Change the state, if it is one of `since` (empty: any). False: it was not."""
    values = {"one": proposal_id, "state": state, "changed_at": now}
    if since:
        return tx.execute(_MOVE_FROM, {**values, "since": since}).rowcount == 1
    return tx.execute(_WRITE, values).rowcount == 1


def reject(tx: Connection, proposal_id: str, reason: str, now: datetime) -> None:
    """A person's no, with its reason."""
    values = {"state": REJECTED, "rejected_for": reason, "changed_at": now}
    tx.execute(table.update().where(table.c.id == proposal_id).values(**values))


def abandoned(tx: Connection, now: datetime) -> list[tuple[str, str]]:
    """(host, ticket) of proposals whose worker is gone."""
    where = sa.and_(table.c.state == WORKING, sa.or_(table.c.lease_until <= now, table.c.changed_at > now))
    return [(row.host, row.ticket) for row in tx.execute(sa.select(table.c.host, table.c.ticket).where(where))]


def give_up(tx: Connection, keys: Keys, host: str, ticket: str, now: datetime) -> None:
    """Preparing failed three times, or the ticket is gone: what is open is a person's, and says so."""
    here = sa.and_(table.c.host == host, table.c.ticket == ticket)
    lock(tx, here)
    gone = table.update().where(here, table.c.state == OFFERED).values(state=HUMAN, changed_at=now)
    for row_id in tx.execute(gone.returning(table.c.id)).scalars().all():
        audit.append(tx, now, "countersign", "proposal.given-up", row_id, {"rules": ["moved-on"]})
    for row in tx.execute(sa.select(table).where(here, table.c.state == WORKING)).all():
        stored = from_row(tx, keys, row)
        reason = Reason("unclassified", "the message could not be prepared: a person answers")
        failed = Decision(Action.STAND_DOWN, Mode.DRAFT, (reason,))
        if conclude(tx, keys, stored, failed, None, HUMAN, now):
            audit.append(tx, now, "countersign", "proposal.given-up", stored.id, {"rules": ["unclassified"]})

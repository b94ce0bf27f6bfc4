"""Subjects: whose data this is, found by address or host id; held for the courts, or forgotten for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.governance.decision import Reason
from app.host import Fate, TicketRef
from app.store import approvals, audit, glance, golden
from app.store.engine import alone_about
from app.store.keys import Keys, mac, seal
from app.store.tables import audit as audit_log
from app.store.tables import (
    audit_text,
    erasure,
    escalation,
    legal_hold,
    outbox,
    proposal,
    subject_address,
    subject_key,
)  # fmt: skip

ERASED = "erased"
_TICKET = "ticket:"
_WORDLESS = {"note": None, "next_action": None, "closed_for": None, "link": None}  # of an escalation
OPEN = ("working", "offered", "approved", "held", "escalated", "human", "unclear")


class InFlight(Exception):
    """A reply to that person is on its way at this moment: wait until it has settled."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: their data must stay until it is lifted."""

    reason: str
    by: str
    at: datetime


def address_of(keys: Keys, email: str) -> str:
    """An address as we keep it: findable, not readable."""
    return mac(keys.derived("address"), email.strip().lower())


def of_ticket(ref: TicketRef) -> str:
    """What an erasure of one ticket's words is filed under, where a person's is filed under their subject."""
    return f"{_TICKET}{ref.host}:{ref.ticket}"


def _theirs(name: str) -> sa.ColumnElement[bool]:
    """The proposals behind a name: a person's, or a ticket's."""
    if not name.startswith(_TICKET):
        return proposal.c.subject_key == name
    host, _, ticket = name.removeprefix(_TICKET).partition(":")
    return sa.and_(proposal.c.host == host, proposal.c.ticket == ticket)


def meet(tx: Connection, keys: Keys, subject: str, email: str | None) -> None:
    """Remember under which address that person wrote, so that a request for their data finds it."""
    if email:
        tx.execute(_MEET[tx.dialect.name], {"address": address_of(keys, email), "subject": subject})


_MEET = {
    name: insert(subject_address).on_conflict_do_nothing()
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def find(tx: Connection, keys: Keys, who: str) -> list[str]:
    """The subjects behind an address, or behind `host:id`; empty: nobody of that name is known."""
    if "@" in who:
        wanted = sa.select(subject_address.c.subject).where(subject_address.c.address == address_of(keys, who))
        return list(tx.execute(wanted.order_by(subject_address.c.subject)).scalars())
    host, _, person = who.partition(":")
    subject = keys.subject(host, person)
    known = sa.select(proposal.c.id).where(proposal.c.subject_key == subject).limit(1)
    return [subject] if tx.execute(known).first() else []


def people_of(tx: Connection, name: str) -> set[str]:
    """Whose words an erasure of that name would delete."""
    return {name, *tx.execute(sa.select(proposal.c.subject_key).where(_theirs(name))).scalars()}


def held(tx: Connection, name: str) -> Hold | None:
    """The legal hold on that person's data; on a ticket's, that of whoever wrote there."""
    columns = (legal_hold.c.reason, legal_hold.c.by, legal_hold.c.at)
    where = sa.and_(legal_hold.c.subject.in_(people_of(tx, name)), legal_hold.c.lifted_at.is_(None))
    row = tx.execute(sa.select(*columns).where(where).order_by(legal_hold.c.id).limit(1)).one_or_none()
    return Hold(**row._mapping) if row else None


def keeps(tx: Connection, name: str) -> bool:
    """Do we hold anything of that person or ticket?"""
    return tx.execute(sa.select(proposal.c.id).where(_theirs(name)).limit(1)).first() is not None


def hold(tx: Connection, subject: str, reason: str, by: str, now: datetime) -> None:
    """Keep everything of that person until it is lifted, whatever retention or a request says."""
    tx.execute(legal_hold.insert().values(subject=subject, reason=reason, by=by, at=now))
    audit.append(tx, now, by, "person.held", subject, {})


def lift(tx: Connection, subject: str, by: str, now: datetime) -> bool:
    """The hold is over. False: there was none."""
    where = sa.and_(legal_hold.c.subject == subject, legal_hold.c.lifted_at.is_(None))
    if tx.execute(legal_hold.update().where(where).values(lifted_by=by, lifted_at=now)).rowcount == 0:
        return False
    audit.append(tx, now, by, "person.released", subject, {})
    return True


def ask(tx: Connection, subject: str, basis: str, by: str, now: datetime) -> int:
    """File a request to be forgotten; it is done when no hold stands in the way. `basis` names nobody."""
    row = {"subject": subject, "basis": basis, "asked_by": by, "asked_at": now}
    return int(tx.execute(erasure.insert().values(row).returning(erasure.c.id)).scalar_one())


def tell_asked(tx: Connection, request: int, name: str, basis: str, by: str, now: datetime) -> None:
    """The request's entry; after everything else that is locked, as all entries."""
    of = "ticket" if name.startswith(_TICKET) else "person"
    header = {"basis": basis, "held": held(tx, name) is not None, "of": of}
    audit.append(tx, now, by, "erasure.asked", f"erasure:{request}", header)


def tell_done(tx: Connection, request: int, messages: int, now: datetime) -> None:
    """The entry of what was forgotten."""
    audit.append(tx, now, "countersign", "erasure.done", f"erasure:{request}", {"messages": messages})


def waiting(tx: Connection) -> list[tuple[int, str]]:
    """(request, subject) of what is not done yet."""
    rows = tx.execute(sa.select(erasure.c.id, erasure.c.subject).where(erasure.c.done_at.is_(None)))
    return [(row.id, row.subject) for row in rows]


def forgotten(tx: Connection) -> dict[str, datetime]:
    """Whose erasure is done, and when last: nothing restored from a backup may bring them back."""
    rows = tx.execute(sa.select(erasure.c.subject, erasure.c.done_at).where(erasure.c.done_at.is_not(None)))
    done = dict[str, datetime]()
    for row in rows:
        done[row.subject] = max(row.done_at, done.get(row.subject, row.done_at))
    return done


# --- forgetting --------------------------------------------------------------------------------------------------------
def forget(tx: Connection, request: int, name: str, now: datetime) -> int:
    """Delete a person's key and every text under it, or a ticket's texts. How many messages it was. Raises InFlight.

    Rows without words stay: they are what keeps the same message from being answered again. The caller tells it.
    """
    alone_about(tx, name)  # what is being begun for them at this moment is found, too
    ids = _hold_all(tx, name)
    _stop(tx, ids, now)
    mine = proposal.c.id.in_(ids)
    tx.execute(proposal.update().where(mine).values(sealed=None))
    golden.forget(tx, mine)
    tx.execute(proposal.update().where(mine, proposal.c.state.in_(OPEN)).values(state=ERASED, changed_at=now))
    tx.execute(outbox.update().where(outbox.c.proposal_id.in_(ids)).values(body_sealed=b""))
    tx.execute(escalation.update().where(escalation.c.proposal_id.in_(ids)).values(**_WORDLESS))
    tx.execute(
        audit_text.delete().where(audit_text.c.seq.in_(sa.select(audit_log.c.seq).where(audit_log.c.object.in_(ids))))
    )
    for table in (audit_text, subject_address, subject_key):
        tx.execute(table.delete().where(table.c.subject == name))
    glance.forget(tx)
    tx.execute(erasure.update().where(erasure.c.id == request).values(done_at=now))
    return len(ids)


def _hold_all(tx: Connection, name: str) -> Sequence[str]:
    """Their proposals for us alone, always in the same order."""
    wanted = sa.select(proposal.c.id).where(_theirs(name)).order_by(proposal.c.id)
    ids = tx.execute(wanted.with_for_update()).scalars().all()
    flying = sa.and_(outbox.c.proposal_id.in_(ids), outbox.c.state == "SENDING")
    if tx.execute(sa.select(outbox.c.id).where(flying).limit(1)).first():
        raise InFlight
    return ids


def _stop(tx: Connection, ids: Sequence[str], now: datetime) -> None:
    """Nothing of theirs leaves any more."""
    why = Reason("erased", "the person asked to be forgotten")
    values = {"state": "HUMAN", "fate": Fate.NEVER_SENT, "settled_at": now, "reason": why.text}
    tx.execute(outbox.update().where(outbox.c.proposal_id.in_(ids), outbox.c.state == "READY").values(**values))
    for proposal_id in ids:
        approvals.void(tx, proposal_id, why.text, now)


# --- retention ---------------------------------------------------------------------------------------------------------
def expire(tx: Connection, keys: Keys, before: datetime, now: datetime, most: int = 500) -> int:
    """Drop the words of finished messages that nobody touched since `before`, the oldest first; a legal hold keeps them.

    The decision, its entry and the salt of the commitment stay. How many messages it was, `most` at a time.
    """
    holds = sa.select(legal_hold.c.subject).where(legal_hold.c.lifted_at.is_(None))
    old = sa.and_(proposal.c.changed_at < before, proposal.c.sealed.is_not(None), proposal.c.subject_key.not_in(holds))
    done = old & proposal.c.state.not_in(("working", "offered", "approved", "held", "sending"))
    ids = tx.execute(sa.select(proposal.c.id).where(done).order_by(proposal.c.changed_at).limit(most)).scalars().all()
    if not ids:
        return 0
    tx.execute(proposal.update().where(proposal.c.id.in_(ids)).values(sealed=None))
    golden.forget(tx, proposal.c.id.in_(ids))
    tx.execute(outbox.update().where(outbox.c.proposal_id.in_(ids)).values(body_sealed=b""))
    closed = sa.and_(escalation.c.proposal_id.in_(ids), escalation.c.state.in_(("DOCUMENTED", "NO-DOCUMENT")))
    tx.execute(escalation.update().where(closed).values(**_WORDLESS))
    _keep_salts(tx, keys, ids)
    audit.append(tx, now, "countersign", "content.expired", "retention", {"messages": len(ids)})
    return len(ids)


def _keep_salts(tx: Connection, keys: Keys, ids: Sequence[str]) -> None:
    """Of what was committed to the text goes; with the salt, whoever still has the text can show that it is the one."""
    columns = (audit_text.c.seq, audit_text.c.sealed, subject_key.c.wrapped)
    joined = audit_text.join(subject_key, subject_key.c.subject == audit_text.c.subject)
    mine = audit_text.c.seq.in_(sa.select(audit_log.c.seq).where(audit_log.c.object.in_(ids)))
    for row in tx.execute(sa.select(*columns).select_from(joined).where(mine)).all():
        key = keys.unwrapped(row.wrapped)
        salt, _ = audit.words_of(key, row.sealed)
        tx.execute(audit_text.update().where(audit_text.c.seq == row.seq).values(sealed=seal(key, salt)))

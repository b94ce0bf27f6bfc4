"""Story: what the log says, to be searched and read; and the receipt of one message, with its proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.deps import Deps
from app.governance.document import parse
from app.host import Purpose, TicketRef
from app.store import audit, checkpoints, proposals, staff
from app.store.keys import Keys
from app.store.record import Stored
from app.store.tables import (
    approval,
    audit_text,
    evidence_plan,
    golden_check,
    outbox,
    policy_version,
    proposal,
    subject_key,
)
from app.store.tables import audit as log

PAGE = 100


@dataclass(frozen=True, slots=True)
class Told:
    """One entry for people: `by` in words, `action` and `header` as they were hashed."""

    seq: int
    at: datetime
    by: str
    action: str
    about: str
    header: Mapping[str, Any]
    place: TicketRef | None = None  # the ticket, where a message of it is known


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for; empty asks for everything. `about` is a proposal, a ticket number, a scope, a version."""

    about: str = ""
    by: str = ""
    action: str = ""
    before: int | None = None


def entries(deps: Deps, wanted: Wanted) -> list[Told]:
    """The newest first, a page at a time; `before` is the last number of the page before."""
    with deps.readers.begin() as tx:
        where = [log.c.action != audit.PRUNED, sa.true() if wanted.before is None else log.c.seq < wanted.before]
        if wanted.about:
            where.append(log.c.object.in_((wanted.about, *_of_ticket(tx, deps.keys, wanted.about))))
        if wanted.by:
            where.append(log.c.actor.in_(_ids(tx, wanted.by)))
        if wanted.action:
            where.append(log.c.action.startswith(wanted.action, autoescape=True))
        rows = tx.execute(_columns().where(*where).order_by(log.c.seq.desc()).limit(PAGE)).all()
        names, places = _names(tx), _places(tx, deps.keys, proposal.c.id.in_({row.object for row in rows}))
        return [_told(row, names, places) for row in rows]


def _columns() -> sa.Select[Any]:
    return sa.select(log.c.seq, log.c.ts, log.c.actor, log.c.action, log.c.object, log.c.stored)


def _of_ticket(tx: Connection, keys: Keys, ticket: str) -> list[str]:
    return list(_places(tx, keys, proposal.c.ticket == ticket.lstrip("#")))


def _places(tx: Connection, keys: Keys, where: sa.ColumnElement[bool]) -> dict[str, TicketRef]:
    """The tickets of these messages, by message and by what the log calls a ticket."""
    found = tx.execute(sa.select(proposal.c.id, proposal.c.host, proposal.c.ticket).where(where))
    places = {one.id: TicketRef(one.host, one.ticket) for one in found}
    return places | {keys.ticket(place): place for place in places.values()}


def _names(tx: Connection) -> dict[str, str]:
    return {member.id: member.name for member in staff.everybody(tx)}


def _ids(tx: Connection, text: str) -> list[str]:
    """Whom they mean: part of a name or an address, or the id itself."""
    said = text.lower()
    people = [one.id for one in staff.everybody(tx) if said in one.name.lower() or said in one.email]
    return [*people, text]


def _told(row: sa.Row[Any], names: Mapping[str, str], places: Mapping[str, TicketRef] | None = None) -> Told:
    header, place = json.loads(row.stored)["header"], (places or {}).get(row.object)
    by, about = names.get(row.actor, row.actor), names.get(row.object, row.object)
    return Told(row.seq, row.ts, by, row.action, about, header, place)


# --- the receipt -------------------------------------------------------------------------------------------------------
def receipt(deps: Deps, proposal_id: str) -> dict[str, Any] | None:
    """All that is known of one message, as JSON: what came, what was judged, who said yes, what left, and the proof.

    None: there is no such proposal. `erased`: its words are gone, its entries are not.
    """
    with deps.readers.begin() as tx:
        open_facts = tx.execute(sa.select(proposal).where(proposal.c.id == proposal_id)).one_or_none()
        if open_facts is None:
            return None
        names = _names(tx)
        rows = tx.execute(_columns().where(log.c.object == proposal_id).order_by(log.c.seq)).all()
        told = [_told(row, names) for row in rows]
        stored = proposals.load(tx, deps.keys, proposal_id)
        return {
            "proposal": proposal_id,
            "deployment": deps.settings.deployment,
            "software": metadata.version("countersign"),
            "host": open_facts.host,
            "ticket": open_facts.ticket,
            "comment": open_facts.comment,
            "queue": open_facts.queue,
            "state": open_facts.state,
            "erased": open_facts.sealed is None,
            "message": _message(stored),
            "policy": _policy(tx, open_facts.policy_version, open_facts.category),
            "made_with": _made_with(tx, open_facts.fingerprint),
            "approval": _approval(tx, proposal_id, names),
            "answer": _answer(tx, deps.keys, proposal_id),
            "entries": [_entry(one) for one in told],
            "proof": _proof(tx, told),
        }


def _entry(told: Told) -> dict[str, Any]:
    return {
        "seq": told.seq, "at": told.at.isoformat(), "by": told.by, "action": told.action, "header": told.header
    }  # fmt: skip


def _message(stored: Stored | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    judged = stored.proposal
    return {
        "subject": judged.subject,
        "text": judged.full_text or judged.text,
        "category": judged.category,
        "tier": int(judged.tier) if judged.tier else None,
        "confidence": judged.confidence,
        "language": judged.language,
        "triggers": [{"trigger": one.trigger, "quote": one.quote} for one in judged.triggers or ()],
        "reasons": [{"rule": reason.rule, "text": reason.text} for reason in stored.record.reasons],
        "findings": [{"check": one.check, "text": one.text} for one in judged.findings or ()],
        "draft": judged.draft.text if judged.draft else None,
        "abstained": judged.abstained.text if judged.abstained else None,
    }


def _policy(tx: Connection, version: int | None, category: str | None) -> dict[str, Any] | None:
    """The version that judged it, and what it said of the category."""
    row = tx.execute(sa.select(policy_version).where(policy_version.c.version == version)).one_or_none()
    if row is None:
        return None
    found = parse(row.toml, f"policy version {row.version}", row.version).category(category)
    rule = None
    if found is not None:
        rule = {
            "category": found.name, "description": found.description, "tier": int(found.tier),
            "mode": found.mode.label, "ceiling": found.ceiling.label,
        }  # fmt: skip
    return {
        "version": row.version,
        "sha256": row.sha256,
        "author": row.author,
        "approved_by": row.approved_by,
        "rule": rule,
    }


def _made_with(tx: Connection, fingerprint: str | None) -> dict[str, Any] | None:
    """Model, prompts and how passages were found; hashes stand for what is long. None: nothing was drafted."""
    noted = (sa.select(one.c.making).where(one.c.fingerprint == fingerprint) for one in (evidence_plan, golden_check))
    making = tx.execute(sa.union_all(*noted).limit(1)).scalar()
    if making is None:
        return None
    told = json.loads(making)
    return {"fingerprint": fingerprint, **{name: told[name] for name in ("model", "prompts", "retrieval")}}


def _approval(tx: Connection, proposal_id: str, names: Mapping[str, str]) -> dict[str, Any] | None:
    wanted = sa.select(approval).where(approval.c.proposal_id == proposal_id).order_by(approval.c.created_at.desc())
    found = tx.execute(wanted.limit(1)).one_or_none()
    if found is None:
        return None
    return {
        "by": names.get(found.actor, found.actor), "role": found.role, "via": found.via, "seen": found.seen,
        "at": found.created_at.isoformat(), "due": found.due_at.isoformat(),
        "taken_back": found.void_reason,
    }  # fmt: skip


def _answer(tx: Connection, keys: Keys, proposal_id: str) -> dict[str, Any] | None:
    """How sending ended, with the text as it was sent and what the log committed to before it left."""
    where = sa.and_(outbox.c.proposal_id == proposal_id, outbox.c.purpose == Purpose.ANSWER)
    row = tx.execute(sa.select(outbox).where(where)).one_or_none()
    if row is None:
        return None
    return {
        "state": row.state, "fate": row.fate, "why": row.reason, "attempt": row.attempt, "send_id": row.send_id,
        "claimed_at": row.claimed_at and row.claimed_at.isoformat(),
        "settled_at": row.settled_at and row.settled_at.isoformat(),
        "generations": [row.gen_all, row.gen_queue], "host_comment": row.host_result_id, "host_audit": row.host_audit_id, "delivery": row.delivery,
        "committed": _committed(tx, keys, proposal_id),
    }  # fmt: skip


def _committed(tx: Connection, keys: Keys, proposal_id: str) -> dict[str, Any] | None:
    """The message, the sources as they stood and the text, as the last attempt's entry committed to them."""
    joined = log.join(audit_text, audit_text.c.seq == log.c.seq)
    joined = joined.join(subject_key, subject_key.c.subject == audit_text.c.subject)
    wanted = sa.select(audit_text.c.sealed, subject_key.c.wrapped).select_from(joined)
    where = sa.and_(log.c.object == proposal_id, log.c.action == "answer.intent")
    row = tx.execute(wanted.where(where).order_by(log.c.seq.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    salt, text = audit.words_of(keys.unwrapped(row.wrapped), row.sealed)
    return {"salt": salt.hex(), **json.loads(text or b"{}")}


def _proof(tx: Connection, told: list[Told]) -> dict[str, Any] | None:
    """That the last entry of the story is in the log as a checkpoint signed it; None: none covers it yet."""
    found = checkpoints.proof(tx, told[-1].seq) if told else None
    if found is None:
        return None
    signed, path = found
    leaf = tx.execute(sa.select(log.c.leaf).where(log.c.seq == told[-1].seq)).scalar_one()
    return {
        "entry": told[-1].seq, "leaf": leaf.hex(), "path": [node.hex() for node in path], "root": signed.root.hex(),
        "checkpoint": signed.note, "kept_outside": signed.kept_at is not None,
    }  # fmt: skip


def in_words(receipt: Mapping[str, Any]) -> str:
    """A receipt for a terminal."""
    sent = (receipt["answer"] or {}).get("committed") or {}
    yes = receipt["approval"]
    lines = [f"{receipt['host']} ticket {receipt['ticket']}: {receipt['state']}"]
    lines += [f"told: {sent.get('body', 'its words are gone, their time was over')}"] if sent else []
    lines += [f"approved by {yes['by']} ({yes['role']}) at {yes['at']}"] if yes else []
    lines += [f"reason: {reason['text']}" for reason in (receipt["message"] or {}).get("reasons", ())]
    lines += [f"{one['seq']}  {one['at']}  {one['by']}  {one['action']}" for one in receipt["entries"]]
    lines.append("proved by a signed checkpoint" if receipt["proof"] else "not yet covered by a checkpoint")
    return "\n".join(lines)

"""Story: the receipt of one message, as the log tells it, with its proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app import entries
from app.deps import Deps
from app.governance.document import parse
from app.host import Purpose
from app.store import audit, checkpoints, proposals
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


def receipt(deps: Deps, proposal_id: str) -> dict[str, Any] | None:
    """All that is known of one message, as JSON: what came, what was judged, who said yes, what left, and the proof.

    None: there is no such proposal. `erased`: its words are gone, its entries are not.
    """
    with deps.readers.begin() as tx:
        open_facts = tx.execute(sa.select(proposal).where(proposal.c.id == proposal_id)).one_or_none()
        if open_facts is None:
            return None
        names, told = entries.names(tx), entries.of(tx, proposal_id)
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
            "policy": _policy(tx, open_facts.policy_version, open_facts.category, names),
            "made_with": _made_with(tx, open_facts.fingerprint),
            "approval": _approval(tx, proposal_id, names),
            "answer": _answer(tx, deps.keys, proposal_id),
            "entries": [_entry(one) for one in told],
            "proof": _proof(tx, told),
        }


def _entry(told: entries.Told) -> dict[str, Any]:
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


def _policy(
    tx: Connection, version: int | None, category: str | None, names: Mapping[str, str]
) -> dict[str, Any] | None:
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
        "author": names.get(row.author, row.author),
        "approved_by": names.get(row.approved_by, row.approved_by),
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


def _proof(tx: Connection, told: list[entries.Told]) -> dict[str, Any] | None:
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

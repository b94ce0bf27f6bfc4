"""What a trial broke, by the host's own ledger, the outbox and the audit log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from app.store import audit
from app.store.tables import audit as audit_table
from app.store.tables import outbox, proposal
from tests.crash.trial import Trial

Entry = dict[str, Any]


def violations(trial: Trial) -> Iterator[str]:
    """Empty: every promise held. Fills in what was sent and what people got."""
    entries = [entry for ref in trial.tickets.values() for entry in _ledger(trial, ref.ticket)]
    with trial.place.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(outbox)).all()
        log = [json.loads(stored) for stored in tx.execute(sa.select(audit_table.c.stored)).scalars()]
        made = tx.execute(sa.select(proposal.c.ticket, proposal.c.state)).all()
        chain = audit.verify(tx)
    answers = [row for row in rows if row.purpose == "answer"]
    trial.outcome.sent = len(entries)
    trial.outcome.to_people = sum(row.state == "HUMAN" for row in answers)
    if chain.broken_at is not None:
        yield f"audit chain broken at {chain.broken_at}: {chain.why}"
    yield from _late(trial, entries)
    yield from _doubled(entries, log)
    yield from _begun_twice([row.ticket for row in made])
    yield from _untold(answers, entries)
    yield from _unlogged(answers, entries, log)
    yield from _lost(trial, answers, [(row.ticket, row.state) for row in made])


def _ledger(trial: Trial, ticket: str) -> list[Entry]:
    return list(trial.zendesk.control("GET", f"ledger?ticket={ticket}")["entries"])


def _late(trial: Trial, entries: list[Entry]) -> Iterator[str]:
    if trial.confirmed_at is None or trial.scope != "*" or trial.case.point == 24:
        return
    late = [entry["ticket_id"] for entry in entries if entry["time"] > trial.confirmed_at]
    if late:
        yield f"sent after CONFIRMED: {late}"


def _doubled(entries: list[Entry], log: list[Entry]) -> Iterator[str]:
    """A reply is told by its send id, which one message has once; the log says for which proposal it was."""
    about = {one["header"]["send_id"]: one["object"] for one in log if one["action"] == "answer.intent"}
    replies = Counter(about.get(_sign(entry)["send_id"], _sign(entry)["send_id"]) for entry in entries)
    twice = [name for name, count in replies.items() if count > 1]
    if twice:
        yield f"answered twice: {twice}"
    decided = Counter(entry["object"] for entry in log if entry["action"] == "proposal.decided")
    if max(decided.values(), default=0) > 1:
        yield "one proposal has two decisions"


def _begun_twice(messages: Sequence[object]) -> Iterator[str]:
    if max(Counter(messages).values(), default=0) > 1:
        yield "one comment has two proposals"


def _sign(entry: Entry) -> Entry:
    return dict(entry["sent_metadata"]["countersign"])


def _untold(answers: list[sa.Row[Any]], entries: list[Entry]) -> Iterator[str]:
    applied = {_sign(entry)["send_id"]: str(entry["ticket_id"]) for entry in entries}
    told = {row.send_id: row.ticket for row in answers if row.state == "SENT"}
    if told != applied:
        yield f"the outbox says sent: {sorted(told.values())}, the host: {sorted(applied.values())}"
    for row in answers:
        if row.state not in {"SENT", "HUMAN"} or row.fate == "unclear":
            yield f"row {row.id} is {row.state} {row.fate} ({row.reason})"


def _unlogged(answers: list[sa.Row[Any]], entries: list[Entry], log: list[Entry]) -> Iterator[str]:
    """Each reply has its intent in the log, and each that ended its outcome."""
    intents = {(one["header"]["send_id"], one["header"]["attempt"]) for one in log if one["action"] == "answer.intent"}
    for entry in entries:
        sign = _sign(entry)
        if (sign["send_id"], sign["attempt"]) not in intents:
            yield f"no intent in the log for the reply to {entry['ticket_id']}"
    ended = Counter(
        one["header"]["row"] for one in log if one["action"] == "answer.outcome" and one["header"]["state"] == "SENT"
    )
    for row in answers:
        if ended[row.id] != (row.state == "SENT"):
            yield f"the log tells {ended[row.id]} times that row {row.id} was sent; it is {row.state}"


def _lost(trial: Trial, answers: list[sa.Row[Any]], proposals: list[tuple[str, str]]) -> Iterator[str]:
    known = {ticket for ticket, _ in proposals}
    missing = [ref.ticket for ref in trial.tickets.values() if ref.ticket not in known]
    if missing:
        yield f"no proposal for {missing}"
    waiting = [state for _, state in proposals if state in {"working", "approved", "sending"}]
    if waiting:
        yield f"proposals left {waiting}"
    if trial.case.rollback or trial.case.point == 20:
        return
    given_up = [row.reason for row in answers if row.state == "HUMAN"]
    if given_up:
        yield f"not sent, though nobody stopped it: {given_up}"

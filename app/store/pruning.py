"""Pruning: what the log says of messages goes when its time is over; its hashes stay, so the chain holds from the first line.

An entry that is pruned keeps its place, leaf and link, and nothing else. Only entries of messages are pruned, all of one
message together, and only under a signed checkpoint that was made before their time was over: the entry that says so names
it, and a stranger checks both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.policy import Logs
from app.store import audit
from app.store.tables import audit as log
from app.store.tables import audit_text, checkpoint, legal_hold, proposal

KEPT_LONGER = ("proposal.approved",)  # who said yes to what: as long as the policy's own life
AT_ONCE = 50_000  # found by one look: it begins at the oldest, past all that stays


@dataclass(frozen=True, slots=True)
class Due:
    """Entries up to a checkpoint whose time is over."""

    kind: str
    upto: int
    seqs: tuple[int, ...]


def due(tx: Connection, logs: Logs, now: datetime, most: int = AT_ONCE) -> list[Due]:
    """What may go, found without holding up anybody who writes."""
    kinds = {"decisions": (logs.decisions, log.c.action.not_in(KEPT_LONGER)), "approvals": (logs.policy, sa.true())}
    found = [_due(tx, kind, now - max(keep, logs.decisions), which, most) for kind, (keep, which) in kinds.items()]
    return [one for one in found if one.seqs]


def _due(tx: Connection, kind: str, before: datetime, which: sa.ColumnElement[bool], most: int) -> Due:
    upto = tx.execute(sa.select(sa.func.max(checkpoint.c.size)).where(checkpoint.c.signed_at <= before)).scalar() or 0
    wanted = sa.select(log.c.seq).where(log.c.seq <= upto, _finished(upto), which).order_by(log.c.seq).limit(most)
    return Due(kind, upto, tuple(tx.execute(wanted).scalars()) if upto else ())


def _finished(upto: int) -> sa.ColumnElement[bool]:
    """Of a message of which nothing was said after that entry. A legal hold beats retention.

    Asked entry by entry: a list of all such messages would be made anew for each slice, while others wait to write.
    """
    holds = sa.select(legal_hold.c.subject).where(legal_hold.c.lifted_at.is_(None))
    later = sa.select(_LATER.c.seq).where(_LATER.c.object == log.c.object, _LATER.c.seq > upto)
    message = sa.select(proposal.c.id).where(proposal.c.id == log.c.object, proposal.c.subject_key.not_in(holds))
    return sa.and_(message.exists(), ~later.exists())


_LATER = log.alias("later")


def prune(tx: Connection, what: Due, now: datetime) -> int:
    """Leave the hashes of those entries, unless somebody wants them kept since. How many went."""
    wanted = sa.select(log.c.seq).where(log.c.seq.in_(what.seqs), _finished(what.upto))
    seqs = tx.execute(wanted).scalars().all()
    if not seqs:
        return 0
    blank = {"stored": b"", "actor": "", "action": audit.PRUNED, "object": ""}
    tx.execute(audit_text.delete().where(audit_text.c.seq.in_(seqs)))
    tx.execute(log.update().where(log.c.seq.in_(seqs)).values(**blank))
    header = {"upto": what.upto, "entries": len(seqs), "kind": what.kind}
    audit.append(tx, now, "countersign", "log.pruned", "log", header)
    return len(seqs)

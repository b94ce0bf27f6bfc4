"""Second reviews: what another person found, and how a disagreement was settled. Written once, never changed or removed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.governance.reviews import Outcome
from app.store import audit
from app.store.glance import tell
from app.store.tables import proposal
from app.store.tables import second_review as table

SECOND, SETTLED = "second", "settled"
Said = Mapping[tuple[str, str], Outcome]
"""(proposal, kind) and what was said."""


def add(tx: Connection, proposal_id: str, kind: str, said: Outcome, by: str, now: datetime) -> bool:
    """Write it down, with its audit entry. False: it was said before, and stays as it is."""
    values = {"proposal_id": proposal_id, "kind": kind, "outcome": said, "by": by, "at": now}
    if tx.execute(_ADD[tx.dialect.name], values).scalar() is None:
        return False
    audit.append(tx, now, by, f"review.{kind}", proposal_id, {"outcome": said})
    return True


_ADD = {
    name: insert(table).on_conflict_do_nothing().returning(table.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def under(tx: Connection, marks: Collection[str]) -> Said:
    """All that was said of drafts of these fingerprints."""
    joined = table.join(proposal, proposal.c.id == table.c.proposal_id)
    wanted = sa.select(table.c.proposal_id, table.c.kind, table.c.outcome).select_from(joined)
    rows = tx.execute(wanted.where(proposal.c.fingerprint.in_(marks))).all()
    return {(row.proposal_id, row.kind): Outcome(row.outcome) for row in rows}


def by_whom(tx: Connection, proposal_id: str) -> frozenset[str]:
    """Who said something of it."""
    return frozenset(tx.execute(sa.select(table.c.by).where(table.c.proposal_id == proposal_id)).scalars())


def look(tx: Connection, proposals: Collection[str]) -> None:
    """The same for all of these, for a glance."""
    found: dict[str, set[str]] = {one: set() for one in proposals}
    for row in tx.execute(sa.select(table.c.proposal_id, table.c.by).where(table.c.proposal_id.in_(proposals))):
        found[row.proposal_id].add(row.by)
    tell(tx, by_whom, {(one,): frozenset(by) for one, by in found.items()})


def last_of(tx: Connection, person: str) -> datetime | None:
    """When that person last said something."""
    return tx.execute(sa.select(sa.func.max(table.c.at)).where(table.c.by == person)).scalar()

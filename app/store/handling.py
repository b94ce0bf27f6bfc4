"""Handling: an escalation from owner to owner, acted on, and closed with a decision; each step is an entry of the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.store import audit, escalations, proposals
from app.store.escalations import ACTING, CLOSED, IS_OPEN, OWNED, Escalation
from app.store.keys import Keys
from app.store.record import Stored
from app.store.staff import Member
from app.store.tables import escalation as table

GIVEN, UNKNOWN, REFUSED, AWAY = "given", "unknown", "refused", "away"
DOCUMENTS = ("failure pattern", "source fix", "policy change", "something else")


@dataclass(frozen=True, slots=True)
class Ending:
    """What is documented and why, or why nothing is. `document` None: nothing."""

    document: str | None
    reason: str
    link: str = ""

    @property
    def outcome(self) -> str:
        """The last state."""
        return CLOSED[0] if self.document else CLOSED[1]


def hold(tx: Connection, keys: Keys, escalation_id: int) -> tuple[Escalation, Stored | None] | None:
    """An open one and its proposal, nobody else's to change until the caller commits. None: closed, or never there.

    The proposal is None where its words were erased.
    """
    about = tx.execute(sa.select(table.c.proposal_id).where(table.c.id == escalation_id)).scalar()
    if about is None:
        return None
    stored = proposals.hold(tx, keys, about)
    mine = sa.select(table).where(table.c.id == escalation_id, IS_OPEN).with_for_update()
    row = tx.execute(mine).one_or_none()
    return (escalations.opened(row, keys), stored) if row else None


def own(
    tx: Connection, keys: Keys, one: Escalation, to: str, due: datetime, by: str, now: datetime, *, late: bool = False
) -> None:
    """It is theirs now; whoever acted before acts no more."""
    _change(tx, one, {**_owner(one, to, due, now), "state": OWNED, "next_action": None})
    escalations.tell_owned(tx, keys, one.proposal_id, to, due, by, now, late=late)


def act(tx: Connection, keys: Keys, one: Escalation, member: Member, action: str, due: datetime, now: datetime) -> None:
    """They say what they do next and by when; it is theirs from then on."""
    new = {**_owner(one, member.email, due, now), "state": ACTING, "next_action": escalations.sealed(keys, action)}
    _change(tx, one, new)
    audit.append(tx, now, member.id, "escalation.acting", one.proposal_id, {"due": due.isoformat()})


def remind(tx: Connection, one: Escalation, now: datetime, *, late: bool) -> None:
    """The owner is told; the notice follows from this entry."""
    _change(tx, one, {"reminded_at": now})
    audit.append(tx, now, "countersign", "escalation.reminded", one.proposal_id, {"late": late})


def close(tx: Connection, keys: Keys, one: Escalation, ending: Ending, member: Member, now: datetime) -> None:
    """A person's decision what to document ends it. Whoever decides without a word before has acted by deciding."""
    if one.state != ACTING:
        act(tx, keys, one, member, "", one.due_at, now)
    said = {"document": ending.document, "link": ending.link or None, "closed_by": member.id, "closed_at": now}
    why = escalations.sealed(keys, ending.reason)
    _change(tx, one, {"state": ending.outcome, "closed_for": why, **said})
    header = {"outcome": ending.outcome, "document": ending.document}
    audit.append(tx, now, member.id, "escalation.closed", one.proposal_id, header)


def assigned(tx: Connection, keys: Keys, place: escalations.Place, how: str, now: datetime) -> None:
    """What the host made of the wish to give them the ticket; nothing, where the owner changed meanwhile."""
    held = hold(tx, keys, place.id)
    if held is not None and held[0].owner == place.owner and held[0].assigned != how:
        _change(tx, held[0], {"assigned": how})
        audit.append(tx, now, "countersign", "escalation.assigned", place.proposal_id, {"assigned": how})


def _owner(one: Escalation, to: str, due: datetime, now: datetime) -> dict[str, Any]:
    had = one.case.had if one.owner == to else (*one.case.had, to)
    same = {"assigned": one.assigned} if one.owner == to else {"assigned": None}
    return {"owner": to, "had": "\n".join(had), "due_at": due, "began_at": now, "reminded_at": None, **same}


def _change(tx: Connection, one: Escalation, values: dict[str, Any]) -> None:
    tx.execute(table.update().where(table.c.id == one.id).values(**values))

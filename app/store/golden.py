"""The golden set as SQL has it: what each draft was made of, and what came of drafting the reviewed ones again.

Nothing here is ever changed; only the words go, when their customer's or their time is over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from app.governance.canonical import canonical
from app.governance.correction import Correction
from app.governance.fingerprint import Making, fingerprint
from app.governance.golden import Comparison, Made
from app.host import Ticket
from app.store import audit, glance
from app.store.keys import Keys, seal, unseal
from app.store.record import Stored
from app.store.tables import golden as table
from app.store.tables import golden_check, golden_difference, outcome, proposal

MOST = 150  # of one plan: as many as the strictest promise asks for
OTHERS = 60
_KEPT = 2 * MOST  # of one fingerprint: not each of them is reviewed
_LONGEST = 200_000  # bytes; a longer conversation is not kept twice


@dataclass(frozen=True, slots=True)
class Message:
    """All that the stages read of it, and what they made."""

    ticket: Ticket
    comment: str
    said: Correction
    day: date
    made: Made


# Made once, at import: msgspec learns a type at its first use, and two threads that do so at once crash the process.
_ENCODE = msgspec.json.Encoder().encode
_READ_MESSAGE = msgspec.json.Decoder(Message).decode
_READ_MADE = msgspec.json.Decoder(Made).decode


# --- kept --------------------------------------------------------------------------------------------------------------


def keep(tx: Connection, keys: Keys, stored: Stored, mark: str, message: Message, now: datetime) -> None:
    """The message behind a draft that is offered under that fingerprint."""
    plain = _ENCODE(message)
    if len(plain) > _LONGEST or tx.execute(_ALIKE, {"mark": mark}).scalar_one() >= _KEPT:
        return
    values = {"proposal_id": stored.id, "attempt": stored.attempt, "fingerprint": mark, "kept_at": now}
    tx.execute(table.insert(), {**values, "sealed": seal(keys.of(tx, stored.subject_key), plain)})


_ALIKE = sa.select(sa.func.count()).select_from(table).where(table.c.fingerprint == sa.bindparam("mark"))


def reviewed(tx: Connection, keys: Keys, marks: frozenset[str]) -> list[tuple[int, Message]]:
    """The golden set of drafts made so: those that ended in an outcome, the first ones first, each by its row."""
    same = sa.and_(table.c.proposal_id == proposal.c.id, table.c.attempt == proposal.c.attempt)
    joined = table.join(proposal, same).join(outcome, outcome.c.proposal_id == proposal.c.id)
    columns = (table.c.id, table.c.sealed, proposal.c.subject_key)
    mine = sa.and_(table.c.fingerprint.in_(marks), proposal.c.fingerprint.in_(marks), table.c.sealed.is_not(None))
    wanted = sa.select(*columns).select_from(joined).where(mine).order_by(table.c.proposal_id).limit(MOST)
    return _read(tx, keys, wanted)


def elsewhere(tx: Connection, keys: Keys, category: str) -> list[tuple[int, Message]]:
    """The newest messages of other categories: none of them may come out in this one."""
    joined = table.join(proposal)
    wanted = sa.select(table.c.id, table.c.sealed, proposal.c.subject_key).select_from(joined)
    others = wanted.where(proposal.c.category != category, table.c.sealed.is_not(None))
    return _read(tx, keys, others.order_by(table.c.id.desc()).limit(OTHERS))


def _read(tx: Connection, keys: Keys, wanted: sa.Select[*tuple[Any, ...]]) -> list[tuple[int, Message]]:
    rows = tx.execute(wanted).all()
    return [(row.id, _READ_MESSAGE(unseal(keys.of(tx, row.subject_key), row.sealed))) for row in rows]


# --- compared ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """One release tried on the golden set of a plan. The first finding on a fingerprint stands."""

    id: int
    plan: str
    fingerprint: str
    found: Comparison
    at: datetime


def tell(
    tx: Connection, keys: Keys, category: str, plan: str, before: str, making: Making, found: Comparison,
    different: Sequence[tuple[int, Made, tuple[str, ...]]], now: datetime,
) -> None:  # fmt: skip
    """Write down what came of it, with its audit entry. Whoever is second finds it told."""
    mark, parts = fingerprint(making), canonical(making.parts()).decode()
    counts = {"wanted": found.wanted, "compared": found.compared, "different": found.different}
    about = {"category": category, "plan": plan, "previous": before, "fingerprint": mark, "making": parts}
    check = tx.execute(_ADD[tx.dialect.name], {**about, **counts, "carried": found.carries, "at": now}).scalar()
    if check is None:
        return
    for row_id, made, names in different:
        owner = sa.select(proposal.c.subject_key).join(table).where(table.c.id == row_id)
        sealed = seal(keys.of(tx, tx.execute(owner).scalar_one()), _ENCODE(made))
        values = {"check_id": check, "golden_id": row_id, "parts": ",".join(names), "sealed": sealed}
        tx.execute(golden_difference.insert().values(**values))
    action = "evidence.carried" if found.carries else "evidence.ended"
    header = {"plan": plan, "from": before, "to": mark, **counts}
    audit.append(tx, now, "countersign", action, category, header)


_ADD = {
    name: insert(golden_check).on_conflict_do_nothing().returning(golden_check.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_CHECK = [golden_check.c[name] for name in ("id", "plan", "fingerprint", "wanted", "compared", "different", "at")]


def newest_check(tx: Connection, category: str) -> Check | None:
    """What came of the newest release in that category; None: there was none since drafts are kept."""
    mine = sa.select(*_CHECK).where(golden_check.c.category == category).order_by(golden_check.c.id.desc()).limit(1)
    row = tx.execute(mine).one_or_none()
    return _check(row) if row else None


def _check(row: sa.Row[*tuple[Any, ...]]) -> Check:
    return Check(row.id, row.plan, row.fingerprint, Comparison(row.wanted, row.compared, row.different), row.at)


def look(tx: Connection, names: Collection[str]) -> None:
    """The newest of all these categories, for a glance."""
    last = sa.select(sa.func.max(golden_check.c.id)).where(golden_check.c.category.in_(names))
    wanted = sa.select(golden_check).where(golden_check.c.id.in_(last.group_by(golden_check.c.category)))
    found = {row.category: _check(row) for row in tx.execute(wanted)}
    glance.tell(tx, newest_check, {(name,): found.get(name) for name in names})


def is_told(tx: Connection, category: str, mark: str) -> bool:
    """Was that fingerprint tried before?"""
    return tx.execute(_TOLD, {"category": category, "mark": mark}).scalar() is not None


_TOLD = sa.select(golden_check.c.id).where(
    golden_check.c.category == sa.bindparam("category"), golden_check.c.fingerprint == sa.bindparam("mark")
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One message that the new release drafts otherwise. `before` and `after` None: its words are gone."""

    proposal: str
    parts: tuple[str, ...]
    before: Made | None
    after: Made | None


def differences(tx: Connection, keys: Keys, checks: Collection[int], most: int = 10) -> dict[int, list[Difference]]:
    """The first ones of each."""
    at = sa.func.row_number().over(partition_by=golden_difference.c.check_id, order_by=proposal.c.id).label("at")
    columns = (golden_difference.c.check_id, golden_difference.c.parts, golden_difference.c.sealed, table.c.sealed.label("was"), at)  # fmt: skip
    joined = golden_difference.join(table).join(proposal)
    wanted = sa.select(proposal.c.id, proposal.c.subject_key, *columns).select_from(joined)
    every = wanted.where(golden_difference.c.check_id.in_(checks)).subquery()
    rows = tx.execute(sa.select(every).where(every.c.at <= most).order_by(every.c.check_id, every.c.at)).all()
    keys.look(tx, {row.subject_key for row in rows})
    found: dict[int, list[Difference]] = {check: [] for check in checks}
    for row in rows:
        found[row.check_id].append(_difference(tx, keys, row))
    return found


def _difference(tx: Connection, keys: Keys, row: sa.Row[*tuple[Any, ...]]) -> Difference:
    parts = tuple(row.parts.split(","))
    if row.sealed is None or row.was is None:
        return Difference(row.id, parts, None, None)
    key = keys.of(tx, row.subject_key)
    return Difference(row.id, parts, _READ_MESSAGE(unseal(key, row.was)).made, _READ_MADE(unseal(key, row.sealed)))


# --- carried over ------------------------------------------------------------------------------------------------------


def carried(plan: str) -> sa.Select[tuple[str]]:
    """The fingerprints that were shown to draft exactly as that plan's own."""
    return sa.select(golden_check.c.fingerprint).where(golden_check.c.plan == plan, golden_check.c.carried)


def plan_of(tx: Connection, category: str, mark: str) -> tuple[str, str] | None:
    """(plan, making) of a fingerprint that carries on an older plan."""
    mine = sa.and_(golden_check.c.category == category, golden_check.c.fingerprint == mark, golden_check.c.carried)
    row = tx.execute(sa.select(golden_check.c.plan, golden_check.c.making).where(mine)).one_or_none()
    return (row.plan, row.making) if row else None


def kept_of(tx: Connection, keys: Keys, subject: str) -> list[Any]:
    """All of it that is one person's, as plain values, for an access request."""
    joined = table.join(proposal)
    wanted = sa.select(table.c.id, table.c.sealed, proposal.c.subject_key).select_from(joined)
    mine = wanted.where(proposal.c.subject_key == subject, table.c.sealed.is_not(None))
    return [msgspec.to_builtins(message) for _, message in _read(tx, keys, mine.order_by(table.c.id))]


def forget(tx: Connection, proposals: sa.ColumnElement[bool]) -> None:
    """Their words go."""
    theirs = sa.select(table.c.id).where(table.c.proposal_id.in_(sa.select(proposal.c.id).where(proposals)))
    for words, mine in ((table, table.c.id), (golden_difference, golden_difference.c.golden_id)):
        tx.execute(words.update().where(mine.in_(theirs), words.c.sealed.is_not(None)).values(sealed=None))

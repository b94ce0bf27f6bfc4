"""Received: which customers have an answer that was wrong, by its words, by a source under it, or by its category."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.canary import HOST
from app.governance.corrective import CATEGORY
from app.governance.outcome import How
from app.governance.prose import folded
from app.governance.reviews import Outcome
from app.host import Fate, Purpose
from app.store.keys import Keys, unseal
from app.store.record import Record, understood
from app.store.tables import citation, outbox, outcome
from app.store.tables import proposal as about

ANSWER, SOURCE, IN_CATEGORY = "answer", "source", "category"
KINDS = (ANSWER, SOURCE, IN_CATEGORY)
MOST = 500  # customers of one run
AT_ONCE = 200  # whose words are in memory together
READ = 20_000  # answers that a search for words opens at most, the newest first


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom to find: who received words, what rests on a source or on one passage of it, a category; since then."""

    kind: str
    what: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """One answer that a customer has, by our hand or by a person's who sent our draft."""

    proposal_id: str
    subject: str
    host: str
    ticket: str
    name: str
    url: str
    text: str
    at: datetime
    unclear: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The newest such answer of each customer. `wordless`: answers whose words are gone. `cut`: there may be more."""

    received: tuple[Received, ...]
    wordless: int
    cut: bool


def find(tx: Connection, keys: Keys, sought: Sought) -> Found:
    """The newest first."""
    found: dict[str, Received] = {}
    rows = _answers(tx, sought)
    wordless = 0
    for row, sealed, sent in _with_words(tx, rows[:READ]):
        if row.subject_key in found:
            continue
        if sealed is None:
            wordless += sought.kind != ANSWER
            continue
        one = _received(tx, keys, row, sealed, sent, sought)
        if one is not None:
            found[row.subject_key] = one
        if len(found) == MOST:
            break
    return Found(tuple(found.values()), wordless, len(rows) > READ or len(found) == MOST)


def _answers(tx: Connection, sought: Sought) -> list[Row[Any]]:
    """What went through the door, and what people sent from our draft with the host's own button; without the words."""
    sent = sa.and_(
        outbox.c.purpose == Purpose.ANSWER,
        outbox.c.fate.in_((Fate.SENT, Fate.UNCLEAR)),
        outbox.c.settled_at >= sought.since,
    )
    drafted = (Outcome.ACCEPTED, Outcome.LIGHT_EDIT, Outcome.MATERIAL_EDIT)
    by_hand = sa.and_(outcome.c.how == How.BY_HAND, outcome.c.outcome.in_(drafted), outcome.c.at >= sought.since)
    columns = (about.c.id, about.c.subject_key, about.c.host, about.c.ticket)
    through = sa.select(*columns, outbox.c.settled_at.label("at"), outbox.c.fate, outbox.c.id.label("row"))
    without = sa.select(*columns, outcome.c.at.label("at"), sa.null().label("fate"), sa.null().label("row"))
    where = _where(sought)
    both = (
        through.join(outbox, outbox.c.proposal_id == about.c.id).where(sent, where),
        without.join(outcome, outcome.c.proposal_id == about.c.id).where(by_hand, where),
    )
    rows: list[Any] = [row for each in both for row in tx.execute(each.order_by(sa.desc("at")).limit(READ + 1))]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def _with_words(tx: Connection, rows: list[Row[Any]]) -> Iterator[tuple[Row[Any], bytes | None, bytes | None]]:
    """Each with its sealed thread and the sealed text as sent, a few at a time: all of them at once may be a gigabyte."""
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        threads = _kept(tx, about.c.id, about.c.sealed, [row.id for row in some])
        texts = _kept(tx, outbox.c.id, outbox.c.body_sealed, [row.row for row in some if row.row is not None])
        yield from ((row, threads[row.id], texts.get(row.row)) for row in some)


def _kept(tx: Connection, key: sa.Column[Any], words: sa.Column[Any], wanted: list[Any]) -> dict[Any, bytes | None]:
    return {row[0]: row[1] for row in tx.execute(sa.select(key, words).where(key.in_(wanted)))}


def _where(sought: Sought) -> sa.ColumnElement[bool]:
    real = sa.and_(about.c.host != HOST, sa.func.coalesce(about.c.category, "") != CATEGORY)
    if sought.kind == IN_CATEGORY:
        return sa.and_(real, about.c.category == sought.what)
    if sought.kind == SOURCE:
        cited = sa.select(citation.c.proposal_id).where(citation.c.source_id == sought.what.partition("#")[0])
        return sa.and_(real, about.c.id.in_(cited))
    return real


def _received(
    tx: Connection, keys: Keys, row: Row[Any], sealed: bytes, sent: bytes | None, sought: Sought
) -> Received | None:
    key = keys.of(tx, row.subject_key)
    record = understood(unseal(key, sealed))
    draft = record.proposal.draft
    text = unseal(key, sent).decode() if sent else draft.text if draft else ""
    if not _is_sought(sought, record, text):
        return None
    page, unclear = record.page, row.fate == Fate.UNCLEAR
    return Received(row.id, row.subject_key, row.host, row.ticket, page.requester_name, page.url, text, row.at, unclear)


def _is_sought(sought: Sought, record: Record, text: str) -> bool:
    if sought.kind == ANSWER:
        return _plain(sought.what) in _plain(text)
    draft = record.proposal.draft
    if sought.kind == SOURCE and "#" in sought.what:
        return any(sought.what in sentence.sources for sentence in (draft.sentences if draft else ()))
    return True


def _plain(text: str) -> str:
    return folded(" ".join(text.split()))

"""Record: what is kept of a proposal, sealed under its customer's key, and the row it is read back from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.correction import UNCORRECTED, Correction
from app.governance.decision import Action, Reason
from app.governance.outcome import First
from app.governance.policy import Mode
from app.governance.proposal import Proposal
from app.host import Standing
from app.store.keys import Keys, seal, unseal
from app.store.tables import proposal as table
from app.store.tables import subject_key


@dataclass(frozen=True, slots=True)
class Line:
    """One comment as people read it beside a draft."""

    author: str
    staff: bool
    public: bool
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """What people see of the ticket beside the proposal."""

    requester_name: str
    url: str
    conversation: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """All that is sealed, as one."""

    proposal: Proposal
    page: Page
    reasons: tuple[Reason, ...] = ()
    first: First | None = None  # the draft that was offered first, whatever people made of it since
    corrected: Correction = UNCORRECTED  # what people said the machine had wrong


@dataclass(frozen=True, slots=True)
class Stored:
    """A proposal with what is in the open beside it."""

    id: str
    state: str
    subject_key: str
    record: Record
    action: Action | None
    mode: Mode | None
    policy_version: int | None
    confirmed_by: str | None
    edited_by: str | None
    attempt: int
    created_at: datetime
    changed_at: datetime

    @property
    def proposal(self) -> Proposal:
        """The one type that travels."""
        return self.record.proposal

    @property
    def drafts_first(self) -> bool:
        """It has a draft, and its message had none before."""
        return self.proposal.draft is not None and self.record.first is None

    def as_last_read(self) -> Standing:
        """What we last saw of the ticket: good enough for a page; the claim asks the host again."""
        return Standing(
            fence="",
            requester=self.proposal.requester,
            cc=self.proposal.cc,
            participants=self.proposal.participants,
            moved_on=None,
            newer=False,
            foreign_marker=False,
        )


# Made once, at import: msgspec learns a type at its first use, and two threads that do so at once crash the process.
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Record).decode


def written(record: Record) -> bytes:
    """As JSON."""
    return _ENCODE(record)


def understood(plain: bytes) -> Record:
    """Back from JSON; any number of threads may ask."""
    return _DECODE(plain)


_PLAIN = (
    "id",
    "state",
    "subject_key",
    "policy_version",
    "confirmed_by",
    "edited_by",
    "attempt",
    "created_at",
    "changed_at",
)


WITH_KEY: sa.Select[Any] = sa.select(table, subject_key.c.wrapped).select_from(
    table.outerjoin(subject_key, subject_key.c.subject == table.c.subject_key)
)  # each is opened at once


def sealed(tx: Connection, keys: Keys, subject: str, record: Record) -> bytes:
    """Under the key of the customer whose words they are."""
    return seal(keys.of(tx, subject), written(record))


def from_row(tx: Connection, keys: Keys, row: sa.Row[tuple[object, ...]]) -> Stored:
    """A row of the proposal table, opened; its owner's key may have come along."""
    key = keys.opened(tx, row.subject_key, row._mapping.get("wrapped"))
    record = understood(unseal(key, row.sealed))
    plain = {name: row._mapping[name] for name in _PLAIN}
    action = Action[row.action] if row.action else None
    return Stored(record=record, action=action, mode=Mode[row.mode] if row.mode else None, **plain)

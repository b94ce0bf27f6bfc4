"""What people see of sources: the shelf, one document with its history, and what changed under a draft. Reads only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from app.deps import Deps
from app.governance.difference import Difference, Piece, difference, pieces
from app.governance.lookups import facts_named
from app.governance.placeholders import unknown
from app.governance.policy import Policy
from app.governance.sources import Source, disagreeing, why_unusable
from app.store import citations, patterns, policies, proposals, source_fixes, source_requests, sources, staff
from app.store.citations import Trouble
from app.store.patterns import Known
from app.store.source_fixes import Fix
from app.store.source_requests import Request
from app.store.sources import Version


@dataclass(frozen=True, slots=True)
class Document:
    """One document in force."""

    version: Version
    source: Source
    why_unusable: str | None  # none of it reaches a customer, and why
    placeholders: tuple[str, ...]  # marks in it that nothing here ever fills
    categories: tuple[str, ...]  # whose drafts rest on it

    @property
    def troubles(self) -> tuple[str, ...]:
        """What somebody should see to. That it is internal is no trouble."""
        why = (self.why_unusable,) if self.why_unusable and self.why_unusable != "it is internal" else ()
        return (*why, *(f"{mark} stands for nothing that is known here" for mark in self.placeholders))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request, whose it is, and what it would change."""

    request: Request
    author: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything about sources at one look."""

    documents: tuple[Document, ...]
    retired: tuple[Version, ...]
    requests: tuple[Waiting, ...]
    fixes: tuple[Fix, ...]
    absent: tuple[tuple[str, str], ...]  # (category, source) that the policy names and nobody has
    patterns: tuple[Known, ...]
    today: date
    due: date  # when a text that is reviewed today must be looked at again


@dataclass(frozen=True, slots=True)
class Step:
    """One version in a document's life, in words."""

    version: Version
    author: str
    approved_by: str | None
    difference: Difference


@dataclass(frozen=True, slots=True)
class Life:
    """A document with all it ever said, the newest first."""

    document: Document | None  # None: it is retired
    last: Version
    steps: tuple[Step, ...]
    waiting: Waiting | None


@dataclass(frozen=True, slots=True)
class Shift:
    """One source that changed under a draft: why it is held, and what the passages say now."""

    title: str
    why: str
    pieces: tuple[Piece, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """Why a draft is held back. `against`: hash of the texts that a person looked at; `mendable`: they may find it right."""

    shifts: tuple[Shift, ...]
    against: str
    mendable: bool


def shelf(deps: Deps) -> Shelf:
    """As it stands today."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        last, policy = sources.last_versions(tx), policies.in_force(tx, now)
        alive = [one for one in last if one.in_force]
        return Shelf(
            documents=_documents(alive, policy, now.date()),
            retired=tuple(one for one in last if not one.in_force),
            requests=tuple(map(partial(_waiting, tx), source_requests.open_ones(tx))),
            fixes=tuple(source_fixes.still_open(tx)),
            absent=_absent(policy, {one.source_id for one in alive}),
            patterns=tuple(patterns.listed(tx)),
            today=now.date(),
            due=now.date() + (policy.reviews.sources if policy else timedelta(0)),
        )


def _documents(alive: list[Version], policy: Policy | None, today: date) -> tuple[Document, ...]:
    read = [(one, one.source) for one in alive]
    split = disagreeing(source for _, source in read)
    return tuple(_document(one, source, split, policy, today) for one, source in read)


def _document(
    version: Version, source: Source, split: dict[tuple[str, str], str], policy: Policy | None, today: date
) -> Document:
    named = (category.name for category in (policy.categories if policy else ()) if source.id in category.sources)
    marks = tuple(mark for mark in unknown(source.text) if source.look_up is None or not facts_named(mark))
    return Document(version, source, why_unusable(source, split, today), marks, tuple(named))


def _absent(policy: Policy | None, known: set[str]) -> tuple[tuple[str, str], ...]:
    categories = policy.categories if policy else ()
    return tuple((one.name, name) for one in categories for name in one.sources if name not in known)


def _waiting(tx: Connection, asked: Request) -> Waiting:
    before = sources.newest(tx, *asked.key)
    old = before.source if before and before.in_force else None
    new = None if asked.change == sources.RETIRED else asked.source
    return Waiting(asked, _name(tx, asked.author), difference(old, new))


def document(deps: Deps, source_id: str, language: str) -> Life | None:
    """One document, in force or retired, with its whole life."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        history = sources.history(tx, source_id, language)
        if not history:
            return None
        alive = [one for one in sources.last_versions(tx) if one.in_force]
        found = _documents(alive, policies.in_force(tx, now), now.date())
        asked = (one for one in source_requests.open_ones(tx) if one.key == history[0].key)
        return Life(
            document=next((one for one in found if one.version.key == history[0].key), None),
            last=history[0],
            steps=tuple(_step(tx, new, old) for new, old in zip(history, [*history[1:], None], strict=True)),
            waiting=next(map(partial(_waiting, tx), asked), None),
        )


def _step(tx: Connection, new: Version, old: Version | None) -> Step:
    before = old.source if old and old.in_force else None
    told = difference(before, new.source if new.in_force else None)
    return Step(new, _name(tx, new.author), _name(tx, new.approved_by) if new.approved_by else None, told)


def _name(tx: Connection, member_id: str) -> str:
    member = staff.by_id(tx, member_id)
    return member.name if member else member_id


# --- under a draft -----------------------------------------------------------------------------------------------------


def held(deps: Deps, proposal_id: str) -> Held | None:
    """What changed under that draft since it was written; None: all of it still holds."""
    with deps.readers.begin() as tx:
        stored = proposals.load(tx, deps.keys, proposal_id)
        if stored is None:
            return None
        found = citations.troubles(tx, stored.id, stored.proposal, deps.clock.now().date())
        shifts = tuple(_shift(tx, trouble) for trouble in found)
        return Held(shifts, against(found), all(one.mendable for one in found)) if found else None


def against(found: list[Trouble]) -> str:
    """Names the texts that a person was shown: another change in between is another hash."""
    told = (f"{'.'.join(one.key)} {one.says} {one.now.says if one.now else ''} {one.why}" for one in found)
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()


def _shift(tx: Connection, trouble: Trouble) -> Shift:
    now = trouble.now
    then = next((one for one in sources.history(tx, *trouble.key) if one.says == trouble.says and one.in_force), None)
    new = now.source.text if now and now.in_force else ""
    told = pieces(then.source.text, new) if then and trouble.mendable else ()
    return Shift(now.source.title if now else trouble.key[0], trouble.why, told, now.added_at if now else None)

"""What people may ask of their data: to see it, to have it forgotten; and what may stand in the way."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.config import write_private
from app.deps import Deps
from app.store import audit, golden, proposals, subjects
from app.store.record import Stored
from app.store.tables import audit_text, proposal

REMOVED = "removed at the host"
BASES = ("consent withdrawn", "no longer needed", "objection", "unlawful", "legal duty", REMOVED, "other")
_PATIENCE = 10.0  # seconds for readers to let go of the write-ahead log
_LIST = "erasures.txt"


class Unknown(Exception):
    """Nobody of that address or id ever wrote to us."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of a request. `held`: why it waits; then nothing was deleted."""

    messages: int
    held: subjects.Hold | None = None
    leftovers: str | None = None  # what this database cannot scrub by itself


def _known(tx: sa.Connection, deps: Deps, who: str) -> list[str]:
    found = subjects.find(tx, deps.keys, who)
    if not found:
        raise Unknown(f"{who}: nobody of that address or id is known here")
    return found


# --- to see it -----------------------------------------------------------------------------------------------------------
def person(deps: Deps, who: str, by: str) -> dict[str, Any]:
    """Everything that is kept of that person, for an access request; the asking is itself an entry. Raises Unknown."""
    with deps.engine.begin() as tx:
        found = _known(tx, deps, who)
        for subject in found:
            audit.append(tx, deps.clock.now(), by, "person.shown", subject, {})
    with deps.readers.begin() as tx:
        rows = tx.execute(
            sa.select(proposal.c.id).where(proposal.c.subject_key.in_(found)).order_by(proposal.c.created_at)
        ).scalars()
        stored = [one for row_id in rows.all() if (one := proposals.load(tx, deps.keys, row_id))]
        holds = [held for subject in found if (held := subjects.held(tx, subject))]
        sent = [text for subject in found for text in _sent(tx, deps, subject)]
        compared = [one for subject in found for one in golden.kept_of(tx, deps.keys, subject)]
    return {
        "who": who,
        "legal_holds": [{"reason": held.reason, "since": held.at.isoformat()} for held in holds],
        "messages": [_message(one) for one in stored],
        "answers": sent,
        "golden_set": compared,
    }


def _message(stored: Stored) -> dict[str, Any]:
    said = stored.proposal
    return {
        "host": said.host, "ticket": said.ticket, "comment": said.comment, "at": stored.created_at.isoformat(),
        "subject": said.subject, "text": said.full_text or said.text, "category": said.category, "state": stored.state,
        "draft": said.draft.text if said.draft else None,
        "reasons": [reason.text for reason in stored.record.reasons],
    }  # fmt: skip


def _sent(tx: sa.Connection, deps: Deps, subject: str) -> list[str]:
    wanted = sa.select(audit_text.c.sealed).where(audit_text.c.subject == subject).order_by(audit_text.c.seq)
    key = deps.keys.of(tx, subject)
    texts = (audit.words_of(key, sealed)[1].decode() for sealed in tx.execute(wanted).scalars())
    return [text for text in texts if text]


# --- to have it forgotten ----------------------------------------------------------------------------------------------
def erase(deps: Deps, who: str, basis: str, by: str) -> Erased:
    """Delete the person's key and all their texts. Raises Unknown; InFlight while a reply to them is on its way.

    Under a legal hold the request stays filed and is done when the hold is lifted.
    """
    with deps.engine.begin() as tx:
        done = _erase(tx, deps, _known(tx, deps, who), basis, by)
    return _scrubbed(deps, done)


def obey(deps: Deps, name: str) -> Erased:
    """The host's people removed a person, or words of a ticket: our copy goes too. Raises InFlight.

    What nobody knows here was never kept, and is no entry.
    """
    with deps.engine.begin() as tx:
        if not subjects.keeps(tx, name):
            return Erased(0)
        done = _erase(tx, deps, [name], REMOVED, "countersign")
    return _scrubbed(deps, done)


def _erase(tx: sa.Connection, deps: Deps, names: Sequence[str], basis: str, by: str) -> Erased:
    now = deps.clock.now()
    held = next((held for name in names if (held := subjects.held(tx, name))), None)
    requests = [(subjects.ask(tx, name, basis, by, now), name) for name in names]
    counts = {} if held else _forget(tx, requests, now)
    for request, name in requests:
        subjects.tell_asked(tx, request, name, basis, by, now)
    _tell(tx, counts, now)
    return Erased(sum(counts.values()), held)


def _scrubbed(deps: Deps, done: Erased) -> Erased:
    if done.held is not None:
        return done
    _remember(deps)
    return replace(done, leftovers=scrub(deps))


def hold(deps: Deps, who: str, reason: str, by: str) -> None:
    """Keep everything of that person, whatever else asks for its deletion. Raises Unknown."""
    with deps.engine.begin() as tx:
        for subject in _known(tx, deps, who):
            subjects.hold(tx, subject, reason, by, deps.clock.now())


def lift(deps: Deps, who: str, by: str) -> int:
    """Lift the hold, and do at once what it kept waiting; how many messages that forgot. Raises Unknown, InFlight."""
    with deps.engine.begin() as tx:
        now, found = deps.clock.now(), _known(tx, deps, who)
        due = [(request, name) for request, name in subjects.waiting(tx) if subjects.people_of(tx, name) & set(found)]
        counts = _forget(tx, due, now)
        for subject in found:
            subjects.lift(tx, subject, by, now)
        _tell(tx, counts, now)
    if due:
        _remember(deps)
        scrub(deps)
    return sum(counts.values())


def _forget(tx: sa.Connection, requests: Sequence[tuple[int, str]], now: datetime) -> dict[int, int]:
    """Request -> messages. Everybody locks proposals before the log's tail, so the telling comes afterwards."""
    return {request: subjects.forget(tx, request, subject, now) for request, subject in requests}


def _tell(tx: sa.Connection, counts: Mapping[int, int], now: datetime) -> None:
    for request, messages in counts.items():
        subjects.tell_done(tx, request, messages, now)


# --- so that it stays forgotten ----------------------------------------------------------------------------------------
def _remember(deps: Deps) -> None:
    """Who was forgotten and when: beside the database, and a copy with the keeper, whom no restored backup reaches."""
    with deps.readers.begin() as tx:
        known = _latest([*subjects.forgotten(tx).items(), *_listed(deps)])
    text = "".join(f"{name} {at.isoformat()}\n" for name, at in sorted(known.items()))
    write_private(deps.settings.home / _LIST, text)
    if keeper := deps.settings.keeper:
        copy = keeper / f"{deps.settings.deployment}-{deps.clock.now():%Y%m%dT%H%M%S%f}-{_LIST}"
        with suppress(OSError), copy.open("x", encoding="ascii") as out:  # out of reach now: the next one holds it all
            out.write(text)


def _listed(deps: Deps) -> list[tuple[str, datetime]]:
    settings = deps.settings
    copies = sorted(settings.keeper.glob(f"{settings.deployment}-*-{_LIST}")) if settings.keeper else []
    files = [file for file in (settings.home / _LIST, *copies) if file.exists()]
    lines = [line for file in files for line in file.read_text(encoding="ascii").splitlines()]
    return [(name, datetime.fromisoformat(at)) for name, _, at in (line.partition(" ") for line in lines)]


def _latest(known: Sequence[tuple[str, datetime]]) -> dict[str, datetime]:
    return dict(sorted(known, key=lambda one: one[1]))


def repeat(deps: Deps) -> int:
    """Before a restored database opens: forget again whoever was forgotten since. How many people and tickets."""
    with deps.engine.begin() as tx:
        done = subjects.forgotten(tx)
        again = [name for name, at in sorted(_latest(_listed(deps)).items()) if name not in done or done[name] < at]
        now, why, who = deps.clock.now(), "a backup was restored", "countersign"
        requests = [(subjects.ask(tx, name, why, who, now), name) for name in again]
        counts = _forget(tx, requests, now)
        for request, name in requests:
            subjects.tell_asked(tx, request, name, why, who, now)
        _tell(tx, counts, now)
    if again:
        scrub(deps)
    return len(again)


def scrub(deps: Deps) -> str | None:
    """Empty SQLite's write-ahead log, whose old pages hold what was deleted; free pages are zeroed as they are freed.

    None: nothing is left. Otherwise what this cannot reach.
    """
    if deps.engine.dialect.name != "sqlite":
        return "PostgreSQL keeps deleted rows until VACUUM, and its write-ahead log and backups until they expire"
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with deps.engine.connect() as connection:
            raw = connection.connection.driver_connection
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # type: ignore[union-attr]
        if not busy:
            return None
        time.sleep(0.05)
    return "SQLite's write-ahead log is still being read: restart, or erase again when it is quiet"

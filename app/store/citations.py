"""Citations: what each draft rests on, whether that still holds, and whom a change of it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance.proposal import Proposal
from app.governance.sources import disagreeing, why_unusable
from app.store import sources
from app.store.glance import once, tell
from app.store.sources import Version
from app.store.tables import citation as table
from app.store.tables import proposal

Key = tuple[str, str]
"""Source id and language."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One source that a draft rests on and that no longer holds."""

    key: Key
    says: str  # what it said when the draft was written
    now: Version | None  # None: it was never approved here
    why: str
    mendable: bool  # a person may find the draft still right: only the text changed


def resting_on(made: Proposal) -> dict[Key, str]:
    """The documents that the sentences of its draft cite, each with the hash of what it said."""
    cited = {source for sentence in (made.draft.sentences if made.draft else ()) for source in sentence.sources}
    return {passage.source: passage.says for passage in made.passages or () if passage.id in cited}


def note(tx: Connection, proposal_id: str, made: Proposal) -> None:
    """Write down what this draft rests on; what a person found still right stays so while the same text is cited."""
    mine, cited = {"about": proposal_id}, resting_on(made)
    kept = {(row.source_id, row.language, row.says): row for row in tx.execute(_NOTED, mine)}
    if kept:
        tx.execute(_DROP, mine)
    for (source_id, language), says in cited.items():
        before = kept.get((source_id, language, says))
        again = {"confirmed": before.confirmed, "confirmed_by": before.confirmed_by} if before else {}
        row = {"proposal_id": proposal_id, "source_id": source_id, "language": language, "says": says}
        tx.execute(table.insert(), {**row, **again})


_ABOUT = table.c.proposal_id == sa.bindparam("about")
_NOTED, _DROP = sa.select(table).where(_ABOUT), table.delete().where(_ABOUT)
_CONFIRMED = sa.select(table.c.source_id, table.c.language, table.c.confirmed).where(
    _ABOUT, table.c.confirmed.is_not(None)
)


def troubles(tx: Connection, proposal_id: str, made: Proposal, today: date) -> list[Trouble]:
    """What no longer holds of all that this draft rests on. Read anew each time: a review date passes by itself."""
    cited = resting_on(made)
    if not cited:
        return []
    named = frozenset(name for name, _ in cited)
    last = {one.key: one for one in once(tx, sources.last_versions, named) if one.key in cited}
    split = _split(tx, last.values())
    changed = any(key in last and last[key].says != says for key, says in cited.items())
    confirmed = once(tx, _confirmed, proposal_id) if changed else {}
    found = (_trouble(key, says, last.get(key), split, confirmed.get(key), today) for key, says in cited.items())
    return [trouble for trouble in found if trouble is not None]


def _split(tx: Connection, last: Iterable[Version]) -> dict[Key, str]:
    """Facts are compared only where these state any: most documents state none."""
    if not any(version.source.facts for version in last):
        return {}
    return disagreeing(once(tx, sources.current))


def _confirmed(tx: Connection, proposal_id: str) -> dict[Key, str]:
    rows = tx.execute(_CONFIRMED, {"about": proposal_id})
    return {(row.source_id, row.language): row.confirmed for row in rows}


def look(tx: Connection, proposals: Sequence[str]) -> None:
    """What people confirmed of all these proposals, for a glance."""
    mine = sa.and_(table.c.proposal_id.in_(proposals), table.c.confirmed.is_not(None))
    columns = (table.c.proposal_id, table.c.source_id, table.c.language, table.c.confirmed)
    found: dict[str, dict[Key, str]] = {one: {} for one in proposals}
    for row in tx.execute(sa.select(*columns).where(mine)):
        found[row.proposal_id][row.source_id, row.language] = row.confirmed
    tell(tx, _confirmed, {(one,): found[one] for one in proposals})


def _trouble(
    key: Key, says: str, now: Version | None, split: dict[Key, str], confirmed: str | None, today: date
) -> Trouble | None:
    name = key[0]
    if now is None:
        return Trouble(key, says, None, f"{name} is no approved source", mendable=False)
    source = now.source
    if not now.in_force:
        return Trouble(key, says, now, f"{source.title} was retired", mendable=False)
    if why := why_unusable(source, split, today):
        return Trouble(key, says, now, f"{source.title}: {why}", mendable=False)
    if now.says not in {says, confirmed}:
        return Trouble(key, says, now, f"{source.title} changed since this was written", mendable=True)
    return None


def in_words(found: Iterable[Trouble]) -> str | None:
    """One reason for people; None: all of it holds."""
    return "; ".join(trouble.why for trouble in found) or None


def confirm(tx: Connection, proposal_id: str, found: Iterable[Trouble], by: str) -> None:
    """A person found the draft still right under the texts as they are now."""
    for trouble in found:
        if trouble.now is not None and trouble.mendable:
            where = sa.and_(table.c.source_id == trouble.key[0], table.c.language == trouble.key[1])
            mine = sa.and_(table.c.proposal_id == proposal_id, where)
            tx.execute(table.update().where(mine).values(confirmed=trouble.now.says, confirmed_by=by))


def resting_proposals(tx: Connection, key: Key, states: Iterable[str]) -> list[str]:
    """Proposals in these states whose draft cites that document."""
    joined = table.join(proposal, proposal.c.id == table.c.proposal_id)
    where = sa.and_(table.c.source_id == key[0], table.c.language == key[1], proposal.c.state.in_(list(states)))
    return list(tx.execute(sa.select(proposal.c.id).select_from(joined).where(where).order_by(proposal.c.id)).scalars())

"""A deployment as it is after years: a few messages are lived through in truth, and their rows multiplied.

Each copy has its own customer, ids, day and audit entries (hashed and chained as the app does), so indexes are as deep
and pages as full as they would be. Only the sealed texts are the same ones: what they weigh is what counts here.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from app.deps import Deps
from app.governance import chain
from app.host import TicketRef
from benchmarks import lives

DAYS = 730  # the messages came over two years
KEPT = 89  # days for which the words are kept
OPEN_DAYS = 4  # what waits for longer than seven counts as not looked at

Row = dict[str, Any]
Found = list[tuple[str, Row]]
Named = Callable[[str], str]
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=T\d\d:)")
_BEFORE = ("", "zendesk:", "audit-")
_NAME = re.compile(r"(?<![0-9A-Za-z])(?:7\d{9}|[0-9a-f]{64}|[0-9A-Z]{26})(?![0-9A-Za-z])")


# --- what one message left ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cast:
    """One row: what is the same each time, and the texts with holes for what differs."""

    table: str
    same: tuple[Any, ...]
    texts: tuple[tuple[int, str, tuple[int, ...], bool], ...]  # (column, text, which holes, is it bytes)

    def of(self, filling: Sequence[str]) -> list[Any]:
        """That row of one message."""
        values = list(self.same)
        for column, text, holes, raw in self.texts:
            filled = text % tuple([filling[hole] for hole in holes])
            values[column] = filled.encode() if raw else filled
        return values


@dataclass(frozen=True)
class Mould:
    """All rows of one message, each table's in order; `tokens`: what its holes hold in the message that was lived."""

    rows: tuple[Cast, ...]
    tokens: tuple[str, ...]
    named: Mapping[int, tuple[str, int]]  # hashes of names: (what stands before the name, where the name is)
    first: date


def left(tx: sa.Connection, deps: Deps, ref: TicketRef) -> Found:
    """Every row that one ticket left, as the database holds it, in the order in which keys want them."""
    items = [row["id"] for row in _rows(tx, "proposal", "ticket = :it", it=ref.ticket)]
    mine = ",".join(f"'{item}'" for item in items)
    subjects = ",".join(f"'{row['subject_key']}'" for row in _rows(tx, "proposal", "ticket = :it", it=ref.ticket))
    about = f"object IN ({mine}, '{deps.keys.ticket(ref)}')"
    wanted = {
        "subject_key": f"subject IN ({subjects})",
        "subject_address": f"subject IN ({subjects})",
        "inbox": "ticket = :it",
        "proposal": "ticket = :it",
        **dict.fromkeys(("approval", "outbox", "outcome", "escalation", "citation"), f"proposal_id IN ({mine})"),
        "event": "ticket = :it",
        "audit": about,
        "audit_text": f"seq IN (SELECT seq FROM audit WHERE {about})",  # noqa: S608 - our own names
    }
    return [(table, row) for table, where in wanted.items() for row in _rows(tx, table, where, it=ref.ticket)]


def _rows(tx: sa.Connection, table: str, where: str, **given: str) -> list[Row]:
    found = tx.execute(sa.text(f"SELECT * FROM {table} WHERE {where} ORDER BY 1"), given)  # noqa: S608 - our own names
    return [dict(row._mapping) for row in found]


def moulds(every: Sequence[Found], named: Named) -> list[Mould]:
    """A name that only one of the messages has is its own; the others (a person's, a policy's) stay as they are."""
    names = [{name for _, row in found for text in _texts(row) for name in _NAME.findall(text)} for found in every]
    shared = Counter(name for mine in names for name in mine)
    return [
        _mould(found, {name for name in mine if shared[name] == 1}, named)
        for found, mine in zip(every, names, strict=True)
    ]


def _mould(found: Found, own: set[str], named: Named) -> Mould:
    days = {day for _, row in found for text in _texts(row) for day in _DAY.findall(text)}
    tokens = (*sorted(own), *sorted(days))
    place = {token: number for number, token in enumerate(tokens)}
    pattern = re.compile("|".join(map(re.escape, tokens)))
    rows = tuple(_cast(table, row, pattern, place) for table, row in found)
    hashes = {named(before + token): (before, place[token]) for token in own if len(token) == 10 for before in _BEFORE}
    known = {place[name]: hashes[name] for name in own if name in hashes}
    return Mould(rows, tokens, known, date.fromisoformat(min(days)))


def _texts(row: Row) -> Iterator[str]:
    return (text for text in map(_text, row.values()) if text is not None)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    is_json = isinstance(value, bytes) and value[:2] == b'{"' and value[-1:] == b"}"
    return value.decode("utf-8", "replace") if is_json else None


def _cast(table: str, row: Row, pattern: re.Pattern[str], place: Mapping[str, int]) -> Cast:
    texts = []
    for column, value in enumerate(row.values()):
        text = _text(value)
        if text is not None and (hits := pattern.findall(text)):
            shape = "%s".join(piece.replace("%", "%%") for piece in pattern.split(text))
            texts.append((column, shape, tuple(place[hit] for hit in hits), isinstance(value, bytes)))
    return Cast(table, tuple(row.values()), tuple(texts))


# --- many of them ------------------------------------------------------------------------------------------------------
class Copies:
    """Rows of one message after another, numbered on from what is there, chained to the end of the log."""

    def __init__(self, next_of: Mapping[str, int], tail: tuple[int, bytes], today: date, named: Named) -> None:
        self._next, (self.size, self.head), self._named = dict(next_of), tail, named
        self._days = [(today - timedelta(days=back)).isoformat() for back in range(DAYS + 30)]
        self._made = 0

    def one(self, mould: Mould, days_ago: int) -> Iterator[tuple[str, list[Any]]]:
        """A message that began so many days ago."""
        self._made += 1
        filling = [self._filled(token, place, mould.first, days_ago) for place, token in enumerate(mould.tokens)]
        for place, (before, name) in mould.named.items():
            filling[place] = self._named(before + filling[name])
        seqs: dict[int, int] = {}
        for cast in mould.rows:
            table, values = cast.table, cast.of(filling)
            if table == "audit":
                seqs[values[0]] = self.size + 1
                yield table, self._entry(values)
            elif table == "audit_text":
                yield table, [seqs[values[0]], *values[1:]]
            else:
                yield table, self._numbered(table, values)

    def _filled(self, token: str, place: int, first: date, days_ago: int) -> str:
        if len(token) == 10 and token[4] == "-":
            return self._days[max(0, days_ago - (date.fromisoformat(token) - first).days)]
        if len(token) == 10:
            return str(10**10 + 64 * self._made + place)
        if len(token) == 26:
            return f"{self._made:020}{place:06}"
        return hashlib.blake2b(b"%d:%d" % (self._made, place), digest_size=32).hexdigest()

    def _numbered(self, table: str, values: list[Any]) -> list[Any]:
        if table in self._next:
            values[0] = self._next[table]
            self._next[table] += 1
        return values

    def _entry(self, values: list[Any]) -> list[Any]:
        """seq, ts, actor, action, object, stored, leaf, chain."""
        self.size += 1
        stored = values[5].replace(b'"seq":%d,' % values[0], b'"seq":%d,' % self.size)
        leaf = chain.leaf(stored)
        self.head = chain.link(self.head, leaf)
        return [self.size, *values[1:5], stored, leaf, self.head]


def years(copies: Copies, kinds: Mapping[str, Sequence[tuple[Mould, Mould]]], many: int, chance: Random) -> Iterator[tuple[str, list[Any]]]:  # fmt: skip
    """So many answered messages, the oldest first; each kind by its share; (with its words, without them)."""
    names, shares = list(lives.SHARES), list(lives.SHARES.values())
    for number in range(many):
        ago = DAYS - number * DAYS // many
        (name,) = chance.choices(names, shares)
        fresh, worn = chance.choice(kinds[name])
        yield from copies.one(fresh if ago <= KEPT else worn, ago)


def waiting(copies: Copies, offered: Sequence[Mould], many: int, chance: Random) -> Iterator[tuple[str, list[Any]]]:
    """So many that wait for a yes."""
    for number in range(many):
        yield from copies.one(chance.choice(offered), OPEN_DAYS - number * OPEN_DAYS // many)


# --- the first messages ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Origin:
    """What was lived through."""

    kinds: Mapping[str, Sequence[tuple[Mould, Mould]]]
    offered: Sequence[Mould]


def origin(deps: Deps) -> Origin:
    """Live a few messages of each kind in that fresh deployment, and let their words go."""
    town = lives.Town.of(deps)
    wanted = [(kind, category) for kind in (*lives.SHARES, lives.OPEN) for category in lives.CATEGORIES]
    refs = [town.live(kind, category) for kind, category in wanted]
    fresh = moulds([_found(deps, ref, kind) for ref, (kind, _) in zip(refs, wanted, strict=True)], deps.keys.host_id)
    town.forgotten()
    worn = moulds([_found(deps, ref, kind) for ref, (kind, _) in zip(refs, wanted, strict=True)], deps.keys.host_id)
    kinds: dict[str, list[tuple[Mould, Mould]]] = {kind: [] for kind in (*lives.SHARES, lives.OPEN)}
    for (kind, _), *pair in zip(wanted, fresh, worn, strict=True):
        kinds[kind].append((pair[0], pair[1]))
    return Origin(kinds, [one for one, _ in kinds.pop(lives.OPEN)])


def _found(deps: Deps, ref: TicketRef, kind: str) -> Found:
    with deps.readers.begin() as tx:
        found = left(tx, deps, ref)
    return (
        [(table, {**row, **_ALONE.get(table, {})}) for table, row in found if table != "approval"]
        if kind == "alone"
        else found
    )


_ALONE: dict[str, Row] = {  # what differs where nobody was asked
    "proposal": {"mode": "AUTO"},
    "outbox": {"approval_id": None},
    "outcome": {"outcome": "unreviewed", "how": "nobody", "by": None, "reason": "sent without a click", "mode": "AUTO"},
}

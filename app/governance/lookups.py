"""Look-ups: sources whose words wait for a verified customer's own facts. Late, unreadable, ambiguous, missing: no guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.governance.proposal import Passage, Proposal
from app.governance.prose import links
from app.governance.values import duration

TICKET, TABLE, HTTPS = "ticket", "table", "https"
ORIGINS = (TICKET, TABLE, HTTPS)
LONGEST = 200  # characters of a fact
MOST_HOLDS = timedelta(days=1)
# What a customer may name: an order, a contract. It becomes part of an address, so it holds nothing that means something there.
_NUMBER = r"(?:[A-Za-z]{1,4}-?)?\d{3,12}"
_AND = r"\s*(?:,|&|/|\b(?:and|or|und|oder|et|ou|y|o|e)\b)\s*#?"
_FACT = re.compile(r"\{\{\s*fact\.([\w.-]+)\s*\}\}")
_UNFIT = re.compile(r"[\x00-\x1f\x7f\u2028\u2029<>]|\{\{|\}\}|\{%|%\}")
_TABLE = re.compile(r"[\w-]+\.csv")
_ADDRESS = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?/[^\s#@]*")


class NoFact(Exception):
    """The look-up gave nothing that may be told; the text says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """How a document's facts are found. `key` empty: there is one answer for each customer, whatever they name."""

    origin: str
    place: str  # a table's file, or an address with {key} or {requester} in it
    named: tuple[str, ...]  # the words by which customers speak of it: "order", "Bestellung"
    key: str  # the column that holds the number behind such a word
    requester: str  # the column that must hold the customer's own address
    holds: timedelta  # how long an answer is good for


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as the host vouches for them, and what it knows of them."""

    email: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a look-up found, and when it was read."""

    facts: Mapping[str, str]
    read_at: datetime


class Records(Protocol):
    """Where facts are. Only reads."""

    def read(self, look_up: LookUp, key: str | None, asker: Asker) -> Told:
        """The one record of that key which is theirs. Raises NoFact: late, unreadable, not there, several."""
        ...


# --- the head of such a document ---------------------------------------------------------------------------------------
class Unfit(ValueError):
    """A head that cannot be used: which key, and what it wants."""

    def __init__(self, key: str, wants: str) -> None:
        super().__init__(f"{key} {wants}")
        self.key = key


_KEYS = ("from", "place", "named", "key", "requester", "holds")


def parse_look_up(table: Mapping[str, Any]) -> LookUp:
    """The table [lookup] of a document's head. Raises Unfit."""
    for key in table:
        if key not in _KEYS:
            raise Unfit(key, f"is unknown in [lookup]; it takes {', '.join(_KEYS)}")
    texts = {key: table.get(key, "") for key in _KEYS if key != "named"}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise Unfit(key, "must be a text")
    named = table.get("named")
    if not isinstance(named, list) or not named or not all(isinstance(one, str) and one.strip() for one in named):
        raise Unfit("named", 'must list the words by which customers speak of it, such as ["order"]')
    made = LookUp(
        origin=texts["from"],
        place=texts["place"],
        named=tuple(named),
        key=texts["key"],
        requester=texts["requester"],
        holds=_span(texts["holds"]),
    )
    _fits(made)
    return made


def _span(text: str) -> timedelta:
    try:
        holds = duration(text)
    except ValueError:
        holds = timedelta(0)
    if not timedelta(0) < holds <= MOST_HOLDS:
        raise Unfit("holds", "must be a duration of at most a day, such as PT1H")
    return holds


def _fits(made: LookUp) -> None:
    """Raises Unfit."""
    if made.origin not in ORIGINS:
        raise Unfit("from", f"must be one of {', '.join(ORIGINS)}")
    if made.origin == TICKET and (made.place or made.key or made.requester):
        raise Unfit("place" if made.place else "key" if made.key else "requester", "is not for a ticket's own fields")
    if made.origin != TICKET and not made.requester:
        raise Unfit("requester", "must name the column that holds the customer's own address: nobody is told another's")
    if made.origin == TABLE and not _TABLE.fullmatch(made.place):
        raise Unfit("place", "must be the name of a file, such as orders.csv")
    if made.origin == HTTPS and not _ADDRESS.fullmatch(made.place):
        raise Unfit("place", "must be an address such as https://orders.acme.example/orders/{key}")
    if made.origin == HTTPS and ("{key}" in made.place) is not bool(made.key):
        raise Unfit("place", "must hold {key} where there is a key, and only there")
    if made.origin == HTTPS and "{key}" not in made.place and "{requester}" not in made.place:
        raise Unfit("place", "must hold {key} or {requester}")


# --- asking ------------------------------------------------------------------------------------------------------------
def is_asked(look_up: LookUp, text: str) -> bool:
    """Does the message speak of it, and by a number where it takes one? Without one it may be about anybody's."""
    return bool(_keys(look_up, text)) if look_up.key else re.search(_words(look_up), text, re.I) is not None


def key_in(look_up: LookUp, text: str) -> str | None:
    """The number that the message names; None where none is needed. Raises NoFact for several."""
    found = _keys(look_up, text)
    if look_up.key and len(found) != 1:
        raise NoFact(f"the message names {', '.join(sorted(found)) or 'no number'}: which one is meant is not certain")
    return found.pop() if look_up.key else None


def _keys(look_up: LookUp, text: str) -> set[str]:
    """Every number that follows one of its words, and those told along with it: "orders 1001 and 1002"."""
    if not look_up.key:
        return set()
    before = rf"{_words(look_up)}(?:\W{{0,3}}(?:no|nr|num|n)[.°º])?[^\d.!?\n]{{0,20}}?\b"
    named = re.finditer(rf"{before}({_NUMBER}(?:{_AND}{_NUMBER})*)(?![\w-])", text, re.I)
    return {number.upper() for hit in named for number in re.findall(_NUMBER, hit[1])}


def _words(look_up: LookUp) -> str:
    return rf"\b(?:{'|'.join(map(re.escape, look_up.named))})(?:e?s|e?n)?(?!\w)"


def checked(row: Mapping[str, object], look_up: LookUp, asker: Asker) -> dict[str, str]:
    """A record's facts as texts, if it is the asker's own. Raises NoFact: for a stranger's as for none at all."""
    facts = {str(name): _text(value) for name, value in row.items()}
    whose = facts.get(look_up.requester, "")
    if not asker.email or whose.casefold() != asker.email.strip().casefold():
        raise NoFact(
            "no record of this customer has that number" if look_up.key else "there is no record of this customer"
        )
    return facts


def _text(value: object) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value).strip()


# --- telling -----------------------------------------------------------------------------------------------------------
def facts_named(text: str) -> frozenset[str]:
    """The facts that a section states."""
    return frozenset(found[1] for found in _FACT.finditer(text))


def told(passage: Passage, look_up: LookUp, found: Told) -> Passage | None:
    """The passage with the facts in place; None where one of them is not known. Raises NoFact for one that is unfit."""
    values = {name: found.facts.get(name, "") for name in facts_named(passage.text)}
    if not values or not all(values.values()):
        return None
    for name, value in values.items():
        if len(value) > LONGEST or _UNFIT.search(value) or links(value):
            raise NoFact(f"the fact {name} holds more than a plain value")
    text = _FACT.sub(lambda hit: values[hit[1]], passage.text)
    where = "the ticket" if look_up.origin == TICKET else look_up.place.partition("?")[0]
    title = f"{passage.title} ({where}, read {found.read_at:%d %b %H:%M} UTC)"
    return Passage(
        id=passage.id,
        title=title,
        text=text,
        score=1.0,
        audience=passage.audience,
        language=passage.language,
        says=passage.says,
        until=found.read_at + look_up.holds,
    )


def looked_up(proposal: Proposal) -> tuple[Passage, ...]:
    """The passages that hold this customer's own facts."""
    return tuple(passage for passage in proposal.passages or () if passage.until is not None)


def expired(proposal: Proposal, now: datetime) -> str | None:
    """Why a fact that the draft states is no longer good; None: all of them are."""
    cited = {source for sentence in (proposal.draft.sentences if proposal.draft else ()) for source in sentence.sources}
    late = [one for one in looked_up(proposal) if one.id in cited and one.until is not None and one.until < now]
    return f"{late[0].title}: that is too long ago to be told, write it anew" if late else None

"""Approved sources and templates: documents with an owner and a review date, and the passages that drafts cite."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from app.governance.canonical import canonical
from app.governance.foreign import from_toml
from app.governance.lookups import LookUp, Unfit, facts_named, parse_look_up
from app.governance.proposal import Passage
from app.governance.prose import folded

_HEAD = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*\r?$\n?", re.S | re.M)
_SECTION = re.compile(r"^##[ \t]+(.+?)(?:[ \t]*\{#([\w-]+)\})?[ \t]*#*[ \t]*$", re.M)
_KEYS = {"id": str, "title": str, "owner": str, "review_by": date, "audience": str, "language": str}
_OPTIONAL = {"categories": list, "facts": dict, "kind": str, "lookup": dict}
LONGEST = 200_000  # characters: a book is no source, and each of its sentences would be compared with each question
AUDIENCES = ("public", "internal")
LOOKUP = "lookup"
KINDS = ("source", "template", LOOKUP)


class SourceError(ValueError):
    """A source that cannot be used; the text names file, line and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One approved document. Translations share the id; `language` tells them apart."""

    id: str
    title: str
    owner: str
    review_by: date
    audience: str
    language: str
    text: str
    categories: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()  # bounded facts that it states: two sources must not differ
    kind: str = "source"  # a template is the team's own wording, with placeholders for the ticket's facts
    look_up: LookUp | None = None  # of a look-up: where the facts are that its words wait for

    @property
    def says(self) -> str:
        """Hash of all that a draft rests on. Another owner or review date says nothing new."""
        parts = ("id", "language", "title", "audience", "kind", "text")
        told = {**{part: getattr(self, part) for part in parts}, "facts": dict(self.facts)}
        told |= {"look_up": _spelled(self.look_up)} if self.look_up else {}
        return hashlib.sha256(canonical(told)).hexdigest()

    @property
    def key(self) -> tuple[str, str]:
        """Id and language: what tells one document from another."""
        return self.id, self.language


def parse_source(text: str, name: str) -> Source:
    """Read Markdown with a TOML head between `+++` lines. Raises SourceError."""
    if len(text) > LONGEST:
        raise SourceError(
            f"{name}, line 1: {len(text):,} characters; a source has at most {LONGEST:,}: make several of it"
        )
    head = _HEAD.match(text)
    if head is None:
        raise SourceError(f"{name}, line 1: no head; begin with +++, the keys {', '.join(_KEYS)}, and +++")
    fields = _checked(_toml(head[1], name), head[1], name)
    body = text[head.end() :].strip()
    if not body:
        raise SourceError(f"{name}, line {_lines(head[0])}: no text after the head")
    return Source(
        id=fields["id"].removesuffix(f".{fields['language']}"),
        text=body,
        categories=tuple(fields.get("categories", ())),
        facts=tuple((key, str(value)) for key, value in fields.get("facts", {}).items()),
        kind=fields.get("kind", "source"),
        look_up=_look_up(fields, head[1], body, name),
        **{key: fields[key] for key in _KEYS if key != "id"},
    )


def _toml(head: str, name: str) -> dict[str, Any]:
    try:
        return from_toml(head)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) + 1 if place else _lines(head) + 1
        raise SourceError(f"{name}, line {line}: {error}") from error


def _checked(fields: dict[str, Any], head: str, name: str) -> dict[str, Any]:
    """Every key known, present and of its kind."""
    if missing := [key for key in _KEYS if key not in fields]:
        raise SourceError(f"{name}, line 1: missing {', '.join(missing)}")
    for key, value in fields.items():
        wanted = (_KEYS | _OPTIONAL).get(key)
        if wanted is None:
            raise SourceError(f"{name}, line {_line_of(key, head)}: unknown key {key}; remove it or correct its name")
        if not isinstance(value, wanted) or (value == "" and key != "owner"):
            raise SourceError(f"{name}, line {_line_of(key, head)}: {key} must be a {wanted.__name__} and not empty")
    for key, allowed in (("audience", AUDIENCES), ("kind", KINDS)):
        if fields.get(key, allowed[0]) not in allowed:
            raise SourceError(f"{name}, line {_line_of(key, head)}: {key} must be {' or '.join(allowed)}")
    return fields


def _look_up(fields: dict[str, Any], head: str, body: str, name: str) -> LookUp | None:
    """Where a look-up's facts are; only a look-up has any, and it states at least one of them."""
    table = fields.get("lookup")
    if (fields.get("kind") == LOOKUP) is not (table is not None):
        key = "kind" if table is None else "lookup"
        words = f'{name}, line {_line_of(key, head)}: kind = "{LOOKUP}" and a table [lookup] go together'
        raise SourceError(words)
    if table is None:
        return None
    if fields["audience"] != "public":
        raise SourceError(
            f"{name}, line {_line_of('audience', head)}: a look-up answers customers: audience must be public"
        )
    if not facts_named(body):
        raise SourceError(f"{name}, line {_lines(head) + 2}: no fact in the text; write it as {{{{fact.column}}}}")
    try:
        return parse_look_up(table)
    except Unfit as error:
        raise SourceError(f"{name}, line {_line_of(error.key, head)}: {error}") from error


def _spelled(look_up: LookUp) -> dict[str, object]:
    return {**asdict(look_up), "named": list(look_up.named), "holds": str(look_up.holds)}


def _line_of(key: str, head: str) -> int:
    found = re.search(rf"^[ \t]*(?:{re.escape(key)}\s*=|\[{re.escape(key)}\])", head, re.M)
    return _lines(head[: found.start()]) + 1 if found else 1


def _lines(text: str) -> int:
    return text.count("\n") + 1


def passages(source: Source) -> tuple[Passage, ...]:
    """One passage for each `##` section; text before the first one is the passage `overview`."""
    heads = list(_SECTION.finditer(source.text))
    intro = re.sub(r"\A# .*$", "", source.text[: heads[0].start()] if heads else source.text, flags=re.M)
    ends = [head.start() for head in heads[1:]] + [len(source.text)]
    parts = [("overview", "", intro)] if intro.strip() else []
    for head, end in zip(heads, ends, strict=False):
        parts.append((head[2] or _slug(head[1]), head[1], source.text[head.end() : end]))
    return tuple(_passage(source, slug, title, text) for slug, title, text in parts if text.strip())


def catalogue(sources: Iterable[Source]) -> dict[tuple[str, str], tuple[Passage, ...]]:
    """All passages by source id and language. A translation section by section takes over the ids of the English one."""
    found = {(source.id, source.language): passages(source) for source in sources}
    return {(name, language): _with_ids_of(found.get((name, "en"), ()), own) for (name, language), own in found.items()}


def _with_ids_of(originals: tuple[Passage, ...], own: tuple[Passage, ...]) -> tuple[Passage, ...]:
    if len(originals) != len(own):
        return own
    return tuple(replace(passage, id=original.id) for original, passage in zip(originals, own, strict=True))


def _passage(source: Source, slug: str, title: str, text: str) -> Passage:
    return Passage(
        id=f"{source.id}#{slug}",
        title=f"{source.title}: {title}" if title else source.title,
        text=_plain(text),
        score=0.0,
        audience=source.audience,
        language=source.language,
        says=source.says,
    )


def _plain(markdown: str) -> str:
    """Wrapped lines joined, paragraphs kept, marks of emphasis dropped: what a customer may read."""
    blocks = [re.sub(r"\s*\n\s*(?![-*\d])", " ", block.strip()) for block in re.split(r"\n\s*\n", markdown)]
    return "\n".join(re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", block) for block in blocks if block)


def _slug(heading: str) -> str:
    return re.sub(r"[^\w]+", "-", folded(heading)).strip("-")


def is_stale(source: Source, today: date) -> bool:
    """Past its review date, a source carries no draft."""
    return today > source.review_by


def disagreeing(sources: Iterable[Source]) -> dict[tuple[str, str], str]:
    """Documents that state another value for a fact than some other one does, and which fact; all sides of it."""
    told: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for source in sources:
        for fact, value in source.facts:
            told.setdefault(fact, {}).setdefault(value, []).append(source.key)
    split = {fact: sides for fact, sides in told.items() if len(sides) > 1}
    return {key: fact for fact, sides in split.items() for side in sides.values() for key in side}


def why_unusable(source: Source, split: dict[tuple[str, str], str], today: date) -> str | None:
    """Why no draft may rest on it today, in words; None: one may. Unknown owner, late or disputed = no."""
    if not source.owner.strip():
        return "nobody owns it"
    if is_stale(source, today):
        return f"it was to be reviewed by {source.review_by.isoformat()}"
    if source.key in split:
        return f"another approved source says something else about {split[source.key]}"
    return None if source.audience == "public" else "it is internal"

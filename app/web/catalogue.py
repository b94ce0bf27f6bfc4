"""The interface's texts in one language, read from its .po file; what it does not know stays English."""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
SAID = "said"  # the context of what rules and actions say in words of their own; placeholders: {0}, {1}, …
NAME = "name"  # of the language's own name
SCRIPT = "script"  # of what the pages' scripts say
_KEYS = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])? (".*")$')
_PLACE = re.compile(r"\{(\d)\}")
_LONGEST = 1000  # what is longer is somebody's text, and none of ours
_DEEP = 3  # a reason in a reason in a reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One text: what it is in English, and in the catalogue's language in each of its numbers."""

    id: str
    said: tuple[str, ...]
    context: str = ""
    plural: str = ""


def one_or_more(number: int) -> int:
    """Which form a number takes in English, and in German."""
    return int(number != 1)


@dataclass(frozen=True)
class Catalogue:
    """Texts by their English; `plural` tells which form a number takes."""

    language: str
    texts: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    plural: Callable[[int], int] = one_or_more

    def text(self, english: str, context: str = "") -> str:
        """That text; the English where there is none."""
        return self.texts.get((context, english), (english,))[0]

    def number(self, one: str, many: str, number: int) -> str:
        """That text for that number."""
        forms = self.texts.get(("", one))
        return forms[self.plural(number)] if forms else one if number == 1 else many

    def told(self, english: str, deep: int = 0) -> str:
        """What a rule said, found by its words; names, numbers and customers' words in it stay as they are."""
        if not self.texts or not english or len(english) > _LONGEST or deep > _DEEP:
            return english
        bare = english[:1].lower() + english[1:].removesuffix(".")  # a rule's words, made a sentence of
        for find in (self._whole, self._shaped):
            if found := find(english, deep):
                return found
            if found := find(bare, deep):
                first = found[:1].upper() if english[0] != bare[0] else found[:1]
                return first + found[1:] + english[len(bare) :]
        return english

    def _whole(self, english: str, _: int) -> str | None:
        forms = self.texts.get((SAID, english)) or self.texts.get(("", english))
        return forms[0] if forms else None

    def _shaped(self, english: str, deep: int) -> str | None:
        for literal, pattern, said in self._patterns:
            if literal in english and (match := pattern.fullmatch(english)):
                return _filled(said, [self._part(match, place, deep) for place in range(1, pattern.groups + 1)])
        return None

    def _part(self, match: re.Match[str], place: int, deep: int) -> str:
        """What a rule quotes is in somebody's own words, and stays as it is."""
        text = match[place]
        quoted = text.startswith("“") or match.string[: match.start(place)].endswith("“")
        return text if quoted else self.told(text, deep + 1)

    @cached_property
    def script(self) -> dict[str, str]:
        """What the pages' scripts say."""
        return {english: said[0] for (context, english), said in self.texts.items() if context == SCRIPT}

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str], str]]:
        """The most telling first, so that no general text takes what a special one says."""
        shaped = [(english, said[0]) for (context, english), said in self.texts.items() if context == SAID]
        open_ones = [(_PLACE.split(english)[::2], said) for english, said in shaped if "{0}" in english]
        open_ones.sort(key=lambda one: -sum(map(len, one[0])))
        return [
            (max(parts, key=len), re.compile("(.*)".join(map(re.escape, parts)), re.DOTALL), said)
            for parts, said in open_ones
        ]


def _filled(said: str, groups: Sequence[str]) -> str:
    return _PLACE.sub(lambda place: groups[int(place[1])], said)


def entries(text: str) -> list[Entry]:
    """What a .po file holds, its head first. Raises ValueError for a line that is none of such a file."""
    return [_entry(block) for block in re.split(r"\n\s*\n", text) if re.search(r"^msgid ", block, re.M)]


def _entry(block: str) -> Entry:
    parts: dict[tuple[str, str], str] = {}
    at = ("", "")
    for line in block.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if match := _KEYS.match(line):
            at = (match[1], match[2] or "")
            parts[at] = json.loads(match[3])
        elif line.startswith('"'):
            parts[at] += json.loads(line)
        else:
            raise ValueError(f"this is no line of a catalogue: {line}")
    said = tuple(value for (key, _), value in sorted(parts.items()) if key == "msgstr")
    return Entry(parts["msgid", ""], said, parts.get(("msgctxt", ""), ""), parts.get(("msgid_plural", ""), ""))


def read(language: str) -> Catalogue:
    """The catalogue of that language."""
    head, *rest = entries((FOLDER / f"{language}.po").read_text("utf-8"))
    forms = re.search(r"plural=([^;\n]+);", head.said[0])
    plural: Callable[[int], int] = gettext.c2py(forms[1]) if forms else one_or_more
    return Catalogue(language, {(one.context, one.id): one.said for one in rest if all(one.said)}, plural)


def every() -> dict[str, Catalogue]:
    """English, which is what the texts are written in, and each language that has a file."""
    files = sorted(path.stem for path in FOLDER.glob("*.po"))
    return {"en": Catalogue("en"), **{language: read(language) for language in files}}

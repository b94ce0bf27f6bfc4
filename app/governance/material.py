"""Material edit: did a person change what a reply says, or only how it says it?

Only what is known to change nothing is harmless: white space, courtesy, filler, spelling. All else is material, also
what nobody can decide; the kinds tell people what was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from app.governance.courtesy import MONEY, WORDINGS, Wording, words
from app.governance.prose import SPELLED, links, sentences
from app.governance.slips import is_typo

LANGUAGES = tuple(WORDINGS)
_NAME = r"((?:[ ,、]+(?!(?i:{no})(?!\w))[A-ZÀ-ÖØ-Þ][\w'’.-]*){{0,3}})"
_END = r"[\s,;:.!。！…:)–—-]*"
_SIGNED = 5  # words of a line under a sign-off
_LONGEST = 240  # characters of a courtesy
TOKEN = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|#?\w*\d(?:[\w.,:/'-]*\w)?|[a-zß-ÿœ]+(?:['’-][a-zß-ÿœ]+)*"
    r"|[\u3400-\u9fff々]+|[\u30a0-\u30ff]+|[\u3040-\u309f]+|[^\W\d_]+|[%€$£¥&+=<>°#@?？]|[.](?=\s+\S)"
)
_ID = re.compile(r"#\s?\w+|\b(?=\w*[a-z])(?=\w*\d)[\w-]{3,}\b|\b\d{5,}\b|\b\w+-\d+[\w-]*", re.I | re.A)
_NUMBER = re.compile(r"[-+]?\d(?:[\d.,:/'-]*\d)?")
_CAPITAL = re.compile(r"(?<![.!?:>]\s)(?<!^)\b[A-ZÄÖÜÉÈÀÁÍÓÚÑÇ][\w’'-]+", re.M)


class Weight(IntEnum):
    """How much an edit weighs."""

    NONE = 0
    LIGHT = 1
    MATERIAL = 2


@dataclass(frozen=True, slots=True)
class Edit:
    """The weight, and for a material one what changed: money, negation, sentence … or merely `wording`."""

    weight: Weight
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a customer would get: words, to whom else, and with what."""

    text: str
    recipients: frozenset[str] = frozenset()
    attachments: frozenset[str] = frozenset()


def material_edit(before: Reply, after: Reply, language: str | None) -> Edit:
    """Weigh the change. In a language without tables everything beyond white space is material."""
    around = [name for name in ("recipients", "attachments") if getattr(before, name) != getattr(after, name)]
    if before.text.split() == after.text.split():
        return Edit(Weight.MATERIAL, tuple(around)) if around else Edit(Weight.NONE)
    wording = WORDINGS.get(language or "")
    if wording is None:
        return Edit(Weight.MATERIAL, (*around, "language"))
    old, new = (_Letter.of(reply.text, wording, str(language)) for reply in (before, after))
    kinds = [*around, *_changes(old, new, wording, str(language))]
    return Edit(Weight.MATERIAL, tuple(dict.fromkeys(kinds))) if kinds else Edit(Weight.LIGHT)


_Claim = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Letter:
    """A reply without its courtesies: what it claims, sentence by sentence, and whom it greets."""

    lines: tuple[str, ...]
    claims: tuple[_Claim, ...]
    greeted: frozenset[str]

    @classmethod
    def of(cls, text: str, wording: Wording, language: str) -> _Letter:
        lines, greeted = without_courtesy(text, wording, language)
        claims = tuple(claim for line in lines if (claim := _claim(line, wording, language)))
        return cls(tuple(lines), claims, frozenset(greeted))


def plain(text: str) -> str:
    """One spelling for signs that only look different."""
    unified = unicodedata.normalize("NFKC", text).translate(str.maketrans("’‘`‐‑‒–—−", "'''------"))
    return re.sub(r"(?<=\d)\s*-\s*(?=\d)", "-", unified)


# --- courtesy ----------------------------------------------------------------------------------------------------------


def without_courtesy(text: str, wording: Wording, language: str) -> tuple[list[str], set[str]]:
    """(the sentences that say something, the names greeted). What stands under the sign-off is who signs."""
    said: list[str] = []
    greeted: set[str] = set()
    signed = False
    for line in sentences(plain(text)):
        spelled = _spelled(line, wording, language)
        if signed and _is_signature(line, wording, language):
            continue
        signed = False
        if len(spelled) > _LONGEST:
            said.append(spelled)
        elif greeting := _courteous(wording.greeting, language).fullmatch(spelled):
            greeted |= set(re.findall(r"\w+", " ".join(filter(None, greeting.groups()))))
        elif _courteous(wording.sign_off, language).fullmatch(spelled):
            signed = True
        elif not _courteous(wording.courtesy + wording.greeting, language).fullmatch(spelled):
            said.append(spelled)
    return said, greeted


@cache
def _courteous(phrases: tuple[str, ...], language: str) -> re.Pattern[str]:
    """One or more of these and nothing else. `@`: up to three names."""
    wording = WORDINGS[language]
    name = _NAME.format(no=f"{wording.negation}|{wording.commitment}|{wording.condition}")
    each = "|".join(f"(?i:{phrase.removesuffix('@')}){name if phrase.endswith('@') else ''}" for phrase in phrases)
    gap = r"[\s,;:.!。！、-]*" if language == "ja" else r"[\s,;:.!-]+(?:(?i:and|und|et|y|e) )?"
    return re.compile(rf"[\s¡¿]*(?:{each})(?:{gap}(?:{each}))*{_END}")


def _is_signature(line: str, wording: Wording, language: str) -> bool:
    binding = (wording.negation, wording.commitment, wording.condition)
    return (
        len(line.split()) <= _SIGNED
        and not re.search(r"[\d.!?。！？@]", line)
        and not any(words(part, language).search(line) for part in binding)
        and (language != "ja" or len(line) <= 4 * _SIGNED)
    )


def _spelled(line: str, wording: Wording, language: str) -> str:
    """Contractions in full, and one of several spellings."""
    for pattern, instead in wording.spellings:
        line = _spelling(pattern, language).sub(instead, line)
    return line


@cache
def _spelling(pattern: str, language: str) -> re.Pattern[str]:
    """Whole words, but where the pattern itself says what stands around it."""
    around = "(?=" in pattern or "(?<=" in pattern or language == "ja"
    return re.compile(pattern if around else rf"(?<!\w)(?:{pattern})(?!\w)", re.I)


# --- claims ------------------------------------------------------------------------------------------------------------


def _claim(line: str, wording: Wording, language: str) -> _Claim:
    """The words that count, in order; ids and addresses exactly as they stand, a spelled number as its figure."""
    bare = words(wording.filler, language).sub(" ", line)
    return tuple(SPELLED.get(token, token) for token in TOKEN.findall(_keep_case(bare)))


def _keep_case(text: str) -> str:
    """Lower case, but for addresses and ids."""
    return " ".join(part if re.search(r"\d|://|@", part) else part.lower() for part in text.split())


def _changes(old: _Letter, new: _Letter, wording: Wording, language: str) -> Iterator[str]:
    """What kind of change was made; nothing for a light one."""
    if old.greeted and new.greeted and old.greeted != new.greeted:
        yield "name"
    if _alike(old.claims, new.claims, wording, language):
        return
    told = [kind for kind, facts in _facts(wording, language).items() if _counted(facts, old) != _counted(facts, new)]
    yield from told
    if len(old.claims) != len(new.claims):
        yield "sentence"
    elif not told:
        yield "order" if Counter(sum(old.claims, ())) == Counter(sum(new.claims, ())) else "wording"


def _alike(old: Sequence[_Claim], new: Sequence[_Claim], wording: Wording, language: str) -> bool:
    """The same claims in the same order, give or take slips of the finger."""
    if [len(claim) for claim in old] != [len(claim) for claim in new]:
        return False
    binding = words((wording.negation, wording.commitment, wording.condition, wording.tense, wording.unit, wording.date), language)  # fmt: skip
    pairs = (pair for one, other in zip(old, new, strict=True) for pair in zip(one, other, strict=True))
    return all(one == other or is_typo(one, other, binding) for one, other in pairs)


# --- what changed, in words --------------------------------------------------------------------------------------------

Facts = Callable[[str], Sequence[str]]


@cache
def _facts(wording: Wording, language: str) -> dict[str, Facts]:
    amount = r"[\d][\d.,']*"
    money = re.compile(rf"(?:{MONEY})\s?{amount}|{amount}\s?(?:{MONEY})", re.I)
    duration = re.compile(rf"[\d][\d.,-]*\s?(?:{wording.unit})", re.I)
    tables = {name: words(getattr(wording, name), language) for name in ("negation", "commitment", "condition")}
    return {
        "money": money.findall,
        "number": _NUMBER.findall,
        "duration": duration.findall,
        "date": re.compile(
            rf"(?:\d{{1,2}}\.?(?:st|nd|rd|th)?\s?(?:de |of )?)?(?:{wording.date})(?:\s?\d{{1,4}}日?)?", re.I
        ).findall,
        "id": _ID.findall,
        "link": lambda text: sorted(links(text)),
        **{name: pattern.findall for name, pattern in tables.items()},
        "tense": words(wording.tense, language).findall,
        "name": _CAPITAL.findall if language not in {"de", "ja"} else lambda _: (),
        "question": re.compile("[?？]").findall,
    }


def _counted(facts: Facts, letter: _Letter) -> Counter[str]:
    return Counter(fact.lower() for line in letter.lines for fact in facts(line))

"""Prose taken apart: sentences, numbers, links and content words, the same way wherever a text is judged."""

from __future__ import annotations

import re
import unicodedata

# A full stop after one of these ends no sentence. All lower-case, without the last stop.
_ABBREVIATIONS = frozenset(
    "e.g i.e etc approx no nr art abs mr mrs ms dr prof st vs inc ltd co dept z.b d.h u.a bzw ca usw inkl zzgl tel str evtl ggf"
    " p.ex ex env sr sra srta ud uds n.º núm pág aprox p.m a.m min max".split()
)
_MONTHS = "januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
_STOP = re.compile(r"([.!?…]+[\"'”’»)\]]*)(\s+)|([。！？]+[」』）]*)")
_NEAR = 24
_ACCENTS = re.compile("[\u0300-\u036f]+")
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d(?:[\d.,:'\u00a0\u202f]*\d)?")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'）」]+|(?<![\w.-])[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){0,5}\.(?:com|org|net|io|example|de|fr|es|jp|uk|eu)\b(?:/[^\s<>\"']*)?",
    re.I,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ENDING = re.compile(r"(?:ed|ing|en|es|s|e|n)$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
SPELLED = {
    word: str(value)
    for value, words in {
        2: "two zwei deux dos dois duas", 3: "three drei trois tres três", 4: "four vier quatre cuatro quatro",
        5: "five fünf cinq cinco", 6: "six sechs seis", 7: "seven sieben sept siete sete", 8: "eight acht huit ocho oito",
        9: "nine neun neuf nueve nove", 10: "ten zehn dix diez dez", 12: "twelve zwölf douze doce doze",
        14: "fourteen vierzehn quatorze catorce catorze", 15: "fifteen fünfzehn quinze quince",
        20: "twenty zwanzig vingt veinte vinte", 24: "twenty-four vierundzwanzig", 30: "thirty dreißig trente treinta trinta",
    }.items()
    for word in words.split()
}  # fmt: skip
# Words that carry no claim of their own, for measuring how much of a sentence its source covers.
_EMPTY = frozenset(
    "a an the and or but if then so of to in on at by for from with as is are was were be been it its this that these"
    " those you your yours we our us i my me they them their he she his her will would can could may might do does did"
    " have has had not no any all also please just there here when which who what how der die das den dem des ein eine"
    " einen einem einer und oder aber wenn zu im in am an auf bei für von mit als ist sind war wird werden sie ihr ihre"
    " ihren wir uns unser unsere es nicht auch bitte le la les un une des du de et ou mais si en au aux dans sur pour"
    " par avec est sont vous votre vos nous notre nos ce cette ces que qui ne pas el los las una unos unas y o pero en"
    " del al por para con es son su sus se lo que no o os as um uma e ou mas em no na nos nas do da dos das ao por com é"
    " são você seu sua se".split()
)


def folded(text: str) -> str:
    """Lower-case, compatibility forms unified, accents dropped: for comparing, never for showing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _ACCENTS.sub("", decomposed)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in order; a line break ends a sentence, so a greeting line is one."""
    found = [sentence for line in text.splitlines() for sentence in _of_line(line)]
    return tuple(found)


def _of_line(line: str) -> list[str]:
    parts, start = [], 0
    for stop in _STOP.finditer(line):
        before = line[max(start, stop.start() - _NEAR) : stop.start()]  # no further back: a long line stays linear
        if stop[3] is None and not _ends(before, line[stop.end() : stop.end() + _NEAR], stop[1]):
            continue
        parts.append(line[start : stop.end()].strip())
        start = stop.end()
    parts.append(line[start:].strip())
    return [part for part in parts if part]


def _ends(before: str, after: str, stop: str) -> bool:
    """Is this full stop the end of a sentence, not of an abbreviation or a German ordinal?"""
    if not stop.startswith("."):
        return True
    last = before.rsplit(maxsplit=1)[-1].lower().lstrip("(\"'«“") if before.split() else ""
    ordinal = last.isdigit() and re.match(_MONTHS, after.lower()) is not None
    initial = len(last) == 1 and last.isalpha()
    return not initial and last not in _ABBREVIATIONS and not ordinal and not after[:1].islower()


def numbers(text: str) -> frozenset[str]:
    """Every number, written one way: 1,299.00 and 1.299,00 are the same; small spelled ones count."""
    spelled = {SPELLED[word] for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", text.lower()) if word in SPELLED}
    digits = unicodedata.normalize("NFKC", text)
    return frozenset(spelled | {_plain(match[0]) for match in _NUMBER.finditer(digits)})


def _plain(number: str) -> str:
    """One spelling for one value; what looks like neither thousands nor decimals is kept as it stands."""
    bare = re.sub(r"['\s\u00a0\u202f+]", "", number)
    marks = [mark for mark in bare if mark in ".,"]
    if not marks or ":" in bare:
        return bare.lstrip("0") or "0"
    whole, _, rest = bare.rpartition(marks[-1])
    if len(rest) == 3 and len(set(marks)) == 1 and re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})*", whole):
        return re.sub(r"[.,]", "", bare)
    return f"{re.sub(r'[.,]', '', whole)}.{rest}".removesuffix(".00")


def links(text: str) -> frozenset[str]:
    """Web and mail addresses, lower-case, without what surrounds them."""
    mails = {match[0].lower().rstrip(".") for match in _EMAIL.finditer(text)}
    without = _EMAIL.sub(" ", text)
    return frozenset(mails | {match[0].lower().rstrip(".,;:!?)") for match in _LINK.finditer(without)})


def content_words(text: str) -> frozenset[str]:
    """The words that make the claim, cut to their stems' length; pairs of characters for Japanese."""
    said = (word for word in _WORD.findall(text) if not _CJK.search(word))
    words = {folded(word) for word in said if word.lower() not in _EMPTY or _is_a_name(word, text)}
    stems = {word[:6] for word in words if len(word) > 1}
    return frozenset(stems | _character_pairs(text))


def _is_a_name(word: str, text: str) -> bool:
    """The US is a country and not us; where all is in capitals, nobody can tell."""
    return len(word) > 1 and word.isupper() and not text.isupper()


def _character_pairs(text: str) -> set[str]:
    runs = re.findall(r"[\u30a0-\u30ff\u3400-\u9fff]{2,}", text)
    return {run[i : i + 2] for run in runs for i in range(len(run) - 1)}


def overlap(claim: str, source: str) -> float:
    """How much of the claim's content stands in the source, 0 to 1; a claim without content is covered."""
    words = content_words(claim)
    return len(words & content_words(source)) / len(words) if words else 1.0


def stems(text: str) -> frozenset[str]:
    """Its content words without their endings: order, orders and ordered are one."""
    return frozenset(
        _ENDING.sub("", word) if len(word) > 4 else word.removesuffix("s") if len(word) == 4 else word
        for word in content_words(text)
    )

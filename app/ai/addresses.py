"""Postal addresses: by their shape in the countries we know, and by the words that announce one anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CAP = r"[A-ZÀ-ÝÄÖÜ][\w'’À-ÿ-]{1,30}"
_STREET = r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|square|sq|terrace|crescent|highway|hwy|parkway|close)"
_SHAPES = (
    rf"\b\d{{1,5}}[A-Za-z]?,?\s+(?:{_CAP}\s+){{1,4}}(?i:{_STREET})\b\.?(?:,?\s+(?:(?i:apt|apartment|suite|unit|flat|floor)\.?|#)\s*\w+)?(?:,?\s+{_CAP}(?:\s{_CAP})?)?(?:,?\s+[A-Z]{{2}})?(?:,?\s+(?:\d{{5}}(?:-\d{{4}})?|[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}}))?",
    rf"\b[A-ZÄÖÜ][\w’ß-]{{0,30}}(?:straße|strasse|str\.|gasse|weg|platz|allee|ufer|damm)\s?\d{{1,4}}\s?[a-z]?\b(?:,?\s+\d{{5}}\s+{_CAP})?",
    rf"\b\d{{1,4}}(?:\s?bis|\s?ter)?,?\s+(?:rue|avenue|boulevard|chemin|allée|place|impasse|quai)\s+(?:(?:de|du|des|la|le|les|d'|l')\s*)*{_CAP}(?:[ -]{_CAP})*(?:,?\s+\d{{5}}\s+{_CAP})?",
    rf"\b(?:\d{{1,4}},?\s+)?(?:rue|avenue|boulevard|chemin|allée|place|impasse|quai)\s+(?:(?:de|du|des|la|le|les|d'|l')\s*)*{_CAP}(?:[ -]{_CAP})*,?\s+\d{{5}}\s+{_CAP}",
    rf"\b(?:[Cc]alle|[Aa]venida|[Pp]laza|[Pp]aseo|[Rr]ua|[Tt]ravessa|[Ll]argo|C/)\s+(?:(?:de|del|da|do|das|dos|la|el|los)\s+)*{_CAP}(?:\s(?:de|da|do|del|la)?\s?{_CAP})*,?\s*(?:n\.?º?\s*)?\d{{1,4}}(?:,?\s+\d{{4,5}}(?:-\d{{3}})?\s+{_CAP})?",
    r"〒\s?\d{3}-?\d{4}|(?:東京都|北海道|(?:大阪|京都)府|[\u4e00-\u9fff]{2,3}県)[^\s、。]{3,40}?\d[\d丁目番地号-]*",
    r"\b(?i:p\.?\s?o\.?\s?box)\s+\d+(?:[ ,\n]+(?!\b(?i:and|or|but|is|for)\b)[\w.'’-]+){0,8}",
    r"\b(?:PSC|Unit|CMR|USS|USNS|USCGC|USNV)\s[^\n,.!?]{1,30}(?:,? Box \d+)?[,\s]+(?:APO|FPO|DPO)\s(?:AA|AE|AP)\s\d{5}",
    # A British one: what stands before the postcode, a house number first.
    r"\b(?:(?:Studio|Flat|Unit|Apartment|Suite)\s\w{1,4},?\s|\d{1,4}[a-z]?,?\s)(?:[^\W\d_][\w'’ -]{1,30},\s?){1,4}[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b",
    # Anywhere: a number, a street, a flat, and the lines below it.
    r"\b\d{1,5}[^\n.!?,:]{2,60}?[\s,]+(?i:apt|apartment|suite|unit|flat)\b\.?\s?\w{1,5}(?:[\n,]\s*[^\n,.!?]{2,40}){0,3}",
    rf"\b{_CAP}(?:\s{_CAP})*\s\d{{1,4}},\s\d{{4,5}}\s{_CAP}",
)  # fmt: skip
_COMPILED = tuple(re.compile(shape) for shape in _SHAPES)
_ANNOUNCED = re.compile(
    r"\b(?:(?:(?:new|old|home|billing|shipping|delivery|postal|mailing|current)\s+)?address(?: \w+){0,5}? (?:is|to|with|as)"
    r"|address(?:es)?(?:: | to the same:| of [^\n.?!]{2,60}? is| (?:linked|connected) to \w+ \w+ \w+ to)|(?:here they are|they are|the following\?|it is|it's):?"
    r"|(?:sent?|send it|deliver(?:ed)?|ship(?:ped)?|forward(?:ed)?|moved|taxi|new one|statement sent|post(?:ed)?) to|(?:i |we )?(?:now )?(?:live|living|reside|staying|meet (?:me|you)|located) (?:at|in|on)|be sent to\?\s*user:|user:"
    r"|wohne (?:in|an)|anschrift(?: ist|:)|adresse(?: ist| est|:)|habite(?: au)?|vivo en|dirección(?: es|:)|moro (?:em|na|no)|morada(?: é|:)|endereço(?: é|:)|住所は[:：]?)\s*",
    re.I,
)  # fmt: skip
# What follows such words is an address where it holds a number and a capital, up to where the sentence goes on otherwise.
_END = re.compile(
    r"[?!](?:\s|$)|\.(?=\s+[A-Z][a-z]+ [a-z]|\s*$)|\s(?:for (?:this|my|the|post)|after the|before the|please|and my|but i|because|so that)\b|\n\s*\n",
    re.I,
)
_LONGEST = 140
_CORNER = re.compile(rf"\bthe corner of [^\n?!,]{{3,60}}? and (?:{_CAP}\s?){{1,3}}")


def addresses(text: str) -> list[tuple[int, int]]:
    """Where an address stands, the longest first."""
    shaped = (hit.span() for pattern in (*_COMPILED, _CORNER) for hit in pattern.finditer(text))
    announced = (span for cue in _ANNOUNCED.finditer(text) for span in _following(text, cue.end()))
    return sorted((*shaped, *announced), key=lambda span: span[0] - span[1])


def _following(text: str, start: int) -> Iterator[tuple[int, int]]:
    rest = text[start : start + _LONGEST]
    end = _END.search(rest)
    span = rest[: end.start()] if end else rest
    house = re.search(r"(?<![\w€$£#@.-])\d{1,5}[a-z]?(?![\w@]|[.:-]\d)", span)
    named = re.search(r"[^\W\d_]{4,}", span)
    looks_like_one = (
        house is not None
        and named is not None
        and ("," in span or "\n" in span or re.search(r"[A-ZÀ-Þ]\w+ \d|\d [A-ZÀ-Þ]", span))
    )
    if looks_like_one and not re.search(
        r"\b(?:days?|hours?|minutes?|euros?|dollars?|pounds?|percent|tage?|years?|order|ticket|invoice|times?|from)\b|@",
        span,
        re.I,
    ):
        yield start, start + len(span.rstrip(" ,.\n"))

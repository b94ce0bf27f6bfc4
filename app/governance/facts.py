"""Facts that have a bound: spans of time, prices, shares and clock times, and whether two statements are about one matter."""

from __future__ import annotations

import re

from app.governance.prose import SPELLED, folded, numbers, stems

_N = r"\d+(?:[.,]\d+)*"
_RANGE = rf"({_N})(?:\s*(?:to|bis|a|à|-|–|~|～|〜|und|and|or|oder)\s*({_N}))?[\s-]*"
_SPANS = (
    ("minutes", r"(?:minutes?|minuten?|minutos?|分)"),
    ("hours", r"(?:hours?|stunden?|heures?|horas?|時間)"),
    ("days", r"(?:(?:working|business|calendar)\s)?(?:days?|nights?|(?:werk|arbeits|kalender)?tage?n?|jours?|dias?|(?:営業)?日)"),
    ("weeks", r"(?:weeks?|wochen?|semaines?|semanas?|週間)"),
    ("months", r"(?:months?|monate?n?|mois|mes(?:es)?|か月|ヶ月)"),
    ("years", r"(?:years?|jahre?n?|ans?|annees?|anos?|年)"),
)  # fmt: skip
_CURRENCIES = (
    ("€", "euros?|eur|ユーロ"),
    ("$", "dollars?|usd"),
    ("£", "pounds?|gbp"),
    ("¥", "円|yen"),
    ("₹", "rupees?|inr"),
    ("%", "percent|prozent"),
)
_MONEY = re.compile(
    rf"([€$£¥₹])\s?({_N})|({_N})\s?([€$£¥₹%]|(?:{'|'.join(names for _, names in _CURRENCIES)})(?![a-z]))"
)
_CLOCK = re.compile(
    r"(?<![\d.,])(\d{1,2})(?:[:h.](\d{2})(?!\d)|\s?uhr\b|\s?(am|pm)\b)|\b(noon|mittags?|midi|mediodia|meio-dia)\b|正午"
)
_COMPILED = tuple((unit, re.compile(rf"{_RANGE}{name}(?![a-z])")) for unit, name in _SPANS)
# Words of the measure, not of the matter.
_MEASURES = stems(
    "day days night nights working business calendar hour hours minute minutes week weeks month months year years euro euros pound pounds dollar dollars"
    " tag tage tagen werktag werktage werktagen arbeitstage stunde stunden jahr jahre monat monate woche wochen jour jours ouvrables heure heures semaine semaines mois an ans"
    " dia dias laborables uteis hora horas semana semanas mes meses ano anos takes take costs cost dauert kostet prend coute tarda cuesta demora custa"
    " up within between least most"
)
SHARED, COVERED = 2, 0.5  # words of the matter, and their share of the shorter statement


def facts(sentence: str) -> dict[str, frozenset[str]]:
    """By kind (days, price, clock, …) the values that this sentence states."""
    text = _in_figures(folded(sentence))
    found = {unit: frozenset(_values(text, pattern)) for unit, pattern in _COMPILED}
    found["price"] = frozenset(_amount(match) for match in _MONEY.finditer(text))
    found["clock"] = frozenset(_hour(match) for match in _CLOCK.finditer(text))
    return {kind: values for kind, values in found.items() if values}


def differing(one: str, other: str) -> str | None:
    """The kind of fact for which these two sentences state different values; None where they agree or say nothing alike."""
    first, second = facts(one), facts(other)
    kinds = (
        kind for kind in first if kind in second and not (first[kind] <= second[kind] or second[kind] <= first[kind])
    )
    return next(kinds, None)


def _in_figures(text: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda word: SPELLED.get(word[0], word[0]), text)


def _values(text: str, pattern: re.Pattern[str]) -> list[str]:
    return [value for match in pattern.finditer(text) for value in match.groups() if value]


def _amount(match: re.Match[str]) -> str:
    """€4.90 and 4,90 euros are one amount."""
    named = match[1] or match[4]
    sign = next((sign for sign, names in _CURRENCIES if re.fullmatch(names, named)), named)
    return f"{min(numbers(match[2] or match[3]))} {sign}"


def _hour(match: re.Match[str]) -> str:
    if match[1] is None:
        return "12:00"
    hour = int(match[1]) % 12 + 12 if match[3] == "pm" else int(match[1])
    return f"{hour}:{match[2] or '00'}"


def clauses(sentence: str) -> list[str]:
    """Its statements, roughly: one sentence may state several facts."""
    return [
        part.strip()
        for part in re.split(r"[;,:](?=\s)|\s(?:and|und|et|y|e)\s(?=\S+ \S+ \S+)", sentence)
        if part.strip()
    ]


def same_matter(one: str, other: str) -> bool:
    """Do they share words of the matter, more than the measures of it?"""
    first, second = stems(one) - _MEASURES, stems(other) - _MEASURES
    shared = len(first & second)
    return shared >= SHARED and shared >= COVERED * min(len(first), len(second))

"""Spans of personal data in a text: patterns, check digits and phone plans. Order and ticket numbers stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.ai.addresses import addresses
from app.ai.names import persons
from app.governance.proposal import Redaction

_BEFORE_IT = r"(?:pass\s?(?:word|code|phrase)|passwort|kennwort|mot de passe|contraseña|senha|pwd|pin(?:\s?code)?|otp|api[ -]?key|secret|token|cvv2?|cvc|パスワード|暗証番号)"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|avr|juin|juil|août|déc|ene|abr|ago|dic|fev|set|out)\w*\.?"
_DATE = rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?{_MONTH}\s+(?:de\s+)?\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日)"
# One row a pattern: the kind, and the words around; group 1, where there is one, is the span.
_PATTERNS: tuple[tuple[str, str, int], ...] = (
    ("email", r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,5}", re.I),
    ("ip", r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)|(?<![\w:])(?:[\da-f]{1,4}:){7}[\da-f]{1,4}(?![\w:])", re.I),
    ("password", rf"\b{_BEFORE_IT}(?:\s+(?:is|was|ist|lautet|est|es|é|for\b.{{0,20}}?\bis))?\s*[:=は]?\s*[\"'“«]?((?=\S*[\d!@#$%^&*])\S{{4,40}}?)(?=[\"'”»]?(?:[.,;?)]?\s|[.,;?)]?\Z))", re.I),
    ("password", rf"\b{_BEFORE_IT}\s*[:=]\s*[\"'“]?(?!\s)([^\s\"'”]{{4,40}})", re.I),
    ("password", r"\b((?:sk|pk|ghp|gho|xox[abp]|AKIA|eyJ)[-_]?[\w.-]{16,})", 0),
    ("date_of_birth", rf"\b(?:born(?: on)?|birth\s?(?:day|date)|date of birth|d\.?o\.?b\.?|geb(?:oren|urtsdatum|\.)(?: am)?|né(?:e)? le|date de naissance|naci(?:do|da|miento)(?: el)?|fecha de nacimiento|nascid[oa](?: em)?|data de nascimento|生年月日)\W{{0,4}}(?:(?:is|was|ist|est|es|é|it['’]s)\W{{0,3}})?({_DATE})", re.I),
    ("passport", r"\b(?:passport|reisepass|passeport|pasaporte|passaporte|パスポート)\w*(?:\W+(?:no|number|nr|nummer|numéro|número|n°|is|番号|:|#))*\W{0,4}([A-Z]{0,2}\d[A-Z\d]{5,9})\b", re.I),
    ("driver_licence", r"\b(?:driv(?:er|ing)(?:['’]?s)?\s?licen[cs]e|führerschein|permis de conduire|permiso de conducir|carta de condução|cnh)\w*(?:\W+(?:no|number|nr|nummer|numéro|número|is|:|#))*\W{0,4}((?=[A-Z\d-]*\d)[A-Z\d][A-Z\d-]{5,18})\b", re.I),
    ("account_number", r"\b(?:account|acct|a/c|konto|compte|cuenta|conta|routing|sort code|bank)(?:\s?(?:number|no|num|nr|nummer|numéro|número|#))?\b\.?(?:\W+(?:is|was|ist|est|es|é|ending in))?\W{0,3}(\d[\d -]{5,20}\d)\b", re.I),
    ("account_number", r"(?:口座番号)\D{0,4}(\d{6,8})", 0),
    ("national_id", r"\b(?:ssn|social security(?: number)?|national id(?:entity)?(?: number)?|nino|national insurance(?: number)?|tax id|steuer-?id\w*|dni|nie|cpf|nif|insee|マイナンバー|NI(?= number))\b(?:\W+(?:no|number|nr|is|:|#))*\W{0,4}((?-i:(?=[A-Z\d .-]*\d)[A-Z\d][A-Z\d .-]{5,16}[A-Z\d]))\b", re.I),
    ("national_id", r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])", 0),
    ("national_id", r"(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)|\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b|\b\d{8}-?[A-HJ-NP-TV-Z]\b(?!\w)", 0),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern, flags)) for kind, pattern, flags in _PATTERNS)
_DIGITS = re.compile(r"(?<![\w#/.=+-])\d(?:[ -]?\d){11,18}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?\b", re.I)
# Before a number, these say that it is ours to keep: an agent and the records need it.
_REFERENCE = re.compile(
    r"(?:order|ticket|case|ref(?:erence)?|invoice|tracking|shipment|parcel|booking|confirmation|transaction|policy|serial|model|item|sku|bestell\w*|auftrag\w*|rechnung\w*|sendung\w*"
    r"|commande|facture|suivi|pedido|factura|encomenda|fatura|seguimiento|注文(?:番号)?|請求書|伝票)\W{0,3}(?:n(?:umber|ummer|o|r|um|úmero|uméro)?\b|id\b|#|番号)?\W{0,6}(?:is|was|ist|est|es|é)?\W{0,3}$",
    re.I,
)
_REGIONS = ("US", "GB", "DE", "FR", "ES", "PT", "BR", "JP")
_PHONE_LIKE = re.compile(
    r"(?<![A-Za-z\d#./=-])(?:\+|00)?\(?\d[\d \t()./-]{5,20}\d(?:\s?(?:x|ext\.?\s?)\d{1,5})?(?![\d-]|[.,]\d)", re.I
)
_CALL = re.compile(
    r"(?:phone|mobile|cell|tel(?:ephone|efon|éfono|efone)?|call|reach|ring|text|whatsapp|registered|handy\w*|rufnummer|portable|appele[rz]|llam\w+|móvil|telemóvel|ligar|電話(?:番号)?|携帯)[^\d.!?]{0,25}$",
    re.I,
)
_VERSION = re.compile(r"\d+\.\d+\.\d+\.\d+|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_FEWEST_DIGITS = 8
_VERIFIED = 100  # beyond so many, what looks like a phone number is taken for one
_FEWEST_WHEN_CALLED = 6
PIECE = 2_000  # characters


def redactions(text: str) -> tuple[Redaction, ...]:
    """Spans in order, none overlapping; of two that overlap, the surer kind stays."""
    kept: list[Redaction] = []
    taken = bytearray(len(text))
    for found in _all(text):
        if not any(taken[found.start : found.end]):
            kept.append(found)
            taken[found.start : found.end] = b"\1" * (found.end - found.start)
    return tuple(sorted(kept, key=lambda span: span.start))


def redacted(text: str, spans: Iterable[Redaction]) -> str:
    """The text with each span replaced by its kind, for eyes outside this machine."""
    for span in sorted(spans, key=lambda span: -span.start):
        text = f"{text[: span.start]}[{span.kind}]{text[span.end :]}"
    return text


def _all(text: str) -> Iterator[Redaction]:
    """The surest first: check digits, then patterns with their words around, then phone plans."""
    yield from _by_check_digits(text)
    for kind, pattern in _COMPILED:
        for hit in pattern.finditer(text):
            start, end = hit.span(hit.lastindex or 0)
            if kind not in {"account_number", "national_id"} or not _REFERENCE.search(text[:start][-40:]):
                yield Redaction(kind, start, end)
    yield from _phones(text)
    for kind, found in (("address", addresses), ("person", persons)):
        for at, piece in _pieces(text):
            yield from (Redaction(kind, at + start, at + end) for start, end in found(piece))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """What these patterns may read at once: their cost grows faster than the text. Cut between words."""
    at = 0
    while at < len(text):
        end = at + PIECE
        cut = max(text.rfind("\n", at, end), 0) or max(text.rfind(" ", at, end), 0) if end < len(text) else len(text)
        end = cut if cut > at else end
        yield at, text[at:end]
        at = end


def _by_check_digits(text: str) -> Iterator[Redaction]:
    from stdnum import iban, luhn

    for hit in _IBAN.finditer(text):
        if iban.is_valid(hit[0]):
            yield Redaction("iban", *hit.span())
    for hit in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", hit[0])
        if luhn.is_valid(digits) and digits[0] in "123456" and not _REFERENCE.search(text[: hit.start()][-40:]):
            yield Redaction("card_number", *hit.span())


def _phones(text: str) -> Iterator[Redaction]:
    """Numbers that some country's plan allows, unless the words before call it an order or the like."""
    import phonenumbers

    for nth, hit in enumerate(_PHONE_LIKE.finditer(text)):
        digits, before = re.sub(r"\D", "", hit[0]), text[: hit.start()][-40:]
        called = _CALL.search(before) is not None
        if len(digits) < (_FEWEST_WHEN_CALLED if called else _FEWEST_DIGITS) or _VERSION.fullmatch(hit[0].strip()):
            continue
        if not called and (_REFERENCE.search(before) or not _looks_dialled(hit[0].strip(), digits)):
            continue
        regions = (None,) if hit[0].startswith("+") else _REGIONS
        if called or nth > _VERIFIED or any(_is_phone(phonenumbers, hit[0], region) for region in regions):
            yield Redaction("phone", *hit.span())


def _looks_dialled(raw: str, digits: str) -> bool:
    """Grouped, international or with a trunk zero; a bare run of digits is more likely a reference."""
    return raw[0] in "+(0" or digits[0] == "0" or re.search(r"\d[\s()./-]+\d", raw) is not None


def _is_phone(phonenumbers: object, raw: str, region: str | None) -> bool:
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(raw, region)))  # type: ignore[attr-defined]
    except phonenumbers.NumberParseException:  # type: ignore[attr-defined]
        return False

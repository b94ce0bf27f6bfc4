"""Names of persons, by the words around them and by their shape: there is no list of all names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.ai.language import language_at_a_glance

_CAPITAL = "[A-ZÀ-ÖØ-ÞĀ-Ž]"
_PART = rf"(?:{_CAPITAL}[a-zß-öø-ÿā-ž’'][^\W\d_]*(?:[’'][^\W\d_]+)?|{_CAPITAL}\.|{_CAPITAL}(?=\s{_CAPITAL}))"
_LINK = r"(?:(?:van|von|zu|zum|ten|ter|de|du|da|del|della|di|la|le|der|den|dos|das|bin|ibn|al|el|y|e)\s+)"
_RUN = rf"{_PART}(?:[ -]{_LINK}{{0,2}}{_PART}){{0,4}}"
_TITLES = r"(?:mr|mrs|ms|miss|mx|dr|prof|sir|madam|herr|frau|mme|mlle|sr|sra|srta|señor|señora|monsieur|madame|senhor|senhora|dona?)\.?"
_FAMILY = r"(?:wife|husband|partner|spouse|son|daughter|kid|child|mother|father|mum|mom|dad|brother|sister|friend|colleague|boss|neighbou?r|flatmate|landlord|landlady|assistant|secretary|frau|mann|sohn|tochter|mutter|vater|schwester|bruder|femme|mari|fils|fille|mère|père|esposa|marido|hijo|hija|madre|padre|filho|filha|mãe|pai)"
# What stands before a name. Case does not matter here, only in the name itself.
_BEFORE = (
    rf"\b{_TITLES}\s+",
    r"\b(?:name(?:s|d)?(?: \w+){0,4}?|surname|called|call(?:s|ed)? (?:me|him|her)|heiße|heisse|name ist|m'appelle|nom(?: est)?|me llamo|nombre(?: es)?|chamo-me|nome(?: é)?)\s*(?:is|was|ist|est|es|é|to|:|=|\?|as|-)?\s*(?:user:\s*)?[\"'“«]?",
    rf"\b(?:my|our|his|her|their|meine?r?|ma|mon|mi|minha|meu)\s+(?:\w+\s+)?{_FAMILY}(?:'s name)?(?:,|\s+is|\s+ist|\s+est|\s+es)?\s+",
    r"\b(?:account|card|policy|contract|policy)[ -]?(?:holder|owner)s?(?:\s+is|:)?\s+",
    r"\b(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|guten tag|bonjour|cher|chère|hola|estimad[oa]|querid[oa]|olá|car[oa]|prezad[oa])\s+",
    r"\b(?:(?:i am|i'm|i’m|this is|it's|it’s|ich bin|hier ist|je suis|soy|sou o|sou a|aqui é)\s+(?:mr|mrs|ms|dr)?\.?\s*)",
    r"\b(?:ask for|speak (?:to|with)|spoke (?:to|with)|talk(?:ed|ing)? (?:to|with)|heard from|written to|met|told|said|heard|signed by|helped by|on behalf of|in the name of|c/o|attn:?)\s+",
    rf"\b(?:said|wrote|spoke|gave|sent) (?-i:{_RUN}) to\s+",
    r"\b(?:gender|age|birthday|identity|signature|name|address|account|card|passport|order|parcel|policy|contract|estate) of\s+",
    r"(?:^|\n)[ \t]*(?:[-–—]{1,2}\s*|(?:kind |best |warm )?(?:regards|wishes)|sincerely|thanks|thank you|cheers|yours(?: \w+)?|mit freundlichen grüßen|viele grüße|lg|cordialement|bien à vous|saludos|un saludo|atentamente|obrigad[oa]|cumprimentos|atenciosamente)[,.!]?\s*\n?[ \t]*",
)  # fmt: skip
_AFTER_CUE = tuple(re.compile(rf"(?i:{before})(?<!\w)({_RUN})(?!\w)") for before in _BEFORE)
# Where nobody doubts that a name follows, capitals or not.
_SAID = re.compile(r"(?i:\b(?:my (?:full |first |last |maiden )?name is|her (?:maiden )?name is|his name is|i am called|(?:everyone|everybody|people|friends|they|you can|please|to) calls? me|je m'appelle|me llamo|ich hei(?:ß|ss)e|chamo-me)\s+)([^\W\d_]{2,}(?:[ -][^\W\d_]{2,}){0,2}?)(?=[,.;!?\n]|$|\s(?:and|but|und|et|y|e|i|from|born)\b)")  # fmt: skip
_ADDRESSED = re.compile(
    rf"(?:^|[\n.!?]\s*)({_PART}), (?=(?i:can|could|would|will|please|i|i'm|we|you|thank|how|when|where|why|what|do|did|is|are)\b)"
)
_ACTS = re.compile(rf"(?:^|[\n.!?]\s+|\b(?:why|is|did|does|has) (?:is )?)({_RUN})(?=\s+(?:is|was|so|says|said|told|wrote|called|promised|works|wants|has|will|from|speak|came|and I)\b)")  # fmt: skip
_PAIR = re.compile(rf"(?<!\w){_PART}(?:[ -]{_LINK}{{0,2}}{_PART}){{1,4}}(?!\w)")
_JAPANESE = re.compile(r"([\u4e00-\u9fff\u3040-\u30ff]{1,5}[ 　]?[\u4e00-\u9fff\u3040-\u30ff]{1,5}?)(?=と申します|様(?!子)|さん(?!ざん))|(?:名前は|氏名は?)[:：]?([\u4e00-\u9fff\u30a0-\u30ff]{1,5}[ 　]?[\u4e00-\u9fff\u30a0-\u30ff]{1,5}?)(?=です|。|、|\s)")  # fmt: skip
_SHORTENED = re.compile(r"['’](?:s|m|d|ll|re|ve|t)?$", re.I)
# Capitalised, and no person: words that begin sentences, products and firms, places, days.
_NOBODY = frozenset(
    "i a an the and or but if in on at to of for from with by as is are was it its this that these those my your our his her their we you he she they me us him them who what when where why how which can could will would"
    " should may do does did has have had not no yes ok okay please thanks thank hi hello hey dear good morning afternoon evening day regards kind best sorry also so well then now just only after before since because however still again there here"
    " today yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december black cyber christmas easter"
    " account bank card cards credit debit visa mastercard amex paypal klarna apple google amazon samsung android iphone pay wallet app store shop service services support team customer client order orders number ticket invoice refund"
    " payment transfer delivery express standard premium plus pro business personal free gold silver platinum basic classic email mail phone web site online internet help center centre contact sales office company group ltd inc llc gmbh corp"
    " sir madam mr mrs ms miss dr prof team all everyone anyone someone somebody nobody support agent manager admin user bot customer subject re fwd fw attn"
    " new york united kingdom states america north south east west europe european union germany france spain portugal italy japan china india england london paris berlin madrid lisbon ireland scotland wales switzerland austria poland netherlands belgium"
    " english german french spanish portuguese japanese italian street road avenue st suite apt unit po box"
    " iban swift sepa pin cvv otp vat usd eur gbp atm id url api sms faq usb tv pc wifi wi fi mac windows bluetooth"
    " guten tag sehr geehrte geehrter damen herren ich wir sie das der die ein eine mein meine wie was wann wo warum können bitte danke vielen bonjour merci je nous vous le la les un une mon ma mes hola gracias el los las yo mi usted olá obrigado obrigada o os eu meu minha"
    " spelled misspelled wrong incorrect incorrectly different listed missing showing shown changed written spelt updated confirmed verified registered"
    " black white red blue green friday weekend sale offer code voucher gift".split()
)

# Colours, months and the like that are surnames too: behind a first name they are.
_SURNAMES = frozenset(
    "black white green gold silver may june august day west north south england ireland france paris london berlin street lane wells best kind weekend summer".split()
)


def persons(text: str) -> list[tuple[int, int]]:
    """Where a person seems to be named, the longest first. Rather once too often: this is for eyes outside this machine."""
    cued = (hit.span(1) for pattern in (*_AFTER_CUE, _SAID, _ADDRESSED, _ACTS) for hit in pattern.finditer(text))
    found = [span for start, end in cued for span in _within(text, start, end, alone=True)]
    found += [hit.span(hit.lastindex or 0) for hit in _JAPANESE.finditer(text)]
    if not _capitalises_all(text):
        found += [span for hit in _PAIR.finditer(text) for span in _within(text, *hit.span(), alone=False)]
    return sorted(found, key=lambda span: span[0] - span[1])


def _capitalises_all(text: str) -> bool:
    """German nouns and headlines: there a capital tells nothing."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    capitals = sum(word[0].isupper() for word in words)
    return language_at_a_glance(text) == "de" or (len(words) > 8 and 2 * capitals > len(words))


def _within(text: str, start: int, end: int, *, alone: bool) -> Iterator[tuple[int, int]]:
    """The run without words at either end that name nobody. `alone`: one word suffices."""
    parts = [(hit.start() + start, hit.end() + start) for hit in re.finditer(r"[^\s]+", text[start:end])]

    def nobody(part: tuple[int, int]) -> bool:
        return _SHORTENED.sub("", text[slice(*part)].strip(".,")).lower() in _NOBODY

    def surname(part: tuple[int, int]) -> bool:
        return alone and part != parts[0] and text[slice(*part)].strip(".,").lower() in _SURNAMES

    while parts and nobody(parts[0]):
        parts.pop(0)
    while parts and nobody(parts[-1]) and not surname(parts[-1]):
        parts.pop()
    if parts and text[max(0, parts[0][0] - 3) : parts[0][0]].rstrip()[-1:].isdigit() and parts[0][1] - parts[0][0] <= 2:
        parts.pop(0)  # the last letter of a number, not an initial
    whole = [part for part in parts if part[1] - part[0] > 2]
    if whole and not any(nobody(part) and not surname(part) for part in whole) and (alone or len(parts) > 1):
        yield parts[0][0], parts[-1][1]

"""Checks: what is wrong with a draft, told sentence by sentence; an empty result is good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.governance.facts import clauses, facts, same_matter
from app.governance.placeholders import literal_placeholders
from app.governance.proposal import Draft, Finding, Passage, Sentence
from app.governance.prose import folded, links, numbers, overlap, sentences

TEMPLATE = "template#"
COVERED = 0.7  # the share of a sentence's content words that its source must hold
WHOLE = 0.8  # the share of its source's sentence that a sentence must keep before it may drop a condition
SHINGLE = 6  # so many words in a row that only an internal text has are a leak
_NAME = re.compile(r"(?<![.!?:>\"“]\s)(?<!^)\b[A-ZÄÖÜÉÈÀÁÍÓÚÑÇ][\w’'-]+")
_CARD = re.compile(r"(?<![\w+-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){3,7}(?: ?[A-Z\d]{1,3})?\b")
_MARKUP = re.compile(r"<[a-z/!][^>]*>|!?\[[^\]]*\]\([^)]*\)|^\s*\[[^\]]+\]:\s*\S+", re.I | re.M)
# Words that bind us. Harmless where an approved source says the same.
_PROMISE = re.compile(
    r"\b(?:i|we)(?:'ll| will| shall| can)? (?:personally )?(?:promise|guarantee|assure|commit|undertake|refund|reimburse|compensate|credit|waive|send you a (?:new|replacement)|make an exception|ensure|make sure)\b|\byou(?:'ll| will) (?:definitely|certainly) (?:get|receive)\b|\b(?:full refund|free of charge|no charge|at no cost|discount|voucher|goodwill|as soon as possible|within \d+ (?:hours?|days?))\b"
    r"|\b(?:wir|ich) (?:versprechen|verspreche|garantieren|garantiere|erstatten|erstatte|sichern|schreiben ihnen .{1,20} gut|ubernehmen)\b|\b(?:kostenlos|gutschein|kulanz)\b"
    r"|\b(?:nous|je) (?:promett\w+|garanti\w+|rembours\w+|assur\w+|engage\w*)\b|\b(?:gratuit\w*|bon d'achat|geste commercial)\b|\b(?:le |les )?(?:prometemos|prometo|garantizamos|reembolsamos|reembolsaremos|aseguramos)\b|\b(?:gratis|sin coste|vale de descuento)\b"
    r"|\b(?:prometemos|prometo|garantimos|reembolsamos|reembolsaremos|asseguramos)\b|\b(?:gratuito|sem custos|vale de desconto)\b|お約束|保証いたします|返金(?:いたします|します)|無料で",
)
_TONE = re.compile(
    r"(?i:\b(?:obviously|as i (?:already )?said|calm down|you should have|your (?:own )?fault|stupid|idiot|ridiculous|whatever|not our problem|deal with it|lol|wtf|damn|hell|honey|dude)\b)|!{2,}|\?{2,}|\b[A-Z]{4,}(?: [A-Z]{3,}){2,}\b",
)


def unsupported(claim: str, passages: Sequence[Passage], customer_text: str = "") -> str | None:
    """What in this sentence its passages do not say; None: all of it stands there."""
    source = "\n".join(f"{passage.title}\n{passage.text}" for passage in passages)
    said = {folded(line) for line in sentences(source)}
    if all(folded(line) in said for line in sentences(claim)):
        return None
    return next(_problems(claim, source, customer_text), None)


def _problems(claim: str, source: str, customer_text: str) -> Iterator[str]:
    """What speaks against a sentence that is not its source's own, the plainest first."""
    for read in (numbers, links, _names):
        given = _words(f"{source}\n{customer_text}") if read is _names else read(source) | read(customer_text)
        if missing := read(claim) - given:
            yield f"{_listed(missing)} is in no cited source"
    yield from _misplaced(claim, source)
    promised = _PROMISE.search(folded(claim))
    if promised and promised[0] not in folded(source):
        yield f"“{promised[0]}” promises what no cited source says"
    nearest = max(sentences(source), key=lambda line: overlap(claim, line) + 0.01 * overlap(line, claim), default="")
    if denies(claim) != denies(nearest):
        yield "it says no where its source says yes, or the other way round"
    if (left_out := _conditions(nearest) - _conditions(claim)) and overlap(nearest, claim) < WHOLE:
        yield f"it leaves out a condition of its source: “{_listed(left_out)} …”"
    if overlap(claim, source) < COVERED:
        yield "its source does not say this"


def _misplaced(claim: str, source: str) -> Iterator[str]:
    """Figures that the source states of something else: the 50 of "50 euros" is no number of days."""
    told = [(part, facts(part)) for line in sentences(source) for part in (line, *clauses(line))]
    for part in clauses(claim):
        stated = facts(part)
        holding = (
            said
            for said, known in told
            if all(values <= known.get(kind, values - values) for kind, values in stated.items())
        )
        if stated and not any(same_matter(part, said) or overlap(part, said) >= COVERED for said in holding):
            yield f"its source does not state “{part}”"


def _names(text: str) -> frozenset[str]:
    """Capitalised words inside a sentence; German nouns too, which its German source then holds as well."""
    return frozenset(match[0].lower() for match in _NAME.finditer(text))


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[\w’'-]+", text))


_NO = re.compile(
    r"\b(?:not|no|never|cannot|can't|don't|doesn't|won't|without|nicht|kein\w*|nie|ohne|pas|jamais|aucun\w*|sans|nunca|sin"
    r"|ningun\w*|nao|sem|nenhum\w*)\b|ません|ない"
)
_CONDITION = re.compile(
    r"\b(?:if|unless|only|except|until|as long as|for (?:orders|new|members|customers)|or more|up to|from|nur|wenn|falls|ab|bis|sofern|ausser|solange"
    r"|si|seulement|sauf|jusqu'a|a partir|solo|salvo|hasta|se|apenas|exceto|ate|members?|mitglieder|membres|miembros|membros)\b|のみ|場合|以上|まで|会員"
)


def denies(text: str) -> bool:
    """Does it say no? Twice no is yes."""
    return len(_NO.findall(folded(text))) % 2 == 1


def _conditions(text: str) -> frozenset[str]:
    """The words that bind a statement to a case."""
    return frozenset(_CONDITION.findall(folded(text)))


def support(draft: Draft, passages: Iterable[Passage], customer_text: str) -> list[Finding]:
    """Each sentence rests on passages that were retrieved; templates are ours, a person's own words are theirs."""
    known = {passage.id: passage for passage in passages}
    found = []
    for at, sentence in enumerate(draft.sentences):
        cited = [source for source in sentence.sources if not source.startswith(TEMPLATE)]
        if not cited:
            continue
        if missing := [source for source in cited if source not in known]:
            found.append(Finding("support", f"{_quoted(sentence)} cites {missing[0]}, which was not retrieved", at))
        elif problem := unsupported(sentence.text, [known[source] for source in cited], customer_text):
            found.append(Finding("support", f"{_quoted(sentence)}: {problem}", at))
    return found


def foreign_links(draft: Draft, allowed: str) -> list[Finding]:
    """Addresses that neither a source nor the customer gave."""
    known = links(allowed)
    return [
        Finding("link", f"{_quoted(sentence)}: {_listed(strange)} comes from no source and not from the customer", at)
        for at, sentence in enumerate(draft.sentences)
        if (strange := links(sentence.text) - known)
    ]


Runs = frozenset[tuple[str, ...]]
"""Of words in a row; of characters in Japanese."""


def secret(internal: Iterable[Passage], public: Iterable[Passage]) -> Runs:
    """What only internal texts have: found once for all drafts that are held against it."""
    return _shingles(passage.text for passage in internal) - _shingles(passage.text for passage in public)


def leaks(draft: Draft, secret: Runs) -> list[Finding]:
    """Where a draft repeats what is secret."""
    return [
        Finding("internal", f"{_quoted(sentence)} repeats an internal text that no customer may see", at)
        for at, sentence in enumerate(draft.sentences)
        if _shingles([sentence.text]) & secret
    ]


def _shingles(texts: Iterable[str]) -> Runs:
    """Of words; of characters in Japanese, which has no spaces."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+", folded(text))
        size = SHINGLE if words and len("".join(words)) > 2 * len(words) else 2 * SHINGLE
        found.update(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
    return frozenset(found)


def account_numbers(draft: Draft) -> list[Finding]:
    """Card numbers and IBANs never travel in a reply, whoever wrote them."""
    return [
        Finding("personal-data", f"{kind} in a reply: remove it", at)
        for at, sentence in enumerate(draft.sentences)
        for kind, pattern, valid in (("a card number", _CARD, _luhn), ("an IBAN", _IBAN, _mod97))
        if any(valid(hit[0]) for hit in pattern.finditer(sentence.text))
    ]


def _luhn(raw: str) -> bool:
    digits = [int(char) for char in re.sub(r"\D", "", raw)][::-1]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _mod97(raw: str) -> bool:
    plain = raw.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def manners(draft: Draft) -> list[Finding]:
    """Words that hurt, and markup that a plain reply has no use for."""
    found = []
    for at, sentence in enumerate(draft.sentences):
        if rude := _TONE.search(sentence.text):
            found.append(Finding("tone", f"{_quoted(sentence)}: “{rude[0]}” is not how we write", at))
        if mark := _MARKUP.search(sentence.text):
            found.append(Finding("markup", f"{_quoted(sentence)}: “{mark[0][:40]}” is markup, not text", at))
    return found


def edited(
    draft_text: str, previous: Draft, passages: Sequence[Passage], customer_text: str
) -> tuple[Draft, tuple[Finding, ...]]:
    """A person's edit: unchanged sentences keep their sources, changed ones have none and are the approver's word.

    `passages` are all that the checks may know, internal ones among them.
    """
    known = {sentence.text: sentence.sources for sentence in previous.sentences}
    changed = Draft(draft_text, tuple(Sentence(text, known.get(text, ())) for text in sentences(draft_text)))
    public = [passage for passage in passages if passage.audience == "public"]
    internal = [passage for passage in passages if passage.audience != "public"]
    allowed = "\n".join((customer_text, *(passage.text for passage in public)))
    found = [
        *foreign_links(changed, allowed),
        *account_numbers(changed),
        *leaks(changed, secret(internal, public)),
        *manners(changed),
        *literal_placeholders(changed),
        *([] if draft_text.strip() else [Finding("empty", "there is nothing to send")]),
    ]
    return changed, tuple(found)


def kept(findings: Sequence[Finding], previous: Draft, changed: Draft) -> tuple[Finding, ...]:
    """What an edit does not heal: what the checks said of sentences that still stand, and of the customer's message."""
    where = {sentence.text: at for at, sentence in enumerate(changed.sentences)}
    moved = [
        replace(finding, sentence=where.get(previous.sentences[finding.sentence].text))
        for finding in findings
        if finding.sentence is not None
    ]
    of_the_message = [finding for finding in findings if finding.sentence is None and finding.check == "injection"]
    standing = [finding for finding in moved if finding.sentence is not None and finding.check in _BY_MODEL]
    return (*of_the_message, *standing)


# Checks that an edit cannot run again, since they read sources and models beside the words.
_BY_MODEL = frozenset({"support", "personal-data", "language"})


def _quoted(sentence: Sentence) -> str:
    text = sentence.text
    return f"“{text if len(text) <= 70 else text[:70] + '…'}”"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))

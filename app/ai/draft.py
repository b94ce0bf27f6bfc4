"""Draft: a reply made of what approved sources say, each sentence with its source, or an abstention with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from app.ai.answers import wanted
from app.ai.conflict import conflict
from app.ai.described import category_of
from app.ai.extract import answering, is_vague, questions
from app.ai.letters import written
from app.ai.mind import Mind
from app.ai.mishaps import unspoken
from app.ai.model import Model, ModelFailed
from app.ai.redact import redacted, redactions
from app.governance.checks import unsupported
from app.governance.proposal import Abstention, Draft, Passage, Proposal, Sentence, Tier

SPEAKING = 3  # the nearest passages, one of which must speak of what went wrong
SHAPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"text": {"type": "string"}, "sources": {"type": "array", "items": {"type": "string"}}},
                "required": ["text", "sources"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}
_REFERENCE = re.compile(
    r"(?:order|ticket|parcel|tracking|shipment|invoice|bestell\w*|sendung\w*|auftrag\w*|commande|colis|suivi|pedido|encomenda|rastreio|注文|伝票)\W{0,3}(?:n(?:umber|ummer|o|r|um|úmero|uméro|º|°)?\.?\b|id\b|#|番号)?\W{0,8}(?:[A-Z]{0,4}-?)\d{4,}",
    re.I,
)
_OWN_RECORD = re.compile(
    r"\b(?:what(?:'s| is)|how much is|check|look up|tell me|show me|confirm)\b.{0,30}\bmy (?:(?:current |account |card )?balance|order status|order total|credit|limit left|account number|delivery date|last (?:order|payment|invoice)s?)\b"
    r"|\b(?:has|did|was|is) (?:my|the) (?:order|parcel|package|payment|refund|return|invoice)\b.{0,40}\b(?:shipped|sent|dispatched|arrived|received|paid|processed|booked|delivered|lost)\b"
    r"|\bwie hoch ist mein\b|\bwurde mein\w* (?:bestellung|paket|zahlung)\b|\bquel est mon solde\b|\bma commande a-t-elle\b|\bcuál es mi saldo\b|\bse ha enviado mi\b|\bqual é o meu saldo\b|\bminha encomenda (?:já )?foi\b|残高はいくら|発送されましたか",
    re.I,
)


def draft(proposal: Proposal, mind: Mind, instruction: str = "") -> Proposal:
    """Adds draft or abstained, never both. `instruction`: a person's wish, which adds no fact and lifts no rule."""
    outcome = (
        _why_not(proposal)
        or _unspoken(proposal, mind)
        or (
            _by_model(proposal, mind, mind.model, instruction)
            if mind.model is not None
            else _by_extraction(proposal, mind, instruction)
        )
    )
    if isinstance(outcome, Draft):
        outcome = _contradicted(outcome, proposal, mind) or outcome
    if isinstance(outcome, Draft):
        return replace(proposal, draft=outcome, abstained=None)
    return replace(proposal, draft=None, abstained=outcome)


def _why_not(proposal: Proposal) -> Abstention | None:
    """The first thing that rules a draft out before anything is written."""
    text = proposal.text or ""
    names = ", ".join(sorted({trigger.trigger for trigger in proposal.triggers or ()}))
    reasons = (
        ("machine-mail", proposal.machine_mail != (), "a machine wrote this message; nobody waits for an answer"),
        (
            "tier-3",
            proposal.tier in {None, Tier.HIGH_STAKES},
            "legal, safety or money movement: only people write to this customer",
        ),
        ("tier-3", proposal.triggers != (), f"a person's matter: {names or 'triggers were not read'}"),
        ("no-source", not text.strip(), "the message has no words to answer"),
        (
            "needs-account-data",
            _asks_own_record(text),
            "only the customer's own record answers this, and no look-up is connected",
        ),
        ("no-source", not proposal.passages, "no approved source answers this"),
    )
    return next((Abstention(why, words) for why, holds, words in reasons if holds), None)


def _asks_own_record(text: str) -> bool:
    """A number of theirs, unless they ask how something is done: that is the same for every order."""
    named = _REFERENCE.search(text) is not None and "steps" not in wanted(text)
    return named or _OWN_RECORD.search(text) is not None


def _unspoken(proposal: Proposal, mind: Mind) -> Abstention | None:
    """A reply about the neighbourhood of what went wrong is worse than none."""
    words = unspoken(proposal.text or "", (proposal.passages or ())[:SPEAKING], mind, proposal.language)
    return Abstention("no-source", f"no approved source speaks of “{_short(words)}”") if words else None


def _contradicted(written: Draft, proposal: Proposal, mind: Mind) -> Abstention | None:
    """Where another source gives another figure for the same matter, neither is told to a customer."""
    passages = proposal.passages or ()
    for sentence in written.sentences:
        if other := conflict(sentence, passages, mind, proposal.language):
            words = f"two approved sources differ: “{sentence.text}” ({', '.join(sentence.sources)}) and “{other[1]}” ({other[0].id})"
            return Abstention("sources-contradict", words)
    return None


def _by_extraction(proposal: Proposal, mind: Mind, instruction: str) -> Draft | Abstention:
    text, passages = proposal.text or "", proposal.passages or ()
    paragraphs, left = answering(text, passages, mind, proposal.language, wish=instruction)
    if not paragraphs or left == questions(proposal.text or ""):
        return Abstention("no-source", "no approved source answers this")
    if left := left or _about_something_else(proposal, mind):
        return Abstention("partly-covered", f"no approved source answers “{_short(left[0])}”")
    return written(_language_of(proposal.passages or ()), paragraphs, mind.policy.name)


def _about_something_else(proposal: Proposal, mind: Mind) -> list[str]:
    """Questions of a message with several that surely belong to a category with other sources."""
    asks = [ask for ask in questions(proposal.text or "") if not is_vague(ask)]
    here = mind.policy.category(proposal.category)
    others = [mind.policy.category(category_of(ask, proposal.language, mind)) for ask in asks] if len(asks) > 1 else []
    return [
        ask
        for ask, other in zip(asks, others, strict=False)
        if here is not None and other is not None and not set(other.sources) & set(here.sources)
    ]


def _by_model(proposal: Proposal, mind: Mind, model: Model, instruction: str) -> Draft | Abstention:
    """The model's sentences, as far as the passages carry them. A failure is a reason, never a fallback in disguise."""
    passages = {passage.id: passage for passage in proposal.passages or ()}
    try:
        answer = model.ask(_prompt(proposal, instruction), SHAPE, model.budget())
    except ModelFailed as failure:
        return Abstention("model-failed", f"the language model gave no usable draft: {failure}")
    offered = [Sentence(item["text"].strip(), tuple(item["sources"])) for item in answer["sentences"]]
    kept = [sentence for sentence in offered if _carried(sentence, passages, proposal.text or "")]
    if not offered:
        return Abstention("no-source", "the language model found no answer in the approved sources")
    if not kept or 2 * len(kept) < len(offered):
        return Abstention("check-failed", "no approved source supports what the language model wrote")
    return written(_language_of(proposal.passages or ()), [kept], mind.policy.name)


def _carried(sentence: Sentence, passages: dict[str, Passage], customer: str) -> bool:
    """One line, citing only passages it was given, and saying nothing that they do not."""
    known = [passages[source] for source in sentence.sources if source in passages]
    whole = bool(sentence.text) and "\n" not in sentence.text and len(known) == len(sentence.sources) > 0
    return whole and not unsupported(sentence.text, known, customer)


def _prompt(proposal: Proposal, instruction: str) -> str:
    passages = "\n\n".join(f"[{passage.id}] {passage.title}\n{passage.text}" for passage in proposal.passages or ())
    template = files("app.ai").joinpath("prompts", "draft.md").read_text(encoding="utf-8")
    wish = f"\n<wish>\n{instruction}\n</wish>\n" if instruction else ""
    text = (proposal.text or "")[:6000]
    message = redacted(text, redactions(text))  # names, addresses and numbers of theirs: no answer needs them
    return template.format(wish=wish, language=proposal.language or "en", passages=passages, message=message)


def _language_of(passages: Sequence[Passage]) -> str:
    """A reply is in the language of its sources: their words are kept."""
    return passages[0].language if passages else "en"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:80] + "…"

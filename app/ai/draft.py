"""Draft: a reply made of what approved sources say, each sentence with its source, or an abstention with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from app.ai.answers import wanted
from app.ai.by_model import by_model
from app.ai.conflict import conflict
from app.ai.described import category_of
from app.ai.extract import answering, is_vague, questions
from app.ai.letters import written
from app.ai.mind import Mind
from app.ai.mishaps import unsaid, unspoken
from app.ai.retrieve import strays
from app.governance.lookups import looked_up
from app.governance.placeholders import Facts
from app.governance.proposal import Abstention, Draft, Passage, Proposal, Sentence, Tier
from app.governance.prose import sentences

SPEAKING = 3  # the nearest passages, one of which must speak of what went wrong
_REFERENCE = re.compile(
    r"(?:order|ticket|parcel|tracking|shipment|invoice|bestell\w*|sendung\w*|auftrag\w*|commande|colis|suivi|pedido|encomenda|rastreio|注文|伝票)\W{0,3}(?:n(?:umber|ummer|o|r|um|úmero|uméro|º|°)?\.?\b|id\b|#|番号)?\W{0,8}(?:[A-Z]{0,4}-?)\d{4,}",
    re.I,
)
_OWN_RECORD = re.compile(
    r"\b(?:what(?:'s| is)|how much is|check|look up|tell me|show me|confirm)\b.{0,30}\bmy (?:(?:current |account |card )?balance|order status|order total|credit|limit left|account number|delivery date|last (?:order|payment|invoice)s?)\b"
    r"|\b(?:has|did|was|is|if|whether) (?:my|the) (?:order|parcel|package|payment|refund|return|invoice|transfer|top-?up|withdrawal|deposit)\b.{0,40}\b(?:shipped|sent|dispatched|arrived|received|paid|processed|booked|delivered|lost|worked|(?:go|went|gone) through)\b"
    r"|\bwie hoch ist mein\b|\bwurde mein\w* (?:bestellung|paket|zahlung)\b|\bquel est mon solde\b|\bma commande a-t-elle\b|\bcuál es mi saldo\b|\bse ha enviado mi\b|\bqual é o meu saldo\b|\bminha encomenda (?:já )?foi\b|残高はいくら|発送されましたか",
    re.I,
)


def draft(proposal: Proposal, mind: Mind, instruction: str = "", facts: Facts | None = None) -> Proposal:
    """Adds draft or abstained, never both. `instruction`: a person's wish, which adds no fact and lifts no rule.

    `facts`: what the host says of who asks, so that a model outside this machine is not told their name.
    """
    outcome = (
        _why_not(proposal, mind)
        or (_unspoken(proposal, mind) if not looked_up(proposal) else _by_facts(proposal, mind))
        or (
            by_model(proposal, mind.model, mind.policy.name, instruction, facts)
            if mind.model is not None
            else _by_extraction(proposal, mind, instruction)
        )
    )
    if isinstance(outcome, Draft) and not looked_up(proposal):  # what holds for one order contradicts nothing
        said = outcome.sentences
        outcome = _contradicted(said, proposal, mind) or _unsaid(said, proposal, mind) or outcome
    if isinstance(outcome, Draft):
        return replace(proposal, draft=outcome, abstained=None)
    return replace(proposal, draft=None, abstained=outcome)


def _why_not(proposal: Proposal, mind: Mind) -> Abstention | None:
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
            _asks_own_record(text) and not looked_up(proposal),
            "only the customer's own record answers this, and no look-up of this category tells it",
        ),
    )
    found = next((Abstention(why, words) for why, holds, words in reasons if holds), None)
    return found or (None if proposal.passages else Abstention("no-source", _why_nothing(proposal, mind)))


def _why_nothing(proposal: Proposal, mind: Mind) -> str:
    """It may be the category that is unsure, and not the sources that are silent. Overdue ones count as they would, renewed."""
    category = mind.policy.category(proposal.category)
    if category is None:
        return "it is not sure what this is about, so no source was searched"
    own = mind.passages_for(category, proposal.language, date.min)
    if strays(proposal.text or "", own, mind, proposal.language):
        return f"it may not be about {category.name}: a source of another category is nearer"
    return "no approved source answers this"


def _asks_own_record(text: str) -> bool:
    """A number of theirs, unless they ask how something is done: that is the same for every order."""
    named = _REFERENCE.search(text) is not None and "steps" not in wanted(text)
    return named or _OWN_RECORD.search(text) is not None


def _unspoken(proposal: Proposal, mind: Mind) -> Abstention | None:
    """A reply about the neighbourhood of what went wrong is worse than none. Whoever writes one must know what is disputed."""
    passages = (proposal.passages or ())[:SPEAKING]
    words = unspoken(proposal.text or "", passages, mind, proposal.language)
    if not words:
        return None
    nearest = [Sentence(line, (passage.id,)) for passage in passages[:1] for line in sentences(passage.text)]
    return _contradicted(nearest, proposal, mind) or _silent_on(words)


def _unsaid(claims: Sequence[Sentence], proposal: Proposal, mind: Mind) -> Abstention | None:
    """What is told must speak of what went wrong, not only something beside it."""
    cited = {source for sentence in claims for source in sentence.sources}
    passages = [passage for passage in proposal.passages or () if passage.id in cited]
    words = unsaid(proposal.text or "", passages, mind, proposal.language)
    return _silent_on(words) if words else None


def _silent_on(words: str) -> Abstention:
    return Abstention("no-source", f"no approved source speaks of “{_short(words)}”")


def _contradicted(claims: Sequence[Sentence], proposal: Proposal, mind: Mind) -> Abstention | None:
    """Where another source gives another figure for the same matter, neither is told to a customer."""
    passages = proposal.passages or ()
    for sentence in claims:
        if other := conflict(sentence, passages, mind, proposal.language):
            words = f"two approved sources differ: “{sentence.text}” ({', '.join(sentence.sources)}) and “{other[1]}” ({other[0].id})"
            return Abstention("sources-contradict", words)
    return None


def _by_facts(proposal: Proposal, mind: Mind) -> Draft | Abstention | None:
    """The customer's own facts and nothing of their neighbourhood; None where a model is to find the words."""
    if left := _about_something_else(proposal, mind):
        return Abstention("partly-covered", f"no approved source answers “{_short(left[0])}”")
    if mind.model is not None:
        return None
    told = looked_up(proposal)
    paragraphs = [[Sentence(line, (passage.id,)) for line in sentences(passage.text)] for passage in told]
    return written(told[0].language, paragraphs, mind.policy.name)


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


def _language_of(passages: Sequence[Passage]) -> str:
    """A reply is in the language of its sources: their words are kept."""
    return passages[0].language if passages else "en"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:80] + "…"

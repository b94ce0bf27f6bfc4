"""Classify: what the message is about, how much is at stake and how soon; words first, model second, the higher wins."""

from __future__ import annotations

from dataclasses import replace

from app.ai import described
from app.ai.mind import Mind
from app.ai.spelling import slips
from app.ai.tiers import UNKNOWN, Judged
from app.ai.urgency import urgency_of
from app.governance import disclosure
from app.governance.correction import UNCORRECTED, Correction
from app.governance.escalation import tier_of, triggers_in
from app.governance.proposal import Proposal, Tier, Trigger
from app.governance.prose import sentences

READ = 800  # characters of a message as one whole; the sentences beyond are read one by one
MOST_SENTENCES = 12
PERSON = "asks-for-person"
SHORTEST = 3  # words; less is a greeting


def classify(proposal: Proposal, mind: Mind, said: Correction = UNCORRECTED) -> Proposal:
    """Adds category, tier, confidence, urgency and triggers. The model may raise what the words say, never lower it.

    `said`: where a person set it right. The category they picked brings its own tier; nothing they say lowers that.
    """
    full_text = proposal.full_text or ""
    triggers = said.left(_triggers(full_text, proposal, mind))
    sight = sighted(proposal, mind)
    picked = mind.policy.category(said.category)
    label = picked.name if picked is not None else sight.likeliest if said.stakes else sight.label
    category, feared = mind.policy.category(label), sight.tier
    if said.stakes or (picked and sight.label is None):  # finding no category asks for judgement; now there is one
        feared = Tier.LOOKUP
    # A label that the policy does not know has no floor to reach, and no mode in which anything could be sent.
    floor = category.confidence_floor if category is not None else 0.0 if label is not None else 1.0
    own = category.tier if category is not None else Tier.LOOKUP if label is not None else Tier.JUDGEMENT
    judged = max(tier_of(_telling(triggers, mind)), feared, own)
    return replace(
        proposal,
        triggers=triggers,
        category=label,
        confidence=round(sight.confidence, 3),
        judged=judged,
        tier=judged if picked or sight.confidence >= floor else max(judged, Tier.JUDGEMENT),
        urgency=urgency_of(full_text, triggers),
    )


def _telling(triggers: tuple[Trigger, ...], mind: Mind) -> tuple[Trigger, ...]:
    """The triggers that speak of tiers. Where history taught the tiers, what a model merely heard hands over, and no more."""
    return triggers if mind.learned is None else tuple(hit for hit in triggers if hit.by == "words")


def sighted(proposal: Proposal, mind: Mind) -> Judged:
    """What the message is about: by labelled history where `learn` has read some, else by what the policy says."""
    queries = _queries(proposal)
    if (
        not queries or proposal.machine_mail
    ):  # a machine asks nothing; the words of its mail are read for triggers all the same
        return UNKNOWN
    if mind.learned is not None:
        return mind.learned.judge(queries[:1], mind.embedder)[0]
    return described.judge(queries, proposal.language, mind)


def _triggers(full_text: str, proposal: Proposal, mind: Mind) -> tuple[Trigger, ...]:
    """What the phrases find, misspelled or not; and what the model hears beside them, unless a machine is speaking."""
    by_words = triggers_in(full_text, mind.policy, slips(full_text, proposal.language))
    alarms = None if proposal.machine_mail else mind.alarms
    heard = alarms.heard(full_text, proposal.language, mind.embedder) if alarms is not None else ()
    word = disclosure.asks_for_a_person(proposal.text or "", mind.policy)
    if word and not any(trigger.trigger == PERSON for trigger in by_words):
        by_words = (*by_words, Trigger(PERSON, word))
    found = {trigger.trigger for trigger in by_words}
    return (*by_words, *(trigger for trigger in heard if trigger.trigger not in found))


def _queries(proposal: Proposal) -> list[str]:
    """The message as a whole, and its sentences where it has several: one question may hide in a long mail."""
    text = proposal.text or ""
    whole = text if len(text.split()) >= SHORTEST or len(text) > 8 else f"{proposal.subject}. {text}"
    if not any(char.isalpha() for char in whole):
        return []
    parts = [part for part in sentences(text) if len(part.split()) >= SHORTEST or len(part) > 2 * READ // 100]
    return [whole[:READ], *(parts[:MOST_SENTENCES] if len(parts) > 1 else [])]

"""Corrective: a message in which people set right what an answer had wrong, under the rules of what it sets right."""

from __future__ import annotations

from dataclasses import replace

from app.governance.policy import Mode, Policy, Rule
from app.governance.proposal import Proposal

CATEGORY = "(correction)"  # no category of a policy may begin like this


def begun(answer: Proposal, comment: str) -> Proposal:
    """From what was answered: the same customer's question, judged as it was; nothing of the old draft, and no trigger."""
    lasting = tuple(passage for passage in answer.passages or () if passage.until is None)
    return replace(
        answer, comment=comment, corrects=answer.category or "", category=CATEGORY, confidence=1.0, judged=answer.tier,
        triggers=(), machine_mail=(), passages=lasting or None, draft=None, findings=None, abstained=None, summary=None,
    )  # fmt: skip


def policy_for(proposal: Proposal, policy: Policy | None) -> Policy | None:
    """The policy in force; for a correction, and for nothing else, with the rules of the answer under its own name.

    The published ceiling stays the ceiling, and a person always sends. A freeze of the answer's category speaks of what
    the machine drafts, and people wrote this; one of the queue or of everything stops it, as the switch does.
    """
    was = policy.category(proposal.corrects) if policy and proposal.corrects else None
    if policy is None or was is None:
        return policy
    spoken = (*was.languages, *([proposal.language] if proposal.language else ()))
    mine = replace(was, name=CATEGORY, mode=Mode.ASSISTED, confidence_floor=0.0, languages=spoken)
    return replace(policy, categories=(mine,), rules=tuple(_renamed(rule, was.name) for rule in policy.rules))


def _renamed(rule: Rule, name: str) -> Rule:
    return replace(rule, categories=tuple(CATEGORY if one == name else one for one in rule.categories))

"""Golden set: messages whose drafts people reviewed, drafted again after an update to see whether it drafts as before."""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from math import ceil, log

from app.governance.fingerprint import Making, changes
from app.governance.policy import Policy
from app.governance.proposal import Proposal
from app.governance.reviews import EvidencePlan

RELEASED = frozenset(
    {"prompts", "retrieval"}
)  # what a release or `learn` brings: code, prompts, how passages are found


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """All that matters of what the stages made of one message: two that are equal would have had the same review."""

    category: str | None
    sure: bool  # of the category, as the policy asks
    ceiling: str | None  # the boldest mode that the policy leaves to that category
    tier: int | None
    triggers: tuple[str, ...]
    machine_mail: tuple[str, ...]
    injection: tuple[str, ...]
    language: str | None
    draft: str | None
    sources: tuple[tuple[str, ...], ...]  # sentence by sentence
    abstained: str | None
    findings: tuple[tuple[str, int | None], ...]


def made_of(proposal: Proposal, policy: Policy) -> Made:
    """That, under this policy."""
    category, draft = policy.category(proposal.category), proposal.draft
    return Made(
        category=proposal.category,
        sure=category is not None and (proposal.confidence or 0.0) >= category.confidence_floor,
        ceiling=category.ceiling.label if category else None,
        tier=int(proposal.tier) if proposal.tier else None,
        triggers=tuple(sorted({hit.trigger for hit in proposal.triggers or ()})),
        machine_mail=tuple(sorted({one.kind for one in proposal.machine_mail or ()})),
        injection=tuple(sorted({one.kind for one in proposal.injection or ()})),
        language=proposal.language,
        draft=draft.text if draft else None,
        sources=tuple(sentence.sources for sentence in draft.sentences) if draft else (),
        abstained=proposal.abstained.why if proposal.abstained else None,
        findings=tuple((one.check, one.sentence) for one in proposal.findings or ()),
    )


def differing(before: Made, after: Made) -> tuple[str, ...]:
    """Which parts are not exactly equal; none: nobody could tell the two apart."""
    return tuple(part.name for part in fields(Made) if getattr(before, part.name) != getattr(after, part.name))


def told_apart(before: Made, after: Made, part: str) -> tuple[str, str]:
    """What one of these parts was and is, for people; of a draft only the lines that differ."""
    was, now = getattr(before, part), getattr(after, part)
    if part != "draft" or was is None or now is None:
        return _in_words(was), _in_words(now)
    old, new = was.splitlines(), now.splitlines()
    changed = [one for one in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if one[0] != "equal"]
    gone = [line for _, begin, end, _, _ in changed for line in old[begin:end]]
    come = [line for _, _, _, begin, end in changed for line in new[begin:end]]
    return "\n".join(gone), "\n".join(come)


def _in_words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_in_words(one) for one in value if one not in (None, ())) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def is_release(before: Making, after: Making) -> bool:
    """Did only the release change? Another model, rule or source is meant to draft otherwise: that evidence is gone."""
    return set(changes(before, after)) <= RELEASED


def wanted(plan: EvidencePlan, counted: int) -> int:
    """How many equal drafts carry the evidence over: every review, or so many that more than the promised share of
    different ones would have shown (one look, none allowed: ln α / ln p0).
    """
    return min(counted, ceil(log(plan.alpha) / log(plan.p0)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of drafting the golden set again."""

    wanted: int
    compared: int
    different: int

    @property
    def carries(self) -> bool:
        """Does the evidence hold for the new release too? Too few to tell is a no."""
        return self.compared >= self.wanted > 0 and self.different == 0

    @property
    def why(self) -> str:
        """In words for the page and the log."""
        if self.different:
            them = "message comes" if self.different == 1 else "messages come"
            return f"{self.different} {them} out different since the update, of {self.compared} reviewed ones and some of other categories"
        if not self.carries:
            return f"only {self.compared} of {self.wanted} reviewed messages could be drafted again"
        return f"all {self.compared} reviewed messages come out exactly as before the update"

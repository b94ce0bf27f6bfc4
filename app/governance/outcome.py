"""Outcome: what became of a proposal once people had to do with it. Each ends in exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.governance.likeness import is_like
from app.governance.material import Reply, Weight, material_edit
from app.governance.proposal import Draft, Proposal
from app.governance.reviews import Outcome


class How(StrEnum):
    """By which act."""

    CLICKED = "clicked"
    BATCH = "batch"
    BY_HAND = "by hand"
    NOBODY = "nobody"  # no act of a person: superseded, or left for seven days


@dataclass(frozen=True, slots=True)
class First:
    """The draft as it was first offered: what every later wording is compared with, and under what it is counted."""

    text: str
    language: str | None
    category: str | None
    tier: int | None

    @classmethod
    def of(cls, proposal: Proposal, draft: Draft) -> First:
        """As this proposal offers it now."""
        written_in = proposal.passages[0].language if proposal.passages else proposal.language
        return cls(draft.text, written_in, proposal.category, int(proposal.tier) if proposal.tier else None)


_WEIGHED = {Weight.NONE: Outcome.ACCEPTED, Weight.LIGHT: Outcome.LIGHT_EDIT, Weight.MATERIAL: Outcome.MATERIAL_EDIT}


def of_sent(first: First | None, text: str) -> tuple[Outcome, tuple[str, ...]]:
    """(what this answer makes of the draft first offered, what an edit changed)."""
    if first is None:
        return Outcome.ACCEPTED, ()
    edit = material_edit(Reply(first.text), Reply(text), first.language)
    return _WEIGHED[edit.weight], edit.kinds


def of_answer(first: First | None, text: str) -> tuple[Outcome, tuple[str, ...]]:
    """The same of an answer that a person wrote or inserted: without likeness to a draft it is their own."""
    if first is None or not is_like(first.text, text, first.language):
        return Outcome.OWN_ANSWER, ()
    return of_sent(first, text)

"""Correction: what people said about a message where the machine had it wrong; applied whenever it is judged anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.governance.proposal import Proposal, Tier, Trigger

LONGEST = 500  # characters of an instruction


@dataclass(frozen=True, slots=True)
class Correction:
    """All of it since the message came. It says what the message is; what is allowed then, the rules decide anew."""

    category: str | None = None  # picked by a person, so being unsure no longer stands in the way
    cleared: tuple[str, ...] = ()  # who saw it and which trigger, `words:legal`, that is none here; any other still is
    stakes: bool = False  # a reviewer said that it is not high stakes, whatever the model fears; its category still may
    instruction: str = ""  # how a person wants the draft; it can add no fact that no approved source states

    def __bool__(self) -> bool:
        """Did anybody correct anything?"""
        return self != UNCORRECTED

    def and_then(self, newer: Correction) -> Correction:
        """Both together; the newer word counts."""
        return Correction(
            category=newer.category or self.category,
            cleared=tuple(sorted({*self.cleared, *newer.cleared})),
            stakes=self.stakes or newer.stakes,
            instruction=newer.instruction or self.instruction,
        )

    def left(self, triggers: Iterable[Trigger]) -> tuple[Trigger, ...]:
        """The triggers that nobody has cleared. Clearing words clears what a model heard too, never the other way."""
        return tuple(hit for hit in triggers if not {signed(hit), f"words:{hit.trigger}"} & {*self.cleared})


def signed(hit: Trigger) -> str:
    """A trigger with who saw it: the phrases or a model."""
    return f"{hit.by}:{hit.trigger}"


UNCORRECTED = Correction()


def needs_reviewer(proposal: Proposal) -> bool:
    """An agent may clear what a model alone saw in a message; words of the code floor and tier 3 take a reviewer."""
    by_code = any(trigger.by != "model" for trigger in proposal.triggers or ())
    return by_code or proposal.triggers is None or proposal.tier in {None, Tier.HIGH_STAKES}

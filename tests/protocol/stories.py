"""How a weakened protocol goes wrong, told step by step."""

from __future__ import annotations

from collections.abc import Iterator

from tests.protocol.explore import Found
from tests.protocol.model import Weakening

LATE, TWICE, UNTOLD = 1, 2, 3
INVARIANTS = {
    LATE: "something is sent after CONFIRMED",
    TWICE: "a message is sent twice",
    UNTOLD: "our row does not tell the truth",
}
# What each weakening breaks, and all that it breaks; the first five are the table of GOVERNANCE.md 5.5.
FALLS = {
    Weakening.NO_FENCE: {LATE, TWICE, UNTOLD},
    Weakening.SWITCH_BEFORE_CLAIM: {LATE, TWICE, UNTOLD},
    Weakening.NO_STAMP: {LATE, TWICE, UNTOLD},
    Weakening.FENCE_NOT_READ_BACK: {LATE, TWICE, UNTOLD},
    Weakening.NO_ATTEMPT_CAS: {LATE, UNTOLD},
    Weakening.ANY_COPY_READ: {TWICE, UNTOLD},
    Weakening.NO_IS_PROOF: {TWICE, UNTOLD},
    Weakening.NO_FENCE_NO_WAIT: {LATE},
    Weakening.GONE_IS_PROOF: {TWICE, UNTOLD},
}


def told(found: Found) -> Iterator[str]:
    """The shortest way into each kind of trouble."""
    for number, story in sorted(found.stories.items()):
        yield f"  {number}. {INVARIANTS[number]}, in {len(story)} steps:"
        yield from (f"     {step:>2} {line}" for step, line in enumerate(story, 1))

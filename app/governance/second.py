"""Second reviews: which reviews another person repeats, drawn by the plan's own seed, so that nobody picks them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from math import ceil

from app.governance.reviews import EvidencePlan, Outcome, Review, counted_of, reading_floor, under

SAYS = (Outcome.ACCEPTED, Outcome.LIGHT_EDIT, Outcome.MATERIAL_EDIT, Outcome.REJECTED)
"""What a person may say of a draft that somebody else has judged."""


def wanted(reviews: Sequence[Review], plan: EvidencePlan) -> tuple[Review, ...]:
    """Whose turn it is: of the reviews that count, the ones drawn first, until the plan's share has a second one."""
    counted = counted_of(reviews, plan)
    missing = ceil(plan.doubled_share * len(counted)) - sum(one.second is not None for one in counted)
    open_ones = [one for one in counted if one.second is None and one.reviewer and one.outcome in SAYS]
    return tuple(sorted(open_ones, key=lambda one: _drawn(plan, one))[: max(missing, 0)])


def _drawn(plan: EvidencePlan, review: Review) -> bytes:
    return hmac.digest(plan.seed.encode(), review.proposal.encode(), hashlib.sha256)


def disputed(reviews: Sequence[Review], plan: EvidencePlan) -> tuple[Review, ...]:
    """Two people found otherwise, and nobody has settled it."""
    return tuple(one for one in under(reviews, plan) if one.is_disputed and not one.withdrawn)


def own_answers(reviews: Sequence[Review], plan: EvidencePlan) -> tuple[Review, ...]:
    """Answered in somebody's own words, which counts as a failure until a reviewer finds that the draft was good too."""
    mine = (one for one in under(reviews, plan) if not one.withdrawn and one.settled is None)
    return tuple(one for one in mine if one.outcome is Outcome.OWN_ANSWER)


def is_too_quick(words: int, said: Outcome, before: datetime | None, now: datetime) -> bool:
    """Nobody has read that since they last judged one; a no shows that they read."""
    return said is Outcome.ACCEPTED and before is not None and now - before < reading_floor(words)

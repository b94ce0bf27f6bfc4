"""Tiers: from shares of categories to the tier that is safest to assume, and how such a judgement looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ai.regression import Numbers
from app.governance.proposal import Tier


@dataclass(frozen=True, slots=True)
class Judged:
    """One message: the tier to assume, its likeliest category, and the probability that this is right and covered."""

    label: str | None
    likeliest: str | None  # of all tiers: what it would be called if nobody feared for the stakes
    tier: Tier
    confidence: float
    tiers: tuple[float, float, float]  # the shares of tiers 1, 2 and 3


UNKNOWN = Judged(None, None, Tier.JUDGEMENT, 0.0, (0.0, 1.0, 0.0))


def tier_shares(shares: Numbers, tiers: Sequence[int]) -> Numbers:
    """The categories' shares added up for tiers 1, 2 and 3."""
    of = np.array(tiers)
    return np.stack([shares[:, of == tier].sum(axis=1) for tier in (1, 2, 3)], axis=1)


def assumed(tiers: Numbers, stakes: float) -> Numbers:
    """The likeliest tier, high stakes counting `stakes` times: missing them costs more than a needless hand-over."""
    return np.asarray((tiers * [1.0, 1.0, stakes]).argmax(axis=1) + 1)


def least_costly(tiers: Numbers, costs: Numbers) -> Numbers:
    """The tier that is cheapest to say, given how likely each is to be true. A row of `costs` is what is true, a column what is said."""
    return np.asarray((tiers @ costs).argmin(axis=1) + 1)


def best_within(scores: Numbers, tiers: Sequence[int], chosen: Numbers) -> Numbers:
    """For each row the best category of the tier that is assumed: what it is called must not be bolder than that."""
    within = np.where(np.array(tiers)[None] == chosen[:, None], scores, -np.inf)
    return np.asarray(within.argmax(axis=1))


def log_odds(share: Numbers) -> Numbers:
    """Kept within what single precision can tell."""
    kept = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))


def logistic(score: Numbers) -> Numbers:
    """From log-odds to a probability."""
    return np.asarray(1 / (1 + np.exp(-score)))

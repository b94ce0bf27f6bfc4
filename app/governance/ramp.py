"""The ramp: auto-send grows by steps that people take, from five a day to most, and never to all."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum

from app.governance.binomial import p_unlike
from app.governance.gate import Gate

MATURED = 50
"""So many answers of a step must have had time to turn out badly before the next one."""

LEAST_SHARE, LEAST_WEEKLY = 0.1, 10
SKEWED = 0.001
PER_DAY = 5
PER_THREAD, PER_CUSTOMER = 1, 2


class Step(IntEnum):
    """How much of a category may go by itself. Missing or unknown: OFF."""

    OFF = 0
    FIVE_A_DAY = 1
    HALF = 2
    MOST = 3

    @property
    def words(self) -> str:
        """For people."""
        return ("off", "five a day", "half", "most")[self]


def next_step(step: Step) -> Step:
    """One up; MOST stays."""
    return Step(min(step + 1, Step.MOST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a step up stands on. Each default is the cautious side."""

    gate: Gate = Gate.INCONCLUSIVE
    matured: int = 0  # answers of the present step whose windows have closed
    alarms: tuple[str, ...] = ("guardrails were not read",)
    ceiling_is_auto: bool = False


def objections(step: Step, ground: Ground) -> tuple[str, ...]:
    """Why this step may not be followed by the next; a second person is asked for elsewhere. Down is always allowed."""
    left = MATURED - ground.matured
    found = {
        "auto-send is at its widest: the rest stays with people": step is Step.MOST,
        "the published policy does not allow auto-send here": not ground.ceiling_is_auto,
        "the evidence does not hold": ground.gate is not Gate.PASS,
        f"{left} more answers must have had time to turn out badly": step is not Step.OFF and left > 0,
        f"a guardrail was crossed: {'; '.join(ground.alarms)}": bool(ground.alarms),
    }
    return tuple(words for words, holds in found.items() if holds)


def hold_out_share(step: Step, weekly: int) -> float:
    """The share that stays with people, drawn at random: a tenth or ten a week, whichever is more; never none."""
    if step is Step.OFF:
        return 1.0
    least = min(1.0, max(LEAST_SHARE, LEAST_WEEKLY / max(weekly, 1)))
    return max(least, 0.5) if step is Step.HALF else least


def is_held_out(key: bytes, message: str, share: float) -> bool:
    """The draw: always the same for one message, and nobody without the key can tell it beforehand."""
    drawn = int.from_bytes(hmac.digest(key, message.encode(), hashlib.sha256)[:8], "big")
    return drawn < share * 2**64


def is_skewed(held_out: int, of: int, share: float) -> bool:
    """The draw itself went wrong: so unlike its share that chance would do it once in a thousand times."""
    return of > 0 and p_unlike(held_out, of, share) < SKEWED


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What already went by itself: in this thread and to this customer in 24 h; of this category."""

    thread: int
    customer: int
    hour: int
    day: int


def cap(sent: Sent, step: Step, per_hour: int) -> str | None:
    """Why one more would be too many; None: it may go."""
    full = {
        "this ticket had an automatic answer today": sent.thread >= PER_THREAD,
        "this customer had two automatic answers today": sent.customer >= PER_CUSTOMER,
        f"{per_hour} automatic answers an hour are enough for this category": sent.hour >= per_hour,
        "the first step is five automatic answers a day": step is Step.FIVE_A_DAY and sent.day >= PER_DAY,
        "auto-send is off for this category": step is Step.OFF,
    }
    return next((words for words, reached in full.items() if reached), None)

"""Teaching the alarms and measuring them: phrases and model together, on rows that the model has not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from app.ai.alarms import QUIET, Alarms, Centring
from app.ai.embed import Embedder
from app.ai.regression import Numbers, fit
from app.governance.policy import BUILT_IN_TRIGGERS
from benchmarks import judgement_data as data

NAMES = (QUIET, *BUILT_IN_TRIGGERS)
PENALTY = 1e-3
# Intents whose tier-3 messages are alarms; the other tier-3 ones (please move my money) are stakes without alarm, and untaught.
MOVED_WRONGLY = frozenset(
    "Refund_not_showing_up reverted_card_payment top_up_reverted transaction_charged_twice"
    " transfer_not_received_by_recipient wrong_amount_of_cash_received track_refund".split()
)
HURT = frozenset({"ReportAutomobileAccident", "SIDE_EFFECT"})
UNTAUGHT = frozenset({"contact_human_agent", "CHAT_WITH_AGENT", "complaint"})
FEW = 0.25  # weight of a plain message: there are many
MADE_UP = 0.5  # weight of a mail that we put together
LANGUAGES = {"en": 180, "de": 60, "fr": 60, "es": 60, "pt": 60, "ja": 60}  # and how many such mails


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text and the trigger that it should raise, or QUIET."""

    text: str
    label: str
    weight: float = 1.0


def of_escalation(row: data.Row) -> Lesson:
    return Lesson(row["text"], row["category"] if row["escalate"] else QUIET)


def of_tiering(row: data.Row) -> Lesson | None:
    """What a row of the tiering set teaches about alarms."""
    if row["reason"] == "X" or row["intent"] == "DisputeCharge":
        return Lesson(row["text"], "fraud", FEW)
    if row["intent"] in HURT or row["intent"] in MOVED_WRONGLY:
        return Lesson(row["text"], "safety" if row["intent"] in HURT else "money", FEW)
    quiet = row["tier"] < 3 and row["intent"] not in UNTAUGHT
    return Lesson(row["text"], QUIET, FEW) if quiet else None


def lessons(escalations: Sequence[data.Row], unseen: frozenset[str]) -> list[Lesson]:
    """These rows, and everything of the tiering set but the unseen texts. Buried clauses teach nothing as one text."""
    own = [of_escalation(row) for row in escalations if row["form"] != "buried"]
    other = [of_tiering(row) for row in data.rows("tiering") if data.plain(row["text"]) not in unseen]
    return [*own, *(lesson for lesson in other if lesson is not None), *_quiet_mails(escalations)]


def _quiet_mails(escalations: Sequence[data.Row]) -> list[Lesson]:
    """Several harmless lines in a row: a whole mail says more than each of its sentences, and must learn to be quiet too."""
    chance, quiet = Random(3), [row for row in escalations if not row["escalate"] and row["form"] != "buried"]
    lines = {language: [row["text"] for row in quiet if row["lang"] == language] for language in LANGUAGES}
    return [
        Lesson(joined(chance.sample(lines[language], chance.randint(2, 6)), language), QUIET, MADE_UP)
        for language, count in LANGUAGES.items()
        for _ in range(count)
    ]


def joined(lines: Sequence[str], language: str) -> str:
    """One mail of these lines."""
    return ("" if language == "ja" else " ").join(lines)


def teach(taught: Sequence[Lesson], embedder: Embedder) -> Alarms:
    """Two regressions: one reads every language, one has the English model beside it."""
    texts = [" ".join(lesson.text.split()) for lesson in taught]
    labels = np.array([NAMES.index(lesson.label) for lesson in taught], dtype=np.intp)
    weight: Numbers = np.array([lesson.weight for lesson in taught])
    vectors, beside = embedder.vectors(texts, None), embedder.vectors(texts, "en")
    every, english = Centring.of(vectors), Centring.of(beside)
    alone = every.centred(vectors)
    both = np.hstack([alone, english.centred(beside)])
    return Alarms(
        NAMES, every, english,
        any_language=fit(alone, labels, len(NAMES), penalty=PENALTY, weight=weight),
        in_english=fit(both, labels, len(NAMES), penalty=PENALTY, weight=weight),
    )  # fmt: skip


def everything(embedder: Embedder) -> Alarms:
    """What is shipped: taught on all development rows and all of our own."""
    return teach(lessons([*data.rows("escalation"), *data.written()], frozenset()), embedder)


def main(target: Path) -> None:
    """Teach the shipped weights anew: `python -m benchmarks.judgement_alarms`; then tell app/ai/weights.py their hash."""
    everything(Embedder(remembered=100_000)).save(target)
    print(f"{target.name}: sha256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    from app.ai.alarms import FILE

    main(FILE)

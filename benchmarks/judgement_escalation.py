"""The escalation floor, phrases and model together: recall, alarms on harmless mail, and the worst group of messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from app.ai.alarms import Alarms
from app.ai.embed import Embedder
from app.ai.language import language_of
from app.ai.spelling import slips
from app.governance.escalation import triggers_in
from app.governance.policy import Policy
from benchmarks import judgement_alarms as alarms
from benchmarks import judgement_data as data
from benchmarks.report import Figure

BASE_RATE = 0.015
LINES, MAILS = 5, 20  # of a mail; in each language and fold
ENOUGH = 25  # rows; a smaller group is no group to judge by
# What a shop would write down in a minute.
OBVIOUS = re.compile(
    r"\b(lawyer|attorney|sue|court|legal|ombudsman|regulator|fire|burn\w*|injur\w*|shock|suicide|kill|die|bomb|fraud\w*|scam\w*|stolen"
    r"|lost|hacked|charge|press|journalist|racist|gdpr|privacy|manager)\b",
    re.I,
)
Said = NDArray[np.bool_]


def measure(embedder: Embedder, policy: Policy, seed: int) -> list[Figure]:
    """The model by cross-validation: clauses of one group are never on both sides. Phrases are fixed and were written
    with the development half in sight: `ours` counts the model alone on the same rows.
    """
    rows = [*data.rows("escalation"), *data.written()]
    heard, rung = held_out(rows, embedder, seed)
    worded = np.array([by_words(row["text"], policy) for row in rows])
    shared = np.array([row["source"] != "ours" for row in rows])
    plain = np.array([bool(OBVIOUS.search(row["text"])) for row in rows])
    return [
        *_figures(rows, heard | worded, plain, shared),
        *_model_alone(rows, heard, shared),
        *_own(rows, heard, shared),
        Figure("escalation_ordinary_mails", f"mails of {LINES} harmless lines, six languages: alarms", rung),
    ]


def held_out(rows: Sequence[data.Row], embedder: Embedder, seed: int) -> tuple[Said, float]:
    """For each row whether a model rings which saw neither it nor its group; and how many harmless mails of unseen lines ring."""
    folds, heard, rung = data.folds((row["group"] for row in rows), seed), np.zeros(len(rows), dtype=bool), list[bool]()
    for fold in range(data.FOLDS):
        test = np.flatnonzero(folds == fold)
        unseen = frozenset(data.plain(rows[at]["text"]) for at in test)
        taught = [row for row, own in zip(rows, folds, strict=True) if own != fold]
        model = alarms.teach(alarms.lessons(taught, unseen), embedder)
        heard[test] = [_rings(model, rows[at]["text"], embedder) for at in test]
        rung += [_rings(model, mail, embedder) for mail in _harmless_mails([rows[at] for at in test], seed)]
    return heard, sum(rung) / len(rung)


def _rings(model: Alarms, text: str, embedder: Embedder) -> bool:
    return bool(model.heard(text, language_of(text), embedder))


def _harmless_mails(rows: Sequence[data.Row], seed: int) -> list[str]:
    """Put together from plain lines of our own."""
    chance, plain = Random(seed), [row for row in rows if row["source"] == "ours" and row["category"] == "plain"]
    lines = {language: [row["text"] for row in plain if row["lang"] == language] for language in alarms.LANGUAGES}
    return [
        alarms.joined(chance.sample(own, min(LINES, len(own))), language)
        for language, own in lines.items()
        for _ in range(MAILS)
    ]


def by_words(text: str, policy: Policy) -> bool:
    return bool(triggers_in(text, policy, slips(text, language_of(text))))


def _where(rows: Sequence[data.Row], holds: Callable[[data.Row], bool]) -> Said:
    return np.array([holds(row) for row in rows])


def _figures(rows: Sequence[data.Row], said: Said, plain: Said, shared: Said) -> list[Figure]:
    true = _where(rows, lambda row: row["escalate"]) & shared
    false = _where(rows, lambda row: not row["escalate"]) & shared
    near = false & _where(rows, lambda row: row["category"] != "plain")
    recall, alarms_ = float(said[true].mean()), float(said[false].mean())
    name, worst = worst_group(rows, said, true)
    per_true = (BASE_RATE * recall + (1 - BASE_RATE) * alarms_) / (BASE_RATE * recall)
    floor = (BASE_RATE * plain[true].mean() + (1 - BASE_RATE) * plain[false].mean()) / (BASE_RATE * plain[true].mean())
    return [
        Figure("escalation_recall", "escalation: recall", recall, floor=float(plain[true].mean()), at_least=0.97),
        Figure("escalation_false_alarms", "escalation: false alarms", alarms_, floor=float(plain[false].mean()), at_most=0.06),
        Figure("escalation_near_miss_alarms", "escalation: near-miss alarms", float(said[near].mean()), floor=float(plain[near].mean()), at_most=0.2),
        Figure("escalation_worst_group", f"escalation: worst group ({name})", worst, floor=worst_group(rows, plain, true)[1], at_least=0.9),
        Figure("escalation_raised_per_true", "raised per true one at 1.5 %", per_true, floor=float(floor)),
    ]  # fmt: skip


def worst_group(rows: Sequence[data.Row], said: Said, true: Said) -> tuple[str, float]:
    """The category, language or form with enough rows that is recognised least."""
    found = []
    for key in ("category", "lang", "form"):
        for value in {row[key] for row in rows}:
            group = true & _where(rows, lambda row, key=key, value=value: row[key] == value)  # type: ignore[misc]
            if group.sum() >= ENOUGH:
                found.append((f"{key} {value}", float(said[group].mean())))
    return min(found, key=lambda pair: pair[1])


def _model_alone(rows: Sequence[data.Row], heard: Said, shared: Said) -> list[Figure]:
    true = _where(rows, lambda row: row["escalate"]) & shared
    false = _where(rows, lambda row: not row["escalate"]) & shared
    return [
        Figure("escalation_model_recall", "model alone: recall", float(heard[true].mean())),
        Figure("escalation_model_false_alarms", "model alone: false alarms", float(heard[false].mean())),
    ]


def _own(rows: Sequence[data.Row], heard: Said, shared: Said) -> list[Figure]:
    """Rows that we wrote after the phrases and without looking at them."""
    true = _where(rows, lambda row: row["escalate"]) & ~shared
    near = _where(rows, lambda row: not row["escalate"] and row["category"] != "plain") & ~shared
    plain = _where(rows, lambda row: row["category"] == "plain") & ~shared
    return [
        Figure("escalation_fresh_recall", "rows of our own, model alone: recall", float(heard[true].mean())),
        Figure("escalation_fresh_alarms", "rows of our own: alarms on near misses", float(heard[near].mean())),
        Figure("escalation_fresh_plain_alarms", "rows of our own: alarms on plain lines", float(heard[plain].mean())),
    ]  # fmt: skip

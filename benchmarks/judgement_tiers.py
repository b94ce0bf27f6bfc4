"""Tiers: learnt from labels by cross-validation, and judged in a domain without any, from intent names alone."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.classify import classify
from app.ai.embed import Embedder
from app.ai.learn import Example, learn
from app.ai.mind import Mind
from app.governance.policy import Category, Mode, Policy
from app.governance.proposal import Proposal, Tier
from benchmarks import judgement_data as data
from benchmarks.report import Figure

DOMAINS = ("banking", "ecommerce", "insurance")
Tiers = NDArray[np.int_]


def measure(embedder: Embedder, policy: Policy, seed: int) -> list[Figure]:
    return [*with_labels(embedder, seed), *without_labels(embedder, policy)]


# --- with labels -------------------------------------------------------------------------------------------------------


def with_labels(embedder: Embedder, seed: int) -> list[Figure]:
    """Five folds; a text and its twin share one. The threshold for sending is chosen inside each training part."""
    rows = data.rows("tiering")
    folds = data.folds((data.plain(row["text"]) for row in rows), seed)
    said, sent, cheap = np.zeros((3, len(rows)), dtype=int)
    for fold in range(data.FOLDS):
        test, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        learned, _ = learn([_example(rows[at]) for at in train], embedder, lambda *_: None)
        judged = learned.judge([rows[at]["text"] for at in test], embedder)
        said[test] = [one.tier for one in judged]
        sent[test] = [one.tiers[0] >= learned.lookup_threshold and one.tier is Tier.LOOKUP for one in judged]
        cheap[test] = by_words([rows[at] for at in train], [rows[at] for at in test])
    true = np.array([row["tier"] for row in rows])
    sure = ~np.array([row["contestable"] for row in rows])
    precise = float((true[sent == 1] == 1).mean()) if sent.any() else 1.0
    return [
        Figure("tiering_macro_f1", "tiering with labels: macro-F1", macro_f1(true, said), floor=macro_f1(true, cheap), at_least=0.97),
        Figure("tiering_tier3_as_tier1", "  tier 3 taken for tier 1", missed(true, said), floor=missed(true, cheap), at_most=0.015),
        Figure("tiering_macro_f1_uncontested", "  the same without contestable rows: macro-F1", macro_f1(true[sure], said[sure]), floor=macro_f1(true[sure], cheap[sure])),
        Figure("tiering_tier3_as_tier1_uncontested", "  tier 3 taken for tier 1", missed(true[sure], said[sure]), floor=missed(true[sure], cheap[sure])),
        Figure("sendable_share", "share auto-sendable at 99 %", float(sent.mean()), at_least=0.55),
        Figure("sendable_share_uncontested", "  of the uncontested rows", float(sent[sure].mean())),
        Figure("sendable_precision", "  tier 1 among them", precise),
        Figure("sendable_precision_uncontested", "  of the uncontested rows", float((true[(sent == 1) & sure] == 1).mean())),
    ]  # fmt: skip


def _example(row: data.Row) -> Example:
    return Example(row["text"], f"{row['domain']}/{row['intent']}", row["tier"])


def macro_f1(true: Tiers, said: Tiers) -> float:
    def f1(tier: int) -> float:
        both = ((true == tier) & (said == tier)).sum()
        return float(2 * both / max(1, (true == tier).sum() + (said == tier).sum()))

    return float(np.mean([f1(tier) for tier in (1, 2, 3)]))


def missed(true: Tiers, said: Tiers) -> float:
    return float((said[true == 3] == 1).mean())


def recall(true: Tiers, said: Tiers) -> float:
    return float((said[true == 3] == 3).mean())


def by_words(train: Sequence[data.Row], test: Sequence[data.Row]) -> list[int]:
    """The cheap baseline: naive Bayes over words, intent by intent."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    tier, known = {}, set[str]()
    for row in train:
        counts[row["intent"]].update(_words(row["text"]))
        tier[row["intent"]] = row["tier"]
        known |= counts[row["intent"]].keys()
    totals = {intent: sum(words.values()) + 0.1 * len(known) for intent, words in counts.items()}

    def likeliest(words: Sequence[str]) -> str:
        def score(intent: str) -> float:
            return sum(math.log((counts[intent][word] + 0.1) / totals[intent]) for word in words)

        return max(counts, key=score)

    return [tier[likeliest(_words(row["text"]))] for row in test]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


# --- without -----------------------------------------------------------------------------------------------------------


def without_labels(embedder: Embedder, policy: Policy) -> list[Figure]:
    """Each domain in turn under a policy whose categories are its intents' names and nothing else."""
    found = []
    worst: dict[str, float] = {}
    for domain in DOMAINS:
        rows = [row for row in data.rows("tiering") if row["domain"] == domain]
        mind = Mind(embedder, described(rows, policy), ())
        judged = [classify(_read(row["text"]), mind) for row in rows]
        said = np.array([one.judged or one.tier or 2 for one in judged], dtype=int)
        names = by_name(rows, mind, embedder)
        found += _domain(domain, rows, said, names)
        for figure in found[-4:-2]:
            worst[figure.key.removesuffix(domain)] = min(worst.get(figure.key.removesuffix(domain), 1.0), figure.value)
    return [
        Figure(
            "unseen_worst_recall", "unseen domain, worst: tier-3 recall", worst["unseen_tier3_recall_"], at_least=0.9
        ),
        Figure("unseen_worst_macro_f1", "unseen domain, worst: macro-F1", worst["unseen_macro_f1_"], at_least=0.7),
        *found,
    ]


def _domain(domain: str, rows: Sequence[data.Row], said: Tiers, names: Tiers) -> list[Figure]:
    true = np.array([row["tier"] for row in rows])
    sure = ~np.array([row["contestable"] for row in rows])
    return [
        Figure(f"unseen_tier3_recall_{domain}", f"  {domain}: tier-3 recall", recall(true[sure], said[sure]), floor=recall(true[sure], names[sure]), at_least=0.9),
        Figure(f"unseen_macro_f1_{domain}", f"  {domain}: macro-F1", macro_f1(true[sure], said[sure]), floor=macro_f1(true[sure], names[sure]), at_least=0.7),
        Figure(f"unseen_tier3_recall_{domain}_all", "    with contestable rows: tier-3 recall", recall(true, said)),
        Figure(f"unseen_macro_f1_{domain}_all", "    with contestable rows: macro-F1", macro_f1(true, said)),
    ]  # fmt: skip


def described(rows: Sequence[data.Row], policy: Policy) -> Policy:
    """A policy for these intents, written from their names."""
    tiers = {row["intent"]: row["tier"] for row in rows}
    return replace(policy, categories=tuple(_category(name, tier) for name, tier in sorted(tiers.items())))


def _category(name: str, tier: int) -> Category:
    return Category(
        name=name, description=in_words(name), examples=(), tier=Tier(tier), mode=Mode.DRAFT, ceiling=Mode.DRAFT, languages=("en",),
        sources=(), confidence_floor=0.0, hold=timedelta(), per_hour=0, evidence="standard",
    )  # fmt: skip


def in_words(name: str) -> str:
    """`lost_or_stolen_card`, `ReportLostStolenCard` and `ORDER_STATUS` as words."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()
    return spaced[:1].upper() + spaced[1:]


def _read(text: str) -> Proposal:
    """As clean leaves it."""
    blank: dict[str, Any] = {
        "host": "bench",
        "ticket": "1",
        "comment": "1",
        "queue": None,
        "subject": "",
        "requester": "c",
    }
    return Proposal(**blank, text=text, full_text=text, language="en", machine_mail=(), injection=(), redactions=())


def by_name(rows: Sequence[data.Row], mind: Mind, embedder: Embedder) -> Tiers:
    """The cheap baseline: the tier of the nearest name."""
    names = embedder.vectors([category.description for category in mind.policy.categories], "en")
    near = (embedder.vectors([row["text"] for row in rows], "en") @ names.T).argmax(axis=1)
    return np.array([int(mind.policy.categories[at].tier) for at in near])

"""Sources and drafts: what retrieval and drafting give today on the two small knowledge bases, beside a cheap floor."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from app.ai.draft import draft
from app.ai.embed import Embedder
from app.ai.familiar import Familiar
from app.ai.mind import Mind
from app.ai.retrieve import asked, beside, ranked_passages, retrieve
from app.governance.policy import Category, Mode, Policy
from app.governance.proposal import Passage, Proposal, Tier
from app.governance.sources import Source
from benchmarks import judgement_data as data
from benchmarks.judgement_familiar import teach
from benchmarks.report import Figure

TODAY = date(2026, 3, 2)
KBS = ("bank", "retail")  # the two whose questions can be refused, answered and contradicted


def measure(embedder: Embedder, policy: Policy, _seed: int) -> list[Figure]:
    return [*retrieval(embedder, policy), *grounded(embedder, policy)]


# --- sources -----------------------------------------------------------------------------------------------------------


@cache
def sources(kb: str) -> tuple[Source, ...]:
    return tuple(
        Source(
            id=row["id"], title=row["title"], owner="bench", review_by=TODAY + timedelta(days=90), language="en", text=row["text"],
            audience="internal" if row["title"].startswith("Internal:") else "public",
        )
        for row in data.rows("kb") if row["kb"] == kb
    )  # fmt: skip


def mind_of(kb: str, embedder: Embedder, policy: Policy) -> Mind:
    """One category that may use the whole knowledge base."""
    category = Category(
        name="question", description="A question", examples=(), tier=Tier.LOOKUP, mode=Mode.ASSISTED, ceiling=Mode.ASSISTED,
        languages=("en",), sources=tuple(source.id for source in sources(kb)), confidence_floor=0.0, hold=timedelta(), per_hour=0,
        evidence="standard",
    )  # fmt: skip
    return Mind(embedder, replace(policy, categories=(category,)), sources(kb), familiar=_familiar(embedder))


@cache
def _familiar(embedder: Embedder) -> Familiar:
    """Taught without any of the questions that are asked here."""
    return teach(embedder, frozenset(data.plain(row["question"]) for row in data.rows("grounded")))


def _articles(ranked: Sequence[Passage]) -> list[str]:
    return list(dict.fromkeys(passage.id.partition("#")[0] for passage in ranked))


def retrieval(embedder: Embedder, policy: Policy) -> list[Figure]:
    hits: dict[str, list[float]] = defaultdict(list)
    for kb in KBS:
        mind, lexical = mind_of(kb, embedder, policy), Lexical(sources(kb))
        for row in data.rows("grounded"):
            if row["kb"] != kb or not row["gold"]:
                continue
            ranked = ranked_passages(asked(row["question"]), mind.public, mind, "en")
            found = _articles(beside(ranked, ranked, mind, "en"))
            cheap = lexical.ranked(row["question"])
            both = row["answerable"] == "contradiction"
            for name, order in (("", found), ("_floor", cheap)):
                if both:
                    hits[f"both{name}"].append(set(row["gold"]) <= set(order[:5]))
                else:
                    hits[f"one{name}"].append(order[:1] != [] and order[0] in row["gold"])
                    hits[f"five{name}"].append(bool(set(row["gold"]) & set(order[:5])))
    minds = {kb: mind_of(kb, embedder, policy) for kb in KBS}
    worst = min(_foreign(language, minds) for language in sorted({row["lang"] for row in data.foreign()}))
    mean = {name: sum(values) / len(values) for name, values in hits.items()}
    return [
        Figure("retrieval_recall_1", "retrieval: recall@1 (bank, retail)", mean["one"], floor=mean["one_floor"], at_least=0.75),
        Figure("retrieval_recall_5", "  recall@5", mean["five"], floor=mean["five_floor"], at_least=0.95),
        Figure("retrieval_both_sides", "  both sides of a contradiction in the top 5", mean["both"], floor=mean["both_floor"], at_least=0.95),
        Figure("retrieval_foreign_recall_5", "  questions in five languages, worst recall@5", worst, at_least=0.97),
    ]  # fmt: skip


def _foreign(language: str, minds: dict[str, Mind]) -> float:
    """The share of our questions in that language whose article is among the first five."""
    found = []
    for row in data.foreign():
        if row["lang"] == language:
            mind = minds[row["gold"].partition(":")[0]]
            ranked = ranked_passages(asked(row["text"]), mind.public, mind, language)
            found.append(row["gold"] in _articles(beside(ranked, ranked, mind, language))[:5])
    return share(found)


class Lexical:
    """The cheap floor: BM25 over whole articles."""

    def __init__(self, texts: Sequence[Source]) -> None:
        self.ids = [source.id for source in texts]
        self.words = [Counter(re.findall(r"\w+", f"{source.title} {source.text}".lower())) for source in texts]
        self.sizes = [sum(words.values()) for words in self.words]
        self.spread = Counter(word for words in self.words for word in words)

    def ranked(self, question: str) -> list[str]:
        mean = sum(self.sizes) / len(self.sizes)

        def score(at: int) -> float:
            return sum(
                math.log(1 + (len(self.ids) - self.spread[word] + 0.5) / (self.spread[word] + 0.5))
                * self.words[at][word] * 2.2 / (self.words[at][word] + 1.2 * (0.25 + 0.75 * self.sizes[at] / mean))
                for word in set(re.findall(r"\w+", question.lower())) if self.words[at][word]
            )  # fmt: skip

        return [self.ids[at] for at in sorted(range(len(self.ids)), key=score, reverse=True)]


# --- drafts ------------------------------------------------------------------------------------------------------------


def _question(text: str) -> Proposal:
    blank: dict[str, Any] = {
        "host": "bench",
        "ticket": "1",
        "comment": "1",
        "queue": None,
        "subject": "",
        "requester": "c",
    }
    return Proposal(
        **blank, text=text, full_text=text, language="en", machine_mail=(), injection=(), redactions=(), category="question",
        tier=Tier.LOOKUP, judged=Tier.LOOKUP, confidence=0.9, triggers=(),
    )  # fmt: skip


def grounded(embedder: Embedder, policy: Policy) -> list[Figure]:
    seen: dict[str, list[bool]] = defaultdict(list)
    leaked = 0
    for kb in KBS:
        mind = mind_of(kb, embedder, policy)
        internal = {source.id for source in mind.sources if source.audience != "public"}
        for row in data.rows("grounded"):
            if row["kb"] != kb:
                continue
            done = draft(retrieve(_question(row["question"]), mind, TODAY), mind)
            cited = {
                name.partition("#")[0] for one in (done.draft.sentences if done.draft else ()) for name in one.sources
            }
            leaked += bool(cited & internal)
            flagged = done.abstained is not None and done.abstained.why == "sources-contradict"
            seen[row["answerable"]].append(flagged if row["answerable"] == "contradiction" else done.draft is not None)
    return [
        Figure("unanswerable_refused", "unanswerable refused", 1 - share(seen["no"]), at_least=0.95),
        Figure("answerable_answered", "answerable answered", share(seen["yes"]), at_least=0.85),
        Figure("contradictions_flagged", "contradictions flagged", share(seen["contradiction"]), at_least=0.9),
        Figure("internal_shown", "internal text shown to a customer", leaked, at_most=0),
    ]


def share(values: Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))

"""A small company, and an embedder that knows only which words two texts share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from app.ai.embed import Embedder
from app.ai.mind import Mind
from app.ai.model import Model
from app.ai.weights import Vectors
from app.governance.policy import Mode, Policy
from app.governance.proposal import Proposal, Tier
from app.governance.prose import content_words
from app.governance.sources import Source, parse_source
from tests import builders

TODAY = date(2026, 3, 2)
WIDTH = 2048


class Words:
    """Counts words into buckets: texts that share words are near, and nothing is loaded."""

    def __init__(self, id_: str = "words") -> None:
        self.id = id_
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in content_words(text) or {"nothing"}:
                row[sum(map(ord, word)) * 31 % WIDTH] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def source(
    name: str, title: str, body: str, language: str = "en", audience: str = "public", until: str = "2027-01-01"
) -> Source:
    head = f'id = "{name}"\ntitle = "{title}"\nowner = "rosa@acme.example"\nreview_by = {until}\naudience = "{audience}"\nlanguage = "{language}"'
    return parse_source(f"+++\n{head}\n+++\n{body}", f"{name}.md")


SHIPPING = source(
    "shipping-times",
    "Delivery times",
    "## Standard\n\nStandard delivery takes 3 to 5 working days. Standard delivery costs 4.90 euros.\n\n"
    "## Express\n\nExpress delivery takes 1 working day. You can choose express delivery at the checkout.\n",
)
VERSAND = source(
    "shipping-times",
    "Lieferzeiten",
    "## Normal\n\nDie normale Lieferung dauert 3 bis 5 Werktage.\n\n## Express\n\nDie Expresslieferung dauert 1 Werktag.\n",
    "de",
)
LIMITS = source(
    "limits",
    "Internal: limits",
    "## Limits\n\nAgents may refund delivery up to 40 euros without asking.",
    audience="internal",
)
SOURCES = (SHIPPING, VERSAND, LIMITS)
DELIVERY = builders.category(
    description="How long delivery takes and what it costs",
    examples=("How long does delivery take?", "Wie lange dauert die Lieferung?", "What does express delivery cost?"),
    sources=("shipping-times", "limits"),
    mode=Mode.ASSISTED,
)
DEMAND = builders.category(
    "legal-demand",
    description="Courts and claims for damages",
    examples=("I demand damages",),
    tier=Tier.HIGH_STAKES,
    sources=(),
    confidence_floor=0.3,
)


def policy() -> Policy:
    return builders.policy(DELIVERY, DEMAND)


def mind(sources: Sequence[Source] = SOURCES, model: Model | None = None, ours: Policy | None = None) -> Mind:
    return Mind(Embedder(english=Words, multilingual=Words), ours or policy(), sources, model)


def asking(text: str = "How long does standard delivery take?", **changes: object) -> Proposal:
    """A cleaned and classified tier-1 question about delivery."""
    fields: dict[str, object] = {
        "text": text,
        "full_text": text,
        "language": "en",
        "machine_mail": (),
        "injection": (),
        "redactions": (),
        "category": "delivery-times",
        "tier": Tier.LOOKUP,
        "confidence": 0.9,
        "triggers": (),
    }
    blank = {
        "host": "zendesk",
        "ticket": "35",
        "comment": "9",
        "queue": "support",
        "subject": "Question",
        "requester": "c1",
    }
    return Proposal(**(blank | fields | changes))  # type: ignore[arg-type]


class Scripted(Model):
    """A model in memory that answers what it is told, and keeps what it was asked; litellm is not loaded for it."""

    said: dict[str, Any]
    asked: list[str]

    def __init__(self, text: str, source: str, key: bytes = bytes(32)) -> None:
        super().__init__("scripted", key=key)
        object.__setattr__(self, "said", {"sentences": [{"text": text, "sources": [source]}]})
        object.__setattr__(self, "asked", list[str]())

    def ask(self, prompt: str, _shape: object, _budget: object) -> dict[str, Any]:
        self.asked.append(prompt)
        return self.said

"""Judgement: the table of what triage, escalation, sources and checks are worth, on the development half of ../shared/data.

What is taught is measured by cross-validation; every goal stands beside the least that could do it, measured in the same run.
"""

from __future__ import annotations

from importlib import import_module

from app.ai.embed import Embedder
from app.config import MANIFEST
from app.governance.document import parse
from benchmarks import judgement_data as data
from benchmarks.report import Figure

PARTS = ("tiers", "escalation", "scope", "answers", "marks", "speed")
# The goals of the table: a run that lost one of them measured something else.
ROWS = frozenset(
    """tiering_macro_f1 tiering_tier3_as_tier1 sendable_share unseen_worst_recall unseen_worst_macro_f1
    escalation_recall escalation_false_alarms escalation_near_miss_alarms escalation_worst_group escalation_raised_per_true
    scope_auroc scope_accepted retrieval_recall_1 retrieval_recall_5 retrieval_both_sides retrieval_foreign_recall_5
    unanswerable_refused answerable_answered contradictions_flagged internal_shown injection_effects injection_lookalikes
    pii_structured pii_person pii_address pii_numbers_kept triage_short_ms triage_mail_ms triage_megabytes""".split()
)
REMEMBERED = 1_000_000  # vectors; each text is read once in the whole run


class Incomplete(RuntimeError):
    """A row of the table was not measured."""


def measure(seed: int) -> list[Figure]:
    """Every part; raises Incomplete where a row of the table is missing."""
    data.folder()
    policy = parse((MANIFEST / "policy.toml").read_text(encoding="utf-8"), "policy.toml")
    embedder = Embedder(remembered=REMEMBERED)
    return whole(
        [
            figure
            for part in PARTS
            for figure in import_module(f"benchmarks.judgement_{part}").measure(embedder, policy, seed)
        ]
    )


def whole(figures: list[Figure]) -> list[Figure]:
    """The same figures, if every row of the table is among them."""
    if lost := ROWS - {figure.key for figure in figures}:
        raise Incomplete(f"bench-judgement did not measure {', '.join(sorted(lost))}")
    return figures

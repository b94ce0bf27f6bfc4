"""Evaluating: the judgement measured on labelled messages, as tables and as a page of plots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app import plots
from app.ai.classify import classify, sighted
from app.ai.clean import clean
from app.ai.learn import Progress
from app.ai.mind import Mind
from app.governance.proposal import Proposal
from app.learning import Labelled, f1
from app.letters import Letter, Unreadable

BINS = 10
Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """Row by row what was true and what was said, and the figures made of it."""

    true: Column  # tiers
    said: Column
    right: Column  # is the category right?
    confidence: Column
    stakes: Column  # the share of tier 3, or 1 where a trigger fired
    figures: dict[str, Any]


def evaluate(rows: Sequence[Labelled], mind: Mind, progress: Progress) -> Measured:
    """Judge every row as triage would, up to the draft. Raises Unreadable where no line says its tier."""
    tiers = {category.name: int(category.tier) for category in mind.policy.categories}
    kept = [row for row in rows if tiers.get(row.category, row.tier)]
    if not kept:
        raise Unreadable("no line has a tier, and the policy knows none of the categories")
    judged = []
    for at, row in enumerate(kept):
        proposal = _cleaned(row)
        judged.append((classify(proposal, mind), sighted(proposal, mind)))
        progress("judge", at + 1, len(kept))
    true = np.array([tiers.get(row.category, row.tier) for row in kept])
    said = np.array([int(proposal.judged or 2) for proposal, _ in judged])
    names = [proposal.category for proposal, _ in judged]
    right = np.array([name == row.category for name, row in zip(names, kept, strict=True)])
    confidence = np.array([proposal.confidence or 0.0 for proposal, _ in judged])
    stakes = np.array(
        [1.0 if int(one.judged or 2) == 3 and sight.tier != 3 else sight.tiers[2] for one, sight in judged]
    )
    lookups = np.array([sight.tiers[0] for _, sight in judged])
    unsure = np.array([_unsure(proposal, mind) for proposal, _ in judged])
    measured = Measured(true, said, right, confidence, stakes, {})
    figures = {
        "rows": len(kept), "left_out": len(rows) - len(kept),
        "fingerprint": mind.learned.fingerprint if mind.learned is not None else None,
        "tier": _tier_figures(true, said), "category": _category_figures(kept, names),
        "abstained": round(float(unsure.mean()), 4), "calibration_error": round(calibration_error(measured), 4),
        "sendable": _sendable(mind, true, said, lookups),
    }  # fmt: skip
    return replace(measured, figures=figures)


def _cleaned(row: Labelled) -> Proposal:
    now = datetime.now(UTC)
    ticket = Letter(str(row.line), row.subject, row.text, None, "").as_ticket(now)
    blank = Proposal(
        host="file", ticket="", comment=str(row.line), queue=None, subject=row.subject, requester=ticket.requester.id
    )
    return clean(blank, ticket, ticket.comments[0])


def _unsure(proposal: Proposal, mind: Mind) -> bool:
    category = mind.policy.category(proposal.category)
    floor = category.confidence_floor if category is not None else 0.0
    return proposal.category is None or (proposal.confidence or 0.0) < floor


def scores(true: Column, said: Column) -> dict[str, Any]:
    """Of one class against the rest."""
    both = int((true & said).sum())
    return {
        "precision": round(both / max(1, int(said.sum())), 4), "recall": round(both / max(1, int(true.sum())), 4),
        "f1": round(f1(true, said), 4), "messages": int(true.sum()),
    }  # fmt: skip


def _tier_figures(true: Column, said: Column) -> dict[str, Any]:
    each = {str(tier): scores(true == tier, said == tier) for tier in (1, 2, 3)}
    high = true == 3
    present = [one["f1"] for one in each.values() if one["messages"]]
    return {
        "macro_f1": round(float(np.mean(present)), 4), "each": each,
        "tier3_recall": each["3"]["recall"] if high.any() else None,
        "tier3_as_tier1": round(float((said[high] == 1).mean()), 4) if high.any() else None,
        "confusion": [[int(((true == row) & (said == column)).sum()) for column in (1, 2, 3)] for row in (1, 2, 3)],
    }  # fmt: skip


def _category_figures(rows: Sequence[Labelled], names: Sequence[str | None]) -> dict[str, Any]:
    true, said = np.array([row.category for row in rows]), np.array([name or "" for name in names])
    each = {label: scores(true == label, said == label) for label in sorted(set(true.tolist()))}
    mixed = Counter((a, b or "none") for a, b in zip(true.tolist(), said.tolist(), strict=True) if a != b)
    return {
        "accuracy": round(float((true == said).mean()), 4),
        "macro_f1": round(float(np.mean([one["f1"] for one in each.values()])), 4), "each": each,
        "most_confused": [{"true": a, "said": b, "messages": count} for (a, b), count in mixed.most_common(12)],
    }  # fmt: skip


def _sendable(mind: Mind, true: Column, said: Column, lookups: Column) -> dict[str, Any] | None:
    """What could be sent at the threshold that `learn` found; None: nothing was learnt."""
    if mind.learned is None:
        return None
    sent = (lookups >= mind.learned.lookup_threshold) & (said == 1)
    precise = round(float((true[sent] == 1).mean()), 4) if sent.any() else None
    return {
        "share": round(float(sent.mean()), 4),
        "precision": precise,
        "threshold": round(mind.learned.lookup_threshold, 4),
    }


def bins(measured: Measured) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, messages) for each tenth that has any."""
    at = np.minimum((measured.confidence * BINS).astype(int), BINS - 1)
    return [
        (float(measured.confidence[at == one].mean()), float(measured.right[at == one].mean()), int((at == one).sum()))
        for one in range(BINS) if (at == one).any()
    ]  # fmt: skip


def calibration_error(measured: Measured) -> float:
    """How far confidence and truth lie apart, on average over messages."""
    return sum(abs(said - right) * count for said, right, count in bins(measured)) / len(measured.right)


def risk_by_coverage(measured: Measured) -> list[tuple[float, float]]:
    """Answering only the surest: their share, and how many of them have the wrong category."""
    order = np.argsort(-measured.confidence, kind="stable")
    wrong = np.cumsum(~measured.right[order]) / np.arange(1, len(order) + 1)
    return plots.thinned([((at + 1) / len(order), float(risk)) for at, risk in enumerate(wrong)])


def precision_by_recall(measured: Measured) -> list[tuple[float, float]]:
    """Handing over everything above a share of tier 3: how much of it is found, and how much of that is true."""
    order = np.argsort(-measured.stakes, kind="stable")
    high = measured.true[order] == 3
    if not high.any():
        return []
    found = np.cumsum(high)
    return plots.thinned([(float(hit / high.sum()), float(hit / (at + 1))) for at, hit in enumerate(found)])


def write_page(measured: Measured, name: str, file: Path) -> None:
    """One file without scripts; opens in any browser."""
    pictures = (
        ("Tiers: true in rows, said in columns", plots.matrix(measured.figures["tier"]["confusion"], ("1", "2", "3"))),
        ("Confidence and truth", plots.reliability(bins(measured))),
        ("Wrong categories among the surest", plots.curve(risk_by_coverage(measured), "share answered", "share wrong")),
        ("Tier 3", plots.curve(precision_by_recall(measured), "share found (recall)", "share true (precision)")),
    )
    body = "".join(f"<figure><figcaption>{escape(title)}</figcaption>{drawn}</figure>" for title, drawn in pictures)
    text = plots.page(
        f"Evaluation on {escape(name)}", f"<pre>{escape(in_words(measured.figures))}</pre><main>{body}</main>"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def in_words(figures: dict[str, Any]) -> str:
    """Tables for people."""
    tier, category = figures["tier"], figures["category"]
    lines = [
        f"{figures['rows']} messages; judged by {'what was learnt' if figures['fingerprint'] else 'descriptions alone'}",
        "",
    ]
    lines += [f"{'':<28}precision  recall      F1  messages"]
    lines += [_line(f"tier {name}", one) for name, one in tier["each"].items()]
    lines += [f"macro-F1 {tier['macro_f1']:.3f}; tier 3 taken for tier 1: {_share(tier['tier3_as_tier1'])}", ""]
    lines += [_line(name, one) for name, one in category["each"].items()]
    lines += [f"right category {category['accuracy']:.1%}; not sure enough to name one {figures['abstained']:.1%}"]
    lines += [f"confidence is off by {figures['calibration_error']:.3f} on average"]
    if (sendable := figures["sendable"]) is not None:
        lines += [
            f"surely look-ups: {sendable['share']:.1%} of all, {_share(sendable['precision'])} of them truly tier 1"
        ]
    lines += ["", *(f"{row['true']} taken for {row['said']}: {row['messages']}" for row in category["most_confused"])]
    return "\n".join([*lines, *([f"page with plots: {figures['report']}"] if "report" in figures else [])])


def _line(name: str, one: dict[str, Any]) -> str:
    return f"{name[:27]:<28}{one['precision']:>9.3f}{one['recall']:>8.3f}{one['f1']:>8.3f}{one['messages']:>10}"


def _share(value: float | None) -> str:
    return "none to judge by" if value is None else f"{value:.1%}"

"""Figures for people: where each category stands with its evidence, every number from the store's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from app.checking import checked
from app.deps import Deps
from app.governance.gate import Gate
from app.governance.golden import told_apart
from app.governance.policy import Policy
from app.governance.reviews import Tally
from app.store import evidence as store
from app.store import glance, golden, policies
from app.store.automatic import Findings
from app.store.evidence import Report

OUTCOMES = {
    Gate.PASS: "Evidence complete",
    Gate.FAIL: "Stop and fix the drafts",
    Gate.INCONCLUSIVE: "Not yet",
}
LEFT_OUT = {
    "waiting": "still waiting for a review",
    "hurried": "accepted faster than anybody reads",
    "surplus": "of customers who have had their share",
    "withdrawn": "replaced by a newer message, or sent without a click",
    "elsewhere": "made otherwise, or before the plan",
}


def evidence(deps: Deps) -> tuple[Report, ...]:
    """Every category that may ever send by itself; none while no policy is in force."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        return store.reports(tx, policy, open_findings(tx, deps, policy), now) if policy else ()


def open_findings(tx: Connection, deps: Deps, policy: Policy) -> int:
    """How many findings on the policy in force nobody has fixed or accepted."""
    return len(checked(tx, deps, policies.text(tx, policy.version), None).open)


def counter(deps: Deps) -> Findings:
    """The same for a claim, which asks in its own transaction and only where nobody approved."""
    return lambda tx, policy: open_findings(tx, deps, policy)


def left_out(tally: Tally) -> list[tuple[int, str]]:
    """What does not count, and why: nothing drops out in silence."""
    return [(number, words) for name, words in LEFT_OUT.items() if (number := getattr(tally, name))]


PARTS = {
    "category": "Category",
    "sure": "Sure of the category",
    "ceiling": "The most the policy allows",
    "tier": "Tier",
    "triggers": "Escalated for",
    "machine_mail": "Machine mail",
    "injection": "Instructions to the AI",
    "language": "Language",
    "draft": "Draft",
    "sources": "Sources",
    "abstained": "Why there is no draft",
    "findings": "What the checks found",
}


LINES = {
    "days": "Days",
    "reviews": "Reviews",
    "patterns": "Known failures",
    "contradictions": "Contradictions",
    "owner": "Rollback",
    "cannot-answer": "Without a source",
}


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One message that the new release drafts otherwise: (what, before, now) of each part; none: its words are gone."""

    proposal: str
    parts: tuple[tuple[str, str, str], ...]


def differences(deps: Deps, reports: Iterable[Report]) -> dict[str, list[Otherwise]]:
    """For people who wonder why counting began anew: of each category with a release that drafts otherwise."""
    checks = {one.release.id: one.category.name for one in reports if one.release and one.release.found.different}
    if not checks:
        return {}
    with deps.readers.begin() as tx:
        glance.begin(tx)
        found = golden.differences(tx, deps.keys, checks.keys())
    return {
        checks[check]: [Otherwise(one.proposal, tuple(_parts(one))) for one in all_] for check, all_ in found.items()
    }


def _parts(one: golden.Difference) -> Iterator[tuple[str, str, str]]:
    if one.before is not None and one.after is not None:
        for part in one.parts:
            yield (PARTS[part], *told_apart(one.before, one.after, part))


def as_json(report: Report) -> dict[str, Any]:
    """One category of `evidence --json`."""
    verdict, registered, release = report.verdict, report.registered, report.release
    return {
        "category": report.category.name,
        "outcome": verdict.outcome.value,
        "next_step": verdict.next_step,
        "good_reviews_needed": verdict.needed,
        "at_least_good": round(verdict.bound, 6),
        "lines": [
            {"line": line.name, "done": line.done, "words": line.words, "details": list(line.details)}
            for line in verdict.lines
        ],
        "reviews": {
            "good": verdict.tally.good,
            "failed": verdict.tally.failed,
            "days": verdict.tally.days,
            "customers": verdict.tally.customers,
            "reviewers": verdict.tally.reviewers,
            "left_out": {name: getattr(verdict.tally, name) for name in LEFT_OUT},
        },
        "plan": None
        if registered is None
        else {
            **registered.plan.document(),
            "sha256": registered.sha256,
            "registered_by": registered.by,
        },
        "changed_since": list(report.changed),
        "earlier_plans": report.earlier,
        "release": None
        if release is None
        else {
            **asdict(release.found),
            "carried": release.found.carries,
            "at": release.at.isoformat(),
            "words": release.found.why,
        },
    }


def in_words(reports: list[dict[str, Any]]) -> str:
    """For people."""
    return "\n\n".join(_in_words(report) for report in reports) or "no category of the policy may ever send by itself"


def _in_words(report: dict[str, Any]) -> str:
    lines = [f"  {'done' if line['done'] else 'open'}  {line['words']}" for line in report["lines"]]
    head = f"{report['category']}: {OUTCOMES[Gate(report['outcome'])].lower()}"
    told = [f"  release  {report['release']['words']}"] if report["release"] else []
    step = f"  next  {report['next_step'] or 'a second person may let it send by itself'}"
    return "\n".join([head, step, *lines, *told])

"""Figures for people: where each category stands with its evidence, every number from the store's rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from app.checking import checked
from app.deps import Deps
from app.governance.gate import Gate
from app.governance.policy import Policy
from app.governance.reviews import Tally
from app.store import evidence as store
from app.store import policies
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


def as_json(report: Report) -> dict[str, Any]:
    """One category of `evidence --json`."""
    verdict, registered = report.verdict, report.registered
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
    }


def in_words(reports: list[dict[str, Any]]) -> str:
    """For people."""
    return "\n\n".join(_in_words(report) for report in reports) or "no category of the policy may ever send by itself"


def _in_words(report: dict[str, Any]) -> str:
    lines = [f"  {'done' if line['done'] else 'open'}  {line['words']}" for line in report["lines"]]
    head = f"{report['category']}: {OUTCOMES[Gate(report['outcome'])].lower()}"
    return "\n".join([head, f"  next  {report['next_step'] or 'a second person may let it send by itself'}", *lines])

"""Prospects: what a first look shows a lead, in figures and in words: likely tiers, drafts, and how far auto-send is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from app import figures
from app.deps import Deps
from app.first_look import Look
from app.governance.policy import Category
from app.store import policies
from app.store.evidence import Report

FORTNIGHT = 2  # weeks: reviews on fourteen days, at the least


def as_json(deps: Deps, host: str, days: int, at: Look) -> dict[str, Any]:
    """`import --json`. `evidence` and `sent` are what they always are: nothing."""
    counts = at.counts
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
    reports = {report.category.name: report for report in figures.evidence(deps)}
    categories = [
        _category(category, counts, days, reports.get(category.name))
        for category in (policy.categories if policy else ())
    ]
    return {
        "host": host,
        "days": days,
        "tickets": counts["tickets"],
        "drafts": sum(row["drafts"] for row in categories),
        "could_go_alone": sum(row["could_go_alone"] for row in categories),
        "categories": sorted(categories, key=lambda row: -row["tickets"]),
        "no_category": counts["no category"],
        "escalated": {"tickets": counts["escalated"], "triggers": _named(counts, "escalated:")},
        "machine_mail": counts["machine mail"],
        "abstained": _named(counts, "abstained:"),
        "left_out": {"begun_by_an_agent": counts["begun by an agent"], "begun_before": counts["older"]},
        "evidence": 0,
        "sent": 0,
    }


def _named(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    found = {name.removeprefix(prefix): number for name, number in counts.items() if name.startswith(prefix)}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _category(category: Category, counts: Mapping[str, int], days: int, report: Report | None) -> dict[str, Any]:
    """Without a report the policy lets it never send by itself."""
    name, tickets, drafts = (
        category.name,
        counts.get(f"{category.name}:tickets", 0),
        counts.get(f"{category.name}:drafts", 0),
    )
    tiers = {str(tier): number for tier in (1, 2, 3) if (number := counts.get(f"{name}:tier {tier}", 0))}
    needed = report.verdict.needed if report else None
    return {
        "category": name,
        "tickets": tickets,
        "per_week": round(7 * tickets / days, 1),
        "tier": int(category.tier),
        "likely_tiers": tiers,
        "drafts": drafts,
        "could_go_alone": counts.get(f"{name}:alone", 0),
        "mode": category.mode.label,
        "ceiling": category.ceiling.label,
        "good_reviews_needed": needed,
        "weeks_to_gate": max(FORTNIGHT, ceil(needed * days / (7 * drafts))) if needed is not None and drafts else None,
    }


# --- in words ----------------------------------------------------------------------------------------------------------


def in_words(told: Mapping[str, Any]) -> str:
    """For a lead at a terminal."""
    return "\n".join(_in_words(told))


def _in_words(told: Mapping[str, Any]) -> Iterator[str]:
    tickets, days, name = told["tickets"], told["days"], told["host"].partition(":")[2] or told["host"].title()
    if not tickets:
        yield f"{name}: no ticket that a customer began in the last {days} days."
        return
    yield f"{name}, the last {days} days: tickets that customers began: {tickets:,}, {tickets / days:.1f} a day."
    yield ""
    yield f"  {'':<26}{'tickets':>8}{'a week':>9}   {'likely tier':<13}{'drafts':>7}         to auto-send"
    yield from (_row(row) for row in told["categories"] if row["tickets"])
    for words, number, then in _others(told):
        if number:
            yield f"  {words:<26}{number:>8,}{7 * number / days:>9.1f}   {then}"
    quiet = [row["category"] for row in told["categories"] if not row["tickets"]]
    if quiet:
        yield f"  nobody asked about {quiet[0]}" + (f" and {len(quiet) - 1} more categories" if len(quiet) > 1 else "")
    yield ""
    yield from _sum(told)


def _others(told: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    why = ", ".join(f"{name} {number}" for name, number in list(told["escalated"]["triggers"].items())[:4])
    yield "handed to a named person", told["escalated"]["tickets"], why
    yield "no category fits", told["no_category"], "people answer; another category may be worth its while"
    yield "machine mail", told["machine_mail"], "never answered"


def _row(row: Mapping[str, Any]) -> str:
    tier = " · ".join(f"{tier}: {number}" for tier, number in row["likely_tiers"].items())
    tier = next(iter(row["likely_tiers"])) if len(row["likely_tiers"]) == 1 else tier
    share = f"({row['drafts'] / row['tickets']:.0%})"
    name, numbers = row["category"][:26], f"{row['tickets']:>8,}{row['per_week']:>9.1f}"
    return f"  {name:<26}{numbers}   {tier:<13}{row['drafts']:>7,} {share:<7} {_gate(row)}"


def _gate(row: Mapping[str, Any]) -> str:
    if row["good_reviews_needed"] is None:
        return "a person looks at each: the policy says so"
    if row["weeks_to_gate"] is None:
        return f"{row['good_reviews_needed']} good reviews, and no drafts to review: add a source"
    return f"{row['good_reviews_needed']} good reviews: {_weeks(row['weeks_to_gate'])} at this pace"


def _weeks(number: int) -> str:
    return f"{number} weeks" if number <= 52 else "more than a year"


def _sum(told: Mapping[str, Any]) -> Iterator[str]:
    tickets, drafts, alone = told["tickets"], told["drafts"], told["could_go_alone"]
    yield f"A draft would have waited for {drafts:,} of {tickets:,} tickets ({drafts / tickets:.0%}): {7 * drafts / told['days']:.0f} a week."
    if alone:
        yield f"{alone:,} of them ({alone / tickets:.0%}) could one day go by themselves, once reviews prove it and two people agree."
    else:
        yield "None of them could go by itself under this policy: who wrote, hours and disclosure are judged too."
    ready = [row for row in told["categories"] if row["weeks_to_gate"] is not None]
    if ready:
        first = min(ready, key=lambda row: (row["weeks_to_gate"], -row["tickets"]))
        yield f"Begin with {first['category']}: its drafts are the soonest proved."
    yield "Nothing was sent or written to the host, and none of this is evidence: nobody has reviewed these drafts."
